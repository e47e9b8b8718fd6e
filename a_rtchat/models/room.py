"""Rooms."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from django.db import connection, models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from a_live.sources import topic_name

if TYPE_CHECKING:
    from a_rtchat.models.membership import MembershipQuerySet
    from a_users.models import User

# The ORM has no RETURNING, and fewer queries mean a shorter lock (10 to 30 % more posts/s in `make bench`).
TAKE_NUMBERS = (
    "UPDATE a_rtchat_room SET last_seq = last_seq + %s, revision = revision + %s, last_post_at = %s WHERE id = %s"
    " RETURNING last_seq, revision, access_revision"
)
TAKE_REVISION = (
    "UPDATE a_rtchat_room SET revision = revision + 1 WHERE id = %s RETURNING revision, last_seq, access_revision"
)
TAKE_ACCESS_REVISION = (
    "UPDATE a_rtchat_room SET revision = revision + 1, access_revision = revision + 1 WHERE id = %s RETURNING revision"
)

SLOW_MODES = [
    (0, _("Off")),
    (5, _("5 seconds")),
    (10, _("10 seconds")),
    (30, _("30 seconds")),
    (60, _("1 minute")),
    (300, _("5 minutes")),
    (900, _("15 minutes")),
    (3600, _("1 hour")),
]
LEFT = "left "  # begins the direct_key of a group that somebody has left: nobody else's people have it
CODE_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # without the look-alikes i l o 0 1


class RoomQuerySet(models.QuerySet["Room"]):
    def of(self, user: User) -> RoomQuerySet:
        """Return a user's rooms."""
        return self.filter(Exists(self._memberships(user=user).active()))

    def open_to(self, user: User | int) -> RoomQuerySet:
        """Return the open rooms that a user could join: not a member, not banned, and not archived."""
        return self._new_to(user).filter(kind=Room.Kind.OPEN)

    def requestable_by(self, user: User | int) -> RoomQuerySet:
        """Return the private rooms that a user who knows their URL can request to join."""
        return self._new_to(user).filter(kind=Room.Kind.CLOSED, takes_requests=True)

    def visible_to(self, user: User) -> RoomQuerySet:
        """Return the rooms that a user can see: theirs, and the open ones they could join."""
        return self.of(user) | self.open_to(user)

    def shown_to(self, user: User) -> RoomQuerySet:
        """Return the rooms whose name and icon a user can see at their URL: also those they can request to join."""
        return self.visible_to(user) | self.requestable_by(user)

    def lock(self, room_id: int) -> None:
        """Lock a room's row until the commit, as taking its next number does."""
        list(self.filter(pk=room_id).order_by().select_for_update(no_key=True).values_list("pk"))

    def take_numbers(self, room_id: int, count: int = 1) -> tuple[int, int, int]:
        """Take the next `count` numbers for posts; return the last `(seq, revision)` of them, and the access revision.

        The room's row stays locked until the commit, so that commits happen in order of the numbers. Raises
        Room.DoesNotExist.
        """
        now = connection.ops.adapt_datetimefield_value(timezone.now())
        seq, revision, access = self._take(TAKE_NUMBERS, count, count, now, room_id)
        return seq, revision, access

    def take_revision(self, room_id: int) -> int:
        """Return a room's next revision for a change; its row stays locked until the commit."""
        return self._take(TAKE_REVISION, room_id)[0]

    def take_revision_and_seq(self, room_id: int) -> tuple[int, int]:
        """Return the next revision of a room, as `take_revision` does, and its newest seq."""
        revision, seq, _access = self._take(TAKE_REVISION, room_id)
        return revision, seq

    def take_revision_and_access(self, room_id: int) -> tuple[int, int]:
        """Return the next revision of a room, as `take_revision` does, and its access revision."""
        revision, _seq, access = self._take(TAKE_REVISION, room_id)
        return revision, access

    def take_access_revision(self, room_id: int) -> int:
        """Return a room's next revision, as `take_revision` does, for a change of who may do what."""
        return self._take(TAKE_ACCESS_REVISION, room_id)[0]

    def take_revisions(self, room_ids: Collection[int]) -> dict[int, int]:
        """Return {room id: next revision} for a change in several rooms, locked in order of id."""
        locked = self.filter(pk__in=room_ids).order_by("pk").select_for_update()
        pks = [room.pk for room in locked.only("pk")]
        self.filter(pk__in=pks).update(revision=F("revision") + 1)
        return dict(self.filter(pk__in=pks).values_list("pk", "revision"))

    def _take(self, statement: str, *params: Any) -> tuple[int, ...]:
        with connection.cursor() as cursor:
            cursor.execute(statement, params)
            row = cursor.fetchone()
        if row is None:
            raise Room.DoesNotExist
        return row

    def _new_to(self, user: User | int) -> RoomQuerySet:
        """Return the rooms that aren't archived and in which a user has no membership, not even a banned one."""
        return self.filter(~Exists(self._memberships(user=user)), archived_at=None)

    @staticmethod
    def _memberships(**conditions: object) -> MembershipQuerySet:
        from a_rtchat.models import Membership

        return Membership.objects.filter(room=OuterRef("pk"), **conditions)


class Room(models.Model):
    """A room, with the counters that number its messages and its changes."""

    class Kind(models.TextChoices):
        OPEN = "open", _("Open: anyone can join")
        CLOSED = "closed", _("Private: by invitation only")
        DIRECT = "direct", _("Direct message")

    kind = models.CharField(max_length=6, choices=Kind, default=Kind.OPEN)
    name = models.CharField(max_length=80, blank=True)
    slug = models.SlugField(max_length=90, unique=True)
    description = models.TextField(max_length=500, blank=True)
    icon = models.CharField(max_length=16, blank=True, help_text=_("One emoji, shown instead of the default icon."))
    picture = models.ImageField(upload_to="rooms/", blank=True)
    is_announcement = models.BooleanField(default=False, help_text=_("Only moderators can post."))
    slow_mode = models.PositiveSmallIntegerField(
        default=0, choices=SLOW_MODES, blank=True, help_text=_("The time between two messages of a member.")
    )
    takes_requests = models.BooleanField(default=False, help_text=_("People can request to join."))
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    is_default = models.BooleanField(default=False, help_text=_("New users join it when they sign up."))
    direct_key = models.CharField(max_length=200, unique=True, null=True, blank=True, editable=False)
    last_seq = models.PositiveBigIntegerField(default=0, editable=False)
    revision = models.PositiveBigIntegerField(default=0, editable=False)
    details_revision = models.PositiveBigIntegerField(default=0, editable=False)  # of the latest change of its details
    access_revision = models.PositiveBigIntegerField(default=0, editable=False)  # of the latest change of who may what
    open_requests = models.PositiveIntegerField(default=0, editable=False)  # to join
    open_reports = models.PositiveIntegerField(default=0, editable=False)  # messages with an unresolved report
    last_post_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    members = models.ManyToManyField("a_users.User", through="a_rtchat.Membership", related_name="rooms")

    objects = RoomQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="direct", direct_key__isnull=False) | ~Q(kind="direct") & Q(direct_key=None),
                name="room_direct_has_key",
            ),
            models.CheckConstraint(condition=Q(revision__gte=F("last_seq")), name="room_revision_covers_seq"),
        ]
        indexes = [models.Index(fields=["kind", "name"], name="room_kind_name")]

    def __str__(self) -> str:
        return self.name or self.slug

    def get_absolute_url(self) -> str:
        """Return the URL of the room's page."""
        return reverse("room", args=[self.slug])

    @property
    def is_group(self) -> bool:
        """Whether it is a direct room that began with more than two people, which they can leave."""
        key = self.direct_key or ""
        return key.startswith(LEFT) or key.count("-") > 1

    @property
    def topic(self) -> str:
        """The name of the room's topic."""
        return topic_name("room", self.pk)

    @property
    def waiting(self) -> int:
        """The number of reported messages and of requests to join, which wait for moderators."""
        return self.open_reports + self.open_requests

    @staticmethod
    def new_slug(name: str, length: int = 4) -> str:
        """Return a random slug for a room of this name; it is also the room's code, which has a length."""
        code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(length))
        return f"{slugify(name)[:80] or 'room'}-{code}"

    @staticmethod
    def key_of(*users: User) -> str:
        """Return the key that makes a direct room unique for its members."""
        return "-".join(str(pk) for pk in sorted({user.pk for user in users}))
