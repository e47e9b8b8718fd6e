"""What open pages are told, after the commit: fragments rendered once and handed to the wire."""

from __future__ import annotations

from collections.abc import Sequence

from a_live import closing, events
from a_live.events import Change
from a_live.sources import topic_name
from a_rtchat import fragments, room_links
from a_rtchat.models import Membership, Message, Room
from a_rtchat.rendered import look_of
from a_users.models import User


def messages_posted(messages: Sequence[Message]) -> None:
    """Tell a room's readers of new messages, in their order."""
    changes = [Change(message.revision, fragments.message(message)) for message in messages]
    events.publish_changes(messages[0].room.topic, changes)


def message_edited(message: Message) -> None:
    """Tell a room's readers what a message says now."""
    messages_posted([message])


def message_deleted(message: Message) -> None:
    """Tell a room's readers that a message is a tombstone now."""
    messages_posted([message])


def room_changed(room: Room, revision: int) -> None:
    """Tell a room's readers, and its members wherever they are, what it is called now."""
    events.publish_changes(room.topic, [Change(revision, fragments.room_changed(room, revision))])
    members = room.memberships.active().values_list("user_id", flat=True)
    events.publish_state(members, fragments.room_renamed(room))


def member_changed(room: Room, user_id: int, role: str, revision: int) -> None:
    """Tell a room's readers that a member came, went (role ""), has another role or looks different."""
    user = User.objects.select_related("profile").get(pk=user_id)
    html = fragments.member_changed(look_of(user), user_id, role, Membership.objects.count_in(room.pk), revision)
    events.publish_changes(room.topic, [Change(revision, html)])


def profile_changed(user_id: int, revisions: dict[int, int]) -> None:
    """Tell the readers of a user's rooms, {room id: revision}, how the user looks now; and the people who have a
    direct room with them what it is called now."""
    user = User.objects.select_related("profile").get(pk=user_id)
    memberships = Membership.objects.filter(room__in=revisions, banned_at=None)
    counts = dict(memberships.counted())
    roles = dict(memberships.filter(user=user).values_list("room", "role"))
    for room_id, role in roles.items():
        look, revision = look_of(user), revisions[room_id]
        html = fragments.member_changed(look, user_id, role, counts[room_id], revision)
        events.publish_changes(topic_name("room", room_id), [Change(revision, html)])
    peers = memberships.filter(room__kind=Room.Kind.DIRECT).exclude(user=user)
    events.publish_state(peers.values_list("user_id", flat=True), fragments.peer_renamed(look_of(user), user_id))


def room_given(membership: Membership) -> None:
    """Show a room in the list of someone who has just been let in."""
    room = room_links.of_membership(membership)
    events.publish_state([membership.user_id], fragments.room_given(room.html))


def room_taken(user_id: int, room: Room) -> None:
    """Close someone's sockets on a room they are no longer in, and remove it from their list."""
    closing.close_member(user_id, room.topic)
    events.publish_state([user_id], fragments.room_taken(room.pk))


def room_deleted(topic: str, room_id: int, member_ids: list[int]) -> None:
    """Close all sockets on a room that is gone, and remove it from its members' lists."""
    closing.close_topic(topic)
    events.publish_state(member_ids, fragments.room_taken(room_id))


def read(membership: Membership) -> None:
    """Tell a reader's other tabs how far they have read."""
    events.publish_state([membership.user_id], fragments.read(membership))


def typing(topic: str, user_id: int, name: str) -> None:
    """Tell a room's readers that someone is typing."""
    events.publish_ephemeral(topic, fragments.typing(user_id, name))
