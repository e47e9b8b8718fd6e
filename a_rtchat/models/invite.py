"""Invite links, and requests to join a private room."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from a_rtchat.models.membership import Membership
from a_rtchat.models.room import Room
from a_rtchat.permissions import roles_with


def new_token() -> str:
    """Return a token that nobody can guess (128 bits)."""
    return secrets.token_urlsafe(16)


class InviteQuerySet(models.QuerySet["Invite"]):
    def usable(self) -> InviteQuerySet:
        """Return the invites that let someone in: neither expired nor used up, of a room that isn't archived.

        The invites of someone who may no longer invite are over: banned, removed, demoted, or gone by themselves.
        """
        fresh = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
        return self.standing().filter(fresh, Q(uses_left=None) | Q(uses_left__gt=0), room__archived_at=None)

    def standing(self) -> InviteQuerySet:
        """Return the invites whose creator may still invite people to the room, and those that nobody created."""
        creators = Membership.objects.active().filter(room=OuterRef("room"), user=OuterRef("creator"))
        return self.filter(Q(creator=None) | Exists(creators.filter(role__in=roles_with("invite"))))

    def shown_to(self, membership: Membership) -> InviteQuerySet:
        """Return the invites that a member can see: those that give a role are for who may give it."""
        return self if membership.can("promote") else self.filter(role=Membership.Role.MEMBER)

    def links(self) -> InviteQuerySet:
        """Return the invites for whoever has the link."""
        return self.filter(user=None, email="")


class Invite(models.Model):
    """A link that lets people join a room, with a role.

    With a `user` only they can use it, and they see it in their list of rooms; with an `email` it was mailed there.
    """

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="invites")
    creator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="invitations"
    )
    token = models.CharField(max_length=43, unique=True, default=new_token, editable=False)
    role = models.CharField(max_length=9, choices=Membership.Role, default=Membership.Role.MEMBER)
    email = models.EmailField(blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    uses_left = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = InviteQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="invite_once_a_person")]

    def __str__(self) -> str:
        return f"invite to {self.room}"

    @property
    def is_expired(self) -> bool:
        """Whether its time is over."""
        return self.expires_at is not None and self.expires_at <= timezone.now()

    def get_absolute_url(self) -> str:
        """Return the URL of the invite's page."""
        return reverse("invite", args=[self.token])


class JoinRequestQuerySet(models.QuerySet["JoinRequest"]):
    def open(self) -> JoinRequestQuerySet:
        """Return the requests that nobody has answered yet."""
        return self.filter(refused_at=None)


class JoinRequest(models.Model):
    """A user's request to join a private room; a refused one is kept for a while, so that it can't be repeated."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="requests")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    refused_at = models.DateTimeField(null=True, blank=True)

    objects = JoinRequestQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="request_once_a_room")]

    def __str__(self) -> str:
        return f"{self.user} asks to join {self.room}"
