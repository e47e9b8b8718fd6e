"""Write docs/PERMISSIONS.md from the table in a_rtchat/permissions.py: `python -m scripts.permissions`."""

from __future__ import annotations

from pathlib import Path

from a_rtchat.permissions import MEMBER, MODERATOR, OWNER, RIGHTS, WRITING, Right, rank

PATH = Path(__file__).resolve().parent.parent / "docs" / "PERMISSIONS.md"
HEAD = """# Permissions

Who may do what in a room. `python -m scripts.permissions` writes this page from `a_rtchat/permissions.py`. A test
compares it with the code, and `a_rtchat/tests/test_permissions.py` tries every line of it.

- Who is not in a room, or is banned from it, may do nothing in it; a private room looks like one that doesn't exist.
- In announcement rooms only moderators and owners may post and edit. In slow mode they needn't wait.
- A muted member may not {muted}.
- In direct messages everyone may mention @everyone and @here. For others, these words are only text.
- Promoting, demoting, handing over, removing, banning and muting also take a higher role than the other member's.
- Direct messages with one other person can't be left, those with several can.
- The last owner can't leave a room with other members, unless it is archived.
- Whether new users join a room is for administrators. They read reports from direct messages, too.

| | verb | member | moderator | owner | in direct messages | in archived rooms |
|---|---|:-:|:-:|:-:|:-:|:-:|
"""


def page() -> str:
    """Return the page."""
    head = HEAD.format(muted=" or ".join(sorted(WRITING)))
    return head + "".join(_line(verb, right) for verb, right in RIGHTS.items())


def _line(verb: str, right: Right) -> str:
    roles = [rank(role) >= rank(right.role) for role in (MEMBER, MODERATOR, OWNER)]
    marks = ["yes" if allowed else "" for allowed in (*roles, right.in_direct, right.in_archived)]
    return f"| {right.words} | `{verb}` | {' | '.join(marks)} |\n"


if __name__ == "__main__":
    PATH.write_text(page())
