"""A user in a room, and the door into it."""

from __future__ import annotations

from collections.abc import Iterable
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
    def standing(self) -> MembershipQuerySet:
        """Return the memberships that count: not banned, and of an active account."""
        return self.filter(banned_at=None, user__is_active=True)

    def enter(self, user: User | int, slug: str) -> Membership:
        """Return the membership of a user (or a user's id) in a room: the one door into every room.

        Entering an open room joins it. Raises Membership.DoesNotExist where there is no such room for this
        user: an unknown one, a closed one they are not in, one that banned them, or a deactivated account.
        """
        door = self._door()
        try:
            return door.get(user=user, room__slug=slug)
        except Membership.DoesNotExist:
            return door.get(pk=self._join_open(user, slug).pk)

    def entered(self, user_ids: Iterable[int], slug: str) -> dict[int, Membership]:
        """Return {user id: membership}, as `enter` would, of those of the users who are in a room; nobody joins."""
        inside = self._door().filter(user__in=user_ids, room__slug=slug)
        return {membership.user_id: membership for membership in inside}

    def enter_or_404(self, user: User, slug: str) -> Membership:
        """Open the door as `enter` does; raise Http404 where it stays shut."""
        try:
            return self.enter(user, slug)
        except Membership.DoesNotExist:
            raise Http404("There is no such room for you.") from None

    def _door(self) -> MembershipQuerySet:
        return self.standing().select_related("room", "user__profile")

    def _join_open(self, user: User | int, slug: str) -> Membership:
        room = Room.objects.filter(slug=slug, kind=Room.Kind.OPEN).first()
        if room is None:
            raise Membership.DoesNotExist
        return self.get_or_create(user_id=getattr(user, "pk", user), room=room)[0]


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
    banned_at = models.DateTimeField(null=True, blank=True)
    joined_at = models.DateTimeField(auto_now_add=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="membership_once_a_room")]

    def __str__(self) -> str:
        return f"{self.user} in {self.room}"

    def can_edit(self, message: Message) -> bool:
        """Whether this member may change what a message says: only its author, and never a tombstone."""
        return message.author_id == self.user_id and message.deleted_at is None

    def can_delete(self, message: Message) -> bool:
        """Whether this member may turn a message into a tombstone: its author, and whoever moderates."""
        return message.deleted_at is None and (message.author_id == self.user_id or self.can_moderate)

    @property
    def can_moderate(self) -> bool:
        """Whether this member may act on what others post."""
        return self.role in (self.Role.OWNER, self.Role.MODERATOR)
