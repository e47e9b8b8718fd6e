"""What the chat adds to accounts."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse

from a_rtchat import codes, last_room, statuses
from a_rtchat.actions.invited import delete_invites
from a_rtchat.actions.log import record_in_rooms_of
from a_rtchat.actions.members import join_default_rooms, leave_every_room, record_profile
from a_rtchat.commands import COMMANDS, Visitor
from a_rtchat.models import Block, Invite, JoinRequest, Membership, Mention, Message, Room
from a_rtchat.views.frame import frame
from a_users.extensions import Extension
from a_users.models import User
from a_users.requests import SignedInRequest

READ_BATCH = 1_000  # messages


class ChatExtension(Extension):
    """Rooms and messages of an account."""

    def signed_up(self, user: User) -> None:
        join_default_rooms(user)

    def signed_in(self, user: User, next_url: str) -> None:
        """Accept the invite that someone followed to sign in or up."""
        if token := codes.token_at(next_url):
            with suppress(ValidationError):  # the page of the invite says what is wrong
                COMMANDS["accept"].run(Visitor(user), {"token": token})

    def room_joined(self, next_url: str) -> str:
        """Return the name of the room of the invite whose page is at a URL, or ""."""
        token = codes.token_at(next_url)
        if not token:
            return ""
        return Invite.objects.usable().filter(token=token).values_list("room__name", flat=True).first() or ""

    def signed_out(self, response: HttpResponse) -> None:
        """Forget the last room: others may use this browser, too."""
        last_room.forget(response)

    def profile_changed(self, user: User) -> None:
        """Update open pages, in a transaction of its own so that the user and rooms aren't locked together."""
        transaction.on_commit(partial(record_profile, user.pk))

    def site_ban_changed(self, users: Collection[User], actor: User | None, is_banned: bool) -> None:
        """Note it in the logs of their rooms."""
        record_in_rooms_of(users, actor, "site_ban" if is_banned else "site_unban")

    def account_deleted(self, user: User) -> None:
        """Leave all rooms except direct ones, and delete what was the user's alone; the rooms' logs stay."""
        leave_every_room(user)
        Block.objects.filter(Q(blocker=user) | Q(blocked=user)).delete()
        Mention.objects.filter(user=user).delete()
        delete_invites(Invite.objects.filter(Q(creator=user) | Q(user=user)))
        JoinRequest.objects.filter(user=user).delete()

    def profile_context(self, request: SignedInRequest, person: User) -> dict[str, Any]:
        """Return what a profile page shows: whether the visitor blocks the person, and whether they are online."""
        status = statuses.status_of(person.pk, "", request.user.pk)
        is_blocked = Block.objects.filter(blocker=request.user, blocked=person).exists()
        return {"is_blocked": is_blocked, "presence": status, "presence_label": statuses.LABELS[status]}

    def export(self, user: User) -> dict[str, Any]:
        """Return the user's rooms and the people they block, and an iterator over their messages."""
        blocked = list(user.blocks.order_by("pk").values_list("blocked__username", flat=True))
        return {"rooms": rooms_of(user), "blocked": blocked, "messages": messages_of(user)}

    def page_context(self, request: SignedInRequest) -> dict[str, Any]:
        """Return the context of the frame around a page."""
        return frame(request)

    def first_page(self, user: User) -> str | None:
        """Return the URL of the user's oldest default room, or else the oldest open one."""
        rooms = Room.objects.visible_to(user).filter(kind=Room.Kind.OPEN)
        first = rooms.order_by("-is_default", "created_at", "pk").first()
        return first.get_absolute_url() if first else None

    def start_page(self, request: HttpRequest, user: User) -> str | None:
        """Return the URL of the user's last room, or of the best other place to start."""
        return last_room.start_url(request, user)


def rooms_of(user: User) -> list[Any]:
    """Return a user's rooms."""
    memberships = Membership.objects.filter(user=user, banned_at=None).order_by("joined_at")
    room = ("room__slug", "room__name", "room__kind", "role", "joined_at")
    return list(memberships.values(*room, "notify", "snoozed_until", "is_favourite", "last_read_seq"))


def messages_of(user: User) -> Iterator[dict[str, Any]]:
    """Yield a user's messages, oldest first."""
    written = Message.objects.filter(author=user).order_by("pk")
    fields = ("room__slug", "seq", "body", "created_at", "edited_at", "deleted_at")
    yield from written.values(*fields).iterator(READ_BATCH)
