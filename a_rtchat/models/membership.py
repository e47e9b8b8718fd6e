"""A user in a room, and the door into it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.http import Http404

from a_rtchat.models.room import Room
from a_users.models import User


class MembershipQuerySet(models.QuerySet["Membership"]):
    def enter(self, user: User, slug: str) -> Membership:
        """Return the user's membership of a room: the one door into every room.

        Entering an open room joins it. Raises Membership.DoesNotExist where there is no such room for this
        user: an unknown one, a closed one they are not in, one that banned them, or a deactivated account.
        """
        found = self.select_related("room", "user__profile").filter(user=user, room__slug=slug).first()
        membership = found or self._join_open(user, slug)
        if membership.banned_at or not membership.user.is_active:
            raise Membership.DoesNotExist
        return membership

    def enter_or_404(self, user: User, slug: str) -> Membership:
        """Open the door as `enter` does; raise Http404 where it stays shut."""
        try:
            return self.enter(user, slug)
        except Membership.DoesNotExist:
            raise Http404("There is no such room for you.") from None

    def _join_open(self, user: User, slug: str) -> Membership:
        room = Room.objects.filter(slug=slug, kind=Room.Kind.OPEN).first()
        if room is None:
            raise Membership.DoesNotExist
        return self.select_related("room", "user__profile").get_or_create(user=user, room=room)[0]


class Membership(models.Model):
    """A user in a room: what they may do there and how far they have read."""

    class Role(models.TextChoices):
        OWNER = "owner"
        MODERATOR = "moderator"
        MEMBER = "member"

    class Notify(models.TextChoices):
        ALL = "all", "Every message"
        MENTIONS = "mentions", "Mentions only"
        NOTHING = "nothing"

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

    @property
    def can_moderate(self) -> bool:
        """Whether this member may act on what others post."""
        return self.role in (self.Role.OWNER, self.Role.MODERATOR)
