"""Create demo users, rooms and messages."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from a_rtchat.actions.direct import open_direct_room
from a_rtchat.actions.members import admit
from a_rtchat.actions.messages import post_message
from a_rtchat.models import Membership, Room
from a_users.models import User

PASSWORD = "backchat-demo"
PEOPLE = {"alice": "Alice Okafor", "bob": "Bob Lindqvist", "carol": "Carol 北川", "mallory": "Mallory Voss"}
ROLES = {"alice": Membership.Role.OWNER, "bob": Membership.Role.MODERATOR, "carol": Membership.Role.MEMBER}
LOBBY_MESSAGES = [
    ("alice", "Welcome to the lobby! 👋 Everyone who signs up lands here."),
    ("bob", "Morning! Is the *new build* out yet?"),
    ("alice", "Went out ten minutes ago. Just `make run` and you're set."),
    ("carol", "Looks good on my phone too. Dark mode is **gorgeous**."),
    ("bob", "مرحبا بالجميع — right-to-left works too, nice."),
    ("carol", "OK, here's what's left:\n\n1. invites\n2. search\n3. launch party 🎉"),
]
STUDIO_MESSAGES = [
    ("alice", "This one's private, so it's just the three of us in here."),
    ("carol", "Perfect for planning the surprise. How about this?\n\n```\nFriday, 17:00, roof terrace\n```"),
]
DIRECT_MESSAGES = [("bob", "Did you see yesterday's numbers?"), ("alice", "Yes! Call you at two?")]


class Command(BaseCommand):
    """Create the demo data that doesn't exist yet."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Add --force, for a server with DEBUG off."""
        parser.add_argument("--force", action="store_true", help="run even if DEBUG is off (the passwords are public)")

    @transaction.atomic
    def handle(self, *args: Any, force: bool, **options: Any) -> None:
        """Create the demo data. Raises CommandError if DEBUG is off, because the passwords are public."""
        if not settings.DEBUG and not force:
            raise CommandError("DEBUG is off, and the demo passwords are public. Use --force to seed anyway.")
        people = {username: seed_user(username, name) for username, name in PEOPLE.items()}
        seed_room("lobby", "Lobby", Room.Kind.OPEN, people, LOBBY_MESSAGES, is_default=True)
        seed_room("studio-demo", "Studio", Room.Kind.CLOSED, people, STUDIO_MESSAGES)
        post_conversation(open_direct_room(people["alice"], people["bob"]), people, DIRECT_MESSAGES)
        self.stdout.write(f"Demo accounts: {', '.join(PEOPLE)} (password: {PASSWORD})")


def seed_user(username: str, name: str) -> User:
    """Return a demo user, creating it if necessary; in development, alice can use the admin."""
    user, created = User.objects.get_or_create(username=username)
    if created:
        user.is_staff = user.is_superuser = settings.DEBUG and username == "alice"
        user.set_password(PASSWORD)
        user.save()
        user.profile.display_name = name
        user.profile.save()
    return user


def seed_room(
    slug: str, name: str, kind: str, people: dict[str, User], lines: list[tuple[str, str]], **details: Any
) -> None:
    """Create a room with its members and messages."""
    room, created = Room.objects.get_or_create(slug=slug, defaults={"name": name, "kind": kind, **details})
    for username, role in ROLES.items() if created else ():
        admit(room, people[username], role)
    post_conversation(room, people, lines)


def post_conversation(room: Room, people: dict[str, User], lines: list[tuple[str, str]]) -> None:
    """Post the lines to a room that has no messages."""
    if Room.objects.get(pk=room.pk).last_seq:
        return
    for username, body in lines:
        post_message(Membership.objects.enter(people[username], room.slug), body)
