"""Memberships, and the door: the check that gives access to a room."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache, reduce
from operator import or_
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.models import Q
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from a_live.compiled import CompiledQuery, placeholders
from a_rtchat import permissions
from a_rtchat.models.room import Room
from a_users.models import User

if TYPE_CHECKING:
    from a_rtchat.models.message import Message


ROOM_FIELDS = (
    "kind",
    "direct_key",
    "name",
    "slug",
    "description",
    "icon",
    "picture",
    "last_seq",
    "revision",
    "access_revision",
)
RULE_FIELDS = ("is_announcement", "slow_mode", "takes_requests", "archived_at", "open_reports", "open_requests")
ROOM_COLUMNS = [f"room__{name}" for name in (*ROOM_FIELDS, *RULE_FIELDS)]
PROFILE_COLUMNS = [f"user__profile__{name}" for name in ("user", "display_name", "color", "avatar_small")]


class MembershipQuerySet(models.QuerySet["Membership"]):
    def active(self) -> MembershipQuerySet:
        """Return the memberships that give access: not banned, and of an active account."""
        return self.filter(banned_at=None, user__is_active=True)

    def counted(self) -> models.QuerySet:
        """Return (room id, number of members) for each room, not counting banned members."""
        return self.filter(banned_at=None).order_by().values_list("room").annotate(people=models.Count("pk"))

    def for_users(self, user_ids: Collection[int], slug: str) -> MembershipQuerySet:
        """Return users' memberships in a room, with the columns of room and user that commands and pages need."""
        seen = ("user__username", "user__is_active", "user__language")
        memberships = self.filter(user__in=user_ids, room__slug=slug).select_related("room", "user__profile")
        return memberships.only(*(f.attname for f in Membership._meta.fields), *ROOM_COLUMNS, *seen, *PROFILE_COLUMNS)

    def in_room(self, slug: str, user_ids: Collection[int]) -> MembershipQuerySet:
        """Return the active memberships of some users in a room."""
        return self.active().filter(room__slug=slug, user__in=user_ids)

    def for_pairs(self, pairs: Collection[tuple[int, str]]) -> MembershipQuerySet:
        """Return the active memberships for pairs of (user id, room slug); at least one pair.

        Each slug is looked up by itself: conditions on two tables joined by OR would read all memberships.
        """
        rooms = ((user_id, Room.objects.filter(slug=slug).values("pk")[:1]) for user_id, slug in pairs)
        return self.active().filter(reduce(or_, (Q(user=user_id, room=room) for user_id, room in rooms)))


class Memberships(models.Manager.from_queryset(MembershipQuerySet)):  # type: ignore[misc]
    """The manager of memberships, with the door into every room."""

    def enter(self, user: User | int, slug: str) -> Membership:
        """Return the membership of a user (or a user id) in a room.

        Raises Membership.DoesNotExist if the room doesn't exist, the user hasn't joined or is banned, or the account
        is deactivated.
        """
        user_id = user if isinstance(user, int) else user.pk
        memberships = self.enter_all([user_id], slug)
        if user_id not in memberships:
            raise Membership.DoesNotExist
        return memberships[user_id]

    def enter_all(self, user_ids: Collection[int], slug: str) -> dict[int, Membership]:
        """Return {user id: membership} for the users who may enter a room, in one query.

        In a transaction, their accounts can't be deleted before its end, so nothing they write follows their deletion.
        """
        memberships = _door(len(user_ids), connection.in_atomic_block).fetch(slug, *user_ids)
        return {membership.user_id: membership for membership in memberships}

    def count_in(self, room_id: int) -> int:
        """Return the number of members of a room."""
        return next((people for _, people in _member_counts().fetch(room_id)), 0)

    def enter_or_404(self, user: User, slug: str) -> Membership:
        """Do what `enter` does, but raise Http404."""
        try:
            return self.enter(user, slug)
        except Membership.DoesNotExist:
            raise Http404("No such room.") from None


@cache
def _door(count: int, is_locked: bool) -> CompiledQuery[Membership]:
    """Return the compiled query of the door for a number of users."""
    door: CompiledQuery[Membership] = CompiledQuery(
        lambda slug, *users: Membership.objects.active().for_users(users, slug), "a slug", *placeholders(count)
    )
    if is_locked and connection.vendor == "postgresql":  # a transaction of SQLite holds everything
        door.sql += f" FOR KEY SHARE OF {User._meta.db_table}"  # as inserting a message does; the ORM has none
    return door


@cache
def _member_counts() -> CompiledQuery[tuple[int, int]]:
    return CompiledQuery(lambda room_id: Membership.objects.filter(room=room_id).counted(), *placeholders(1))


class Membership(models.Model):
    """A user in a room: their role, notifications and read position."""

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
    snoozed_until = models.DateTimeField(null=True, blank=True)  # until then, it notifies of nothing
    is_favourite = models.BooleanField(default=False)
    hidden_seq = models.PositiveBigIntegerField(null=True, blank=True)  # hidden from the list until a newer message
    last_read_seq = models.PositiveBigIntegerField(default=0)
    read_revision = models.PositiveBigIntegerField(default=0, editable=False)  # counts changes of last_read_seq
    revision = models.PositiveBigIntegerField(default=0, editable=False)  # of its newest change
    posted_at = models.DateTimeField(null=True, editable=False)  # the latest message, kept in slow mode only
    muted_until = models.DateTimeField(null=True, blank=True)  # until then, this member can't post
    banned_at = models.DateTimeField(null=True, blank=True)
    banned_until = models.DateTimeField(null=True, blank=True)  # null: for good
    ban_reason = models.CharField(max_length=200, blank=True)
    joined_at = models.DateTimeField(default=timezone.now, null=True, editable=False)  # null: banned while outside

    objects = Memberships()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="membership_once_a_room")]
        indexes = [
            models.Index(fields=["room", "revision"], name="membership_replay"),
            models.Index(fields=["banned_until"], name="membership_ban_ends", condition=~Q(banned_until=None)),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.room}"

    def can_edit(self, message: Message) -> bool:
        """Return whether this member may edit a message: its author, unless it is deleted."""
        return message.author_id == self.user_id and message.deleted_at is None

    def can_delete(self, message: Message) -> bool:
        """Return whether this member may delete a message: its author, and moderators."""
        return message.deleted_at is None and (message.author_id == self.user_id or self.can_moderate)

    def can(self, verb: str) -> bool:
        """Return whether this member may do something in the room, by the table in permissions.py."""
        return permissions.allows(verb, self.role, self.room)

    def require(self, verb: str) -> None:
        """Raise ValidationError with the reason if this member may not do something in the room."""
        if reason := permissions.reason(verb, self):
            raise ValidationError(reason, code=permissions.FORBIDDEN)

    def outranks(self, other: Membership) -> bool:
        """Return whether this member may act on another: someone with a lower role."""
        return permissions.rank(self.role) > permissions.rank(other.role)

    @property
    def can_moderate(self) -> bool:
        """Whether this member may act on others' messages."""
        return self.can("moderate")


class Departure(models.Model):
    """A user who left a room, for the room's log, and what they find again; deleted when they return."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="departures")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    revision = models.PositiveBigIntegerField(editable=False)
    was_removed = models.BooleanField(default=False, editable=False)  # by others
    muted_until = models.DateTimeField(null=True, editable=False)
    posted_at = models.DateTimeField(null=True, editable=False)  # for slow mode

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="departure_once_a_room")]
        indexes = [models.Index(fields=["room", "revision"], name="departure_replay")]

    def __str__(self) -> str:
        return f"{self.user} left {self.room}"
