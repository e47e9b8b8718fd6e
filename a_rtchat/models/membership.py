"""A user in a room, and the door into it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from a_rtchat.models.room import Room
from a_users.models import User

if TYPE_CHECKING:
    from a_rtchat.models.message import Message


class MembershipQuerySet(models.QuerySet["Membership"]):
    def active(self) -> MembershipQuerySet:
        """Return the memberships that let someone in: not banned, and of an active account."""
        return self.filter(banned_at=None, user__is_active=True)

    def inside(self, asked: Collection[tuple[int, str]]) -> MembershipQuerySet:
        """Return the active memberships of pairs of a user's id and a room's slug."""
        users_of: dict[str, set[int]] = {}
        for user_id, slug in asked:
            users_of.setdefault(slug, set()).add(user_id)
        wanted = (models.Q(room__slug=slug, user__in=users) for slug, users in users_of.items())
        return self.active().filter(reduce(or_, wanted, models.Q(pk=None)))

    def enter(self, user: User | int, slug: str) -> Membership:
        """Return the membership of a user (or a user's id) in a room: the one door into every room.

        Raises Membership.DoesNotExist where the user is not in it: an unknown room, one they have not joined, one
        that banned them, or a deactivated account.
        """
        return self._with_all().get(user=user, room__slug=slug)

    def enter_all(self, user_ids: Iterable[int], slug: str) -> dict[int, Membership]:
        """Return {user id: membership}, as `enter` would, of those of the users who are in a room; one query."""
        inside = self._with_all().filter(user__in=user_ids, room__slug=slug)
        return {membership.user_id: membership for membership in inside}

    def enter_or_404(self, user: User, slug: str) -> Membership:
        """Return what `enter` returns; raise Http404 where it raises."""
        try:
            return self.enter(user, slug)
        except Membership.DoesNotExist:
            raise Http404("There is no such room for you.") from None

    def _with_all(self) -> MembershipQuerySet:
        return self.active().select_related("room", "user__profile")


class Membership(models.Model):
    """A user in a room: what they may do there and how far they have read."""

    class Role(models.TextChoices):
        OWNER = "owner", _("Owner")
        MODERATOR = "moderator", _("Moderator")
        MEMBER = "member", _("Member")

    class Notify(models.TextChoices):
        ALL = "all", _("Every message")
        MENTIONS = "mentions", _("Mentions only")
        NOTHING = "nothing", _("Nothing")

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=9, choices=Role, default=Role.MEMBER)
    notify = models.CharField(max_length=8, choices=Notify, default=Notify.ALL)
    last_read_seq = models.PositiveBigIntegerField(default=0)
    revision = models.PositiveBigIntegerField(default=0, editable=False)  # of its newest change
    banned_at = models.DateTimeField(null=True, blank=True)
    joined_at = models.DateTimeField(auto_now_add=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="membership_once_a_room")]
        indexes = [models.Index(fields=["room", "revision"], name="membership_replay")]

    def __str__(self) -> str:
        return f"{self.user} in {self.room}"

    def can_edit(self, message: Message) -> bool:
        """Whether this member may edit a message: only its author, and never a tombstone."""
        return message.author_id == self.user_id and message.deleted_at is None

    def can_delete(self, message: Message) -> bool:
        """Whether this member may turn a message into a tombstone: its author, and moderators."""
        return message.deleted_at is None and (message.author_id == self.user_id or self.can_moderate)

    @property
    def can_moderate(self) -> bool:
        """Whether this member may act on what others post."""
        return self.role in (self.Role.OWNER, self.Role.MODERATOR)


class Departure(models.Model):
    """A user who left a room, kept so that the room's log can tell of it; gone when they return."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="departures")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    revision = models.PositiveBigIntegerField(editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="departure_once_a_room")]
        indexes = [models.Index(fields=["room", "revision"], name="departure_replay")]

    def __str__(self) -> str:
        return f"{self.user} left {self.room}"
