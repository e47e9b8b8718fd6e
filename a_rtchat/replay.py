"""What a reader or a hub has missed, read from the database as the fragments it would have received."""

from a_rtchat import fragments
from a_rtchat.models import Message, Room

Change = tuple[int, str]  # a revision and its fragment

PAGE_CHARACTERS = 256_000  # of a page: each reader who catches up holds one


def changes_after(room_id: int, revision: int) -> list[Change]:
    """Return the next page of a room's changes after a revision, oldest first; only an empty page is the last one."""
    page: list[Change] = []
    space = PAGE_CHARACTERS
    for message in Message.objects.filter(room_id=room_id).for_display().changed_after(revision):
        html = fragments.message(message)
        space -= len(html)
        if page and space < 0:
            break
        page.append((message.revision, html))
    return page


def newest_revisions(room_ids: list[int]) -> dict[int, int]:
    """Return the newest revision of each of these rooms, in one query."""
    return dict(Room.objects.filter(pk__in=room_ids).values_list("pk", "revision"))
