"""The data of a user as a zip: made in the background, in a thread of this process."""

import json
import logging
import zipfile
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from tempfile import TemporaryFile
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.core.files import File
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.utils import timezone

from a_users import extensions
from a_users.actions.accounts import locked_account
from a_users.models import DataExport, User
from a_users.models.data_export import KEPT

logger = logging.getLogger(__name__)

threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="export")

README = """This is what Backchat keeps of you.

account.json   your account: names, email addresses, devices
profile.json   how others see you; your picture is avatar.webp
rooms.json     the rooms that you are in
messages.jsonl what you said, a JSON object a line, in the order of writing; also what you wrote in direct rooms
"""


def ask_for_export(user: User) -> Future[None]:
    """Begin to make a user's export, unless it is under way, and drop the ones that are too old."""
    for old in DataExport.objects.filter(asked_at__lt=timezone.now() - KEPT):
        old.delete()
    export, _ = DataExport.objects.get_or_create(user=user)
    export.file, export.asked_at = "", timezone.now()
    export.save()
    return threads.submit(_make, user.pk)


def _make(user_id: int) -> None:
    """Write a user's export; a failure is logged, and they may ask again."""
    try:
        with TemporaryFile() as file:
            user = User.objects.select_related("profile").get(pk=user_id)
            write_export(user, file)
            with locked_account(user):
                DataExport.objects.get(user=user_id).file.save("", File(file))
    except Exception:
        logger.exception("the export of user %s was not made", user_id)
        DataExport.objects.filter(user=user_id, file="").delete()
        raise
    finally:
        connection.close()


def write_export(user: User, file: Any) -> None:
    """Write all that is kept about a user into a file as a ZIP; its memory does not grow with the messages."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", README)
        for name, content in _contents(user):
            if isinstance(content, Iterator):
                _write_lines(archive, f"{name}.jsonl", content)
            else:
                archive.writestr(f"{name}.json", as_json(content, indent=2))
        if user.profile.avatar:
            with user.profile.avatar.open("rb") as picture:
                archive.writestr("avatar.webp", picture.read())


def _contents(user: User) -> Iterator[tuple[str, Any]]:
    yield from {"account": account(user), "profile": profile(user)}.items()
    for extension in extensions.each():
        yield from extension.export(user).items()


def _write_lines(archive: zipfile.ZipFile, name: str, rows: Iterator[Any]) -> None:
    with archive.open(name, "w", force_zip64=True) as lines:
        for row in rows:
            lines.write(f"{as_json(row)}\n".encode())


def as_json(content: object, indent: int | None = None) -> str:
    """Return JSON that people can read, too."""
    return json.dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False, indent=indent)


def account(user: User) -> dict[str, Any]:
    """Return what is kept of an account, without its secrets."""
    factors = Authenticator.objects.filter(user=user)
    return {
        "username": user.username,
        "former_usernames": list(user.former_usernames.values_list("username", flat=True)),
        "emails": list(EmailAddress.objects.filter(user=user).values("email", "verified", "primary")),
        "joined": user.date_joined,
        "last_seen": user.last_seen_at,
        "theme": user.theme,
        "language": user.language,
        "devices": list(UserSession.objects.filter(user=user).values("user_agent", "ip", "created_at", "last_seen_at")),
        "second_factors": list(factors.values("type", "created_at", "last_used_at")),
        "other_sites": list(SocialAccount.objects.filter(user=user).values("provider", "uid", "date_joined")),
    }


def profile(user: User) -> dict[str, Any]:
    """Return how someone is shown to others."""
    shown = user.profile
    return {"display_name": shown.display_name, "color": shown.color, "about": shown.about}
