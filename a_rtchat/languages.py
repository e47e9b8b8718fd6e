"""The languages of a room: its reader's, and the words that its scripts say."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import get_language_from_request
from django.utils.translation import gettext_lazy as _

# Used by static/js/ as `words.<name>`, with {count} filled in by the script.
WORDS = {
    "change": _("Change this message"),
    "checking": _("Live, without a socket: checking every few seconds"),
    "connecting": _("Connecting…"),
    "deleted": _("This message was deleted."),
    "edited": _("edited"),
    "excess": _("{count} too many"),
    "gone": _("This room is not there any more"),
    "left": _("{count} left"),
    "live": _("Live"),
    "offline": _("Offline"),
    "removed": _("You are no longer in this room"),
    "sending": _("Sending…"),
    "skipped": _("{count} changes happened while you were away. These are the newest."),
    "waiting": _("Offline, {count} waiting"),
}


def of_browser(headers: dict[bytes, bytes], cookies: dict[str, Any]) -> str:
    """Return the language of the browser behind a socket, as LocaleMiddleware would choose it for a page."""
    request = HttpRequest()
    request.COOKIES = cookies
    request.META["HTTP_ACCEPT_LANGUAGE"] = headers.get(b"accept-language", b"").decode("latin1")
    return get_language_from_request(request)
