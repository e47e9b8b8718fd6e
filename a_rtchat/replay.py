"""What a reader or a hub has missed, read from the database as the fragments it would have received."""

from a_rtchat import fragments
from a_rtchat.models import Message, Room

Change = tuple[int, str]  # a revision and its fragment


def changes_after(room_id: int, revision: int) -> list[Change]:
    """Return the next page of a room's changes after a revision, oldest first; empty when none is left."""
    changed = Message.objects.filter(room_id=room_id).for_display().changed_after(revision)
    return [(message.revision, fragments.message(message)) for message in changed]


def newest_revisions(room_ids: list[int]) -> dict[int, int]:
    """Return the newest revision of each of these rooms, in one query."""
    return dict(Room.objects.filter(pk__in=room_ids).values_list("pk", "revision"))
