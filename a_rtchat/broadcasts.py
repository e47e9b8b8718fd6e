"""Updates to open pages, sent after the commit: fragments rendered once and published."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.urls import reverse

from a_live import closing, events
from a_live.events import Change
from a_live.sources import topic_name
from a_rtchat import fragments, room_links, room_list
from a_rtchat.models import Invite, JoinRequest, Membership, Message, Room
from a_rtchat.permissions import roles_with
from a_rtchat.reading import ReadPosition
from a_rtchat.rendered import look_of
from a_users.models import User


def messages_posted(messages: Sequence[Message]) -> None:
    """Send new messages to a room's readers, in order."""
    changes = [Change(message.revision, fragments.message(message)) for message in messages]
    events.publish_changes(messages[0].room.topic, changes, number=messages[-1].seq)


def message_edited(message: Message) -> None:
    """Send an edited message to a room's readers."""
    events.publish_changes(message.room.topic, [Change(message.revision, fragments.message(message))])


def message_deleted(message: Message) -> None:
    """Send the tombstone of a deleted message to a room's readers."""
    message_edited(message)


def mentioned(message: Message, user_ids: list[int], is_meant: bool) -> None:
    """Tell those whom a message means, or no longer means, on all their pages."""
    events.publish_state(user_ids, fragments.mention(message, is_meant))


def room_changed(room: Room, revision: int) -> None:
    """Send a room's new name to its readers, and to its members on other pages."""
    events.publish_changes(room.topic, [Change(revision, fragments.room_changed(room, revision))])
    members = room.memberships.active().values_list("user_id", flat=True)
    events.publish_state(members, fragments.room_renamed(room))


def member_changed(room: Room, user_id: int, role: str, revision: int) -> None:
    """Tell a room's readers that a member joined, left (role ""), or has a new role or profile."""
    user = User.objects.select_related("profile").get(pk=user_id)
    html = fragments.member_changed(look_of(user), user_id, role, Membership.objects.count_in(room.pk), revision)
    events.publish_changes(room.topic, [Change(revision, html)])


def profile_changed(user_id: int, revisions: dict[int, int]) -> None:
    """Send a user's new profile to the readers of their rooms, {room id: revision}, and rename their direct rooms."""
    look = look_of(User.objects.select_related("profile").get(pk=user_id))
    memberships = Membership.objects.filter(room__in=revisions, banned_at=None)
    counts = dict(memberships.counted())
    roles = dict(memberships.filter(user=user_id).values_list("room", "role"))
    for room_id, role in roles.items():
        revision = revisions[room_id]
        html = fragments.member_changed(look, user_id, role, counts[room_id], revision)
        events.publish_changes(topic_name("room", room_id), [Change(revision, html)])
    peers = memberships.filter(room__kind=Room.Kind.DIRECT).exclude(user=user_id)
    events.publish_state(peers.values_list("user_id", flat=True), fragments.peer_renamed(look, user_id))


def room_added(membership: Membership) -> None:
    """Let a new member follow a room, and add it to their list unless it is hidden."""
    if membership.hidden_seq is None:
        [html] = room_list.links_of([room_links.link_for(membership)])
        events.publish_state([membership.user_id], fragments.room_listed(html))
    is_close = membership.room.kind == Room.Kind.DIRECT
    events.publish_follow(membership.user_id, membership.room.topic, membership.room.last_seq, is_close)


def room_removed(user_id: int, room: Room) -> None:
    """Close a former member's sockets on a room, and remove it from their list."""
    closing.close_member(user_id, room.topic)
    events.publish_unfollow([user_id], room.topic)
    events.publish_state([user_id], fragments.room_removed(room.pk))


def room_archived(room: Room) -> None:
    """Take an archived room out of its members' lists, or put it back."""
    members = room.memberships.active().values_list("user_id", flat=True)
    events.publish_state(members, fragments.room_archived(room))


def muted(membership: Membership) -> None:
    """Tell a member's tabs until when they are muted."""
    events.publish_state([membership.user_id], fragments.muted(membership))


def reports_changed(room: Room) -> None:
    """Tell a room's moderators how many messages have open reports."""
    events.publish_state(_those_who_can("resolve", room), fragments.reports(room))


def room_deleted(topic: str, room_id: int, member_ids: list[int]) -> None:
    """Close all sockets on a deleted room, and remove it from its members' lists."""
    closing.close_topic(topic)
    events.publish_unfollow(member_ids, topic)
    events.publish_state(member_ids, fragments.room_removed(room_id))


def room_listed(membership: Membership) -> None:
    """Show how a member lists a room now on their other pages, or that they hide it."""
    rooms = room_links.stored(membership.pk)
    listed = [fragments.room_listed(html) for html in room_list.links_of(rooms)]
    events.publish_state([membership.user_id], "".join(listed) or fragments.room_removed(membership.room_id))


def read(user_id: int, positions: list[ReadPosition]) -> None:
    """Tell a member's tabs how far they have read."""
    events.publish_state([user_id], fragments.read(positions))


def invited(invite: Invite) -> None:
    """Tell the user of a personal invite, on all their open pages."""
    assert invite.user_id is not None
    name = invite.creator.profile.name if invite.creator else ""
    notice = fragments.notice("invited", invite.get_absolute_url(), invite.room, name)
    events.publish_state([invite.user_id], fragments.invitations() + notice)


def invitations_changed(user_ids: Collection[int]) -> None:
    """Tell the open lists of these users' invitations to read them again."""
    events.publish_state(user_ids, fragments.invitations())


def join_requested(request: JoinRequest) -> None:
    """Tell a room's moderators of a new request to join."""
    url = reverse("requests", args=[request.room.slug])
    name = User.objects.select_related("profile").get(pk=request.user_id).profile.name
    notice = fragments.notice("requested", url, request.room, name, request.user_id)
    events.publish_state(_those_who_can("answer", request.room), notice)


def requests_changed(room: Room) -> None:
    """Tell a room's moderators how many requests to join are open."""
    events.publish_state(_those_who_can("answer", room), fragments.requests_changed(room))


def request_settled(room: Room, user_id: int) -> None:
    """Tell a room's moderators and someone who asked to join that their request was answered or withdrawn."""
    events.publish_state([*_those_who_can("answer", room), user_id], fragments.request_settled(room, user_id))


def request_accepted(request: JoinRequest) -> None:
    """Tell someone who asked to join that they are in."""
    notice = fragments.notice("admitted", request.room.get_absolute_url(), request.room)
    events.publish_state([request.user_id], notice)


def _those_who_can(verb: str, room: Room) -> list[int]:
    """Return the ids of the members whose role has a right."""
    members = room.memberships.active().filter(role__in=roles_with(verb))
    return list(members.values_list("user_id", flat=True))


def typing(topic: str, user_id: int, name: str) -> None:
    """Tell a room's readers that someone is typing."""
    events.publish_ephemeral(topic, fragments.typing(user_id, name), user_id)
