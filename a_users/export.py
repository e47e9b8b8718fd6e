"""Export a user's data as a ZIP file, in a background thread."""

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
from django.core.files.storage import default_storage
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.utils import timezone

from a_users import extensions
from a_users.actions.accounts import locked_account
from a_users.models import DataExport, User
from a_users.models.data_export import FOLDER, KEEP_FOR, TIMEOUT

logger = logging.getLogger(__name__)

threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="export")

README = """Your Backchat data

account.json    your account: usernames, email addresses, devices
profile.json    your profile; your picture is avatar.webp
rooms.json      the rooms you're in
blocked.json    the people you block
messages.jsonl  your messages, including direct messages: one JSON object per line, oldest first
"""


def start_export(user: User) -> Future[None]:
    """Start a user's export, and delete expired ones."""
    delete_expired()
    export, _ = DataExport.objects.get_or_create(user=user)
    export.file, export.asked_at = "", timezone.now()
    export.save()
    return threads.submit(_run, user.pk)


def delete_expired() -> None:
    """Delete expired exports, and files that belong to none because their process died."""
    oldest = timezone.now() - KEEP_FOR
    with transaction.atomic():
        for expired in DataExport.objects.select_for_update().filter(asked_at__lt=oldest):
            expired.delete()  # django-cleanup removes the file after the commit
    for name in _stored_files():
        if default_storage.get_modified_time(name) < oldest - TIMEOUT:
            default_storage.delete(name)


def _stored_files() -> list[str]:
    try:
        return [f"{FOLDER}/{name}" for name in default_storage.listdir(FOLDER)[1]]
    except FileNotFoundError:  # nobody has exported anything yet
        return []


def _run(user_id: int) -> None:
    """Write a user's export; log a failure and let them try again."""
    try:
        with TemporaryFile() as file:
            user = User.objects.select_related("profile").get(pk=user_id)
            write_export(user, file)
            with locked_account(user):
                DataExport.objects.get(user=user_id).file.save("", File(file))
    except Exception:
        logger.exception("could not export the data of user %s", user_id)
        DataExport.objects.filter(user=user_id, file="").delete()
        raise
    finally:
        connection.close()


def write_export(user: User, file: Any) -> None:
    """Write a user's data to a file as a ZIP, streaming the messages."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", README)
        for name, content in _contents(user):
            if isinstance(content, Iterator):
                _write_lines(archive, f"{name}.jsonl", content)
            else:
                archive.writestr(f"{name}.json", to_json(content, indent=2))
        if user.profile.avatar:
            with user.profile.avatar.open("rb") as picture:
                archive.writestr("avatar.webp", picture.read())


def _contents(user: User) -> Iterator[tuple[str, Any]]:
    yield from {"account": account_data(user), "profile": profile_data(user)}.items()
    for extension in extensions.registered():
        yield from extension.export(user).items()


def _write_lines(archive: zipfile.ZipFile, name: str, rows: Iterator[Any]) -> None:
    with archive.open(name, "w", force_zip64=True) as lines:
        for row in rows:
            lines.write(f"{to_json(row)}\n".encode())


def to_json(content: object, indent: int | None = None) -> str:
    """Return human-readable JSON."""
    return json.dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False, indent=indent)


def account_data(user: User) -> dict[str, Any]:
    """Return the stored account data, without secrets."""
    factors = Authenticator.objects.filter(user=user)
    return {
        "username": user.username,
        "former_usernames": list(user.former_usernames.values_list("username", flat=True)),
        "emails": list(EmailAddress.objects.filter(user=user).values("email", "verified", "primary")),
        "joined": user.date_joined,
        "last_seen": user.last_seen_at,
        "theme": user.theme,
        "language": user.language,
        "direct_messages_from": user.direct_from,
        "devices": list(UserSession.objects.filter(user=user).values("user_agent", "ip", "created_at", "last_seen_at")),
        "second_factors": list(factors.values("type", "created_at", "last_used_at")),
        "other_sites": list(SocialAccount.objects.filter(user=user).values("provider", "uid", "date_joined")),
    }


def profile_data(user: User) -> dict[str, Any]:
    """Return the stored profile data."""
    profile = user.profile
    return {"display_name": profile.display_name, "color": profile.color, "about": profile.about}
