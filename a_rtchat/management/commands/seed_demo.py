"""Fill a development database with people who talk."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from a_rtchat.actions.members import admit
from a_rtchat.actions.messages import post_message
from a_rtchat.actions.rooms import open_direct_room
from a_rtchat.models import Membership, Room
from a_users.models import User

PASSWORD = "backchat-demo"
PEOPLE = {"alice": "Alice Okafor", "bob": "Bob Lindqvist", "carol": "Carol 北川", "mallory": "Mallory Voss"}
CIRCLE = {"alice": Membership.Role.OWNER, "bob": Membership.Role.MODERATOR, "carol": Membership.Role.MEMBER}
LOBBY_TALK = [
    ("alice", "Welcome to the lobby! 👋 Everyone who signs up can walk in here."),
    ("bob", "Morning. Is the *new build* up already?"),
    ("alice", "Since ten minutes. `make run`, and it is yours."),
    ("carol", "Works on my phone, too. The dark mode is **lovely**."),
    ("bob", "مرحبا بالجميع — right-to-left works as well."),
    ("carol", "Then let us write down what is left:\n\n1. invites\n2. search\n3. a party 🎉"),
]
STUDIO_TALK = [
    ("alice", "This room is closed: only the three of us see it."),
    ("carol", "Perfect for the surprise. Draft:\n\n```\nFriday, 17:00, roof terrace\n```"),
]
DIRECT_TALK = [("bob", "Did you see the numbers from yesterday?"), ("alice", "Yes! Ring you at two.")]


class Command(BaseCommand):
    """Make the demo's people, rooms and messages; what is there already stays as it is."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Take --force, for a server that is not in development."""
        parser.add_argument("--force", action="store_true", help="also when DEBUG is off: the passwords are public")

    @transaction.atomic
    def handle(self, *args: Any, force: bool, **options: Any) -> None:
        """Seed, or refuse where the public passwords would be a hole. Raises CommandError."""
        if not settings.DEBUG and not force:
            raise CommandError("DEBUG is off, and the demo's passwords are public. Use --force if you mean it.")
        people = {username: seed_user(username, name) for username, name in PEOPLE.items()}
        seed_room("lobby", "Lobby", Room.Kind.OPEN, people, LOBBY_TALK, is_default=True)
        seed_room("studio-demo", "Studio", Room.Kind.CLOSED, people, STUDIO_TALK)
        talk(open_direct_room(people["alice"], people["bob"]), people, DIRECT_TALK)
        self.stdout.write(f"Demo accounts: {', '.join(PEOPLE)}; the password of each is {PASSWORD}")


def seed_user(username: str, name: str) -> User:
    """Return a demo user; in development alice may also use the admin."""
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
    """Make a room of the circle, with its talk."""
    room, created = Room.objects.get_or_create(slug=slug, defaults={"name": name, "kind": kind, **details})
    for username, role in CIRCLE.items() if created else ():
        admit(room, people[username], role)
    talk(room, people, lines)


def talk(room: Room, people: dict[str, User], lines: list[tuple[str, str]]) -> None:
    """Post the lines into a room where nobody has spoken yet."""
    if Room.objects.get(pk=room.pk).last_seq:
        return
    for username, body in lines:
        post_message(Membership.objects.enter(people[username], room.slug), body)
