"""Languages: the browser's language, and translations for scripts and fragments."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation
from django.utils.html import escape
from django.utils.translation import get_language_from_request, ngettext
from django.utils.translation import gettext_lazy as _

from a_live.people import AWAY, HERE, OFFLINE, ONLINE
from a_rtchat.models import Membership
from a_rtchat.statuses import LABELS

# Used in static/js/ as `words.<name>`; scripts fill in {count} and names.
WORDS = {
    "actions": _("Actions"),
    "again": _("Try again"),
    "and_more": _("and {count} more"),
    "archived": _("Archived"),
    "cancel": _("Cancel"),
    "checking": _("Connected: checking every few seconds"),
    "code": _("Code"),
    "connecting": _("Connecting…"),
    "copied": _("Link copied"),
    "copy": _("Copy"),
    "dismiss": _("Dismiss"),
    "deleted": _("This message was deleted."),
    "direct": _("Direct messages"),
    "discard": _("Discard"),
    "edited": _("edited"),
    "excess": _("{count} over the limit"),
    "favourites": _("Favorites"),
    "gone": _("This room no longer exists"),
    "left": _("{count} left"),
    "live": _("Live"),
    "many_typing": _("Several people are typing…"),
    "members_one": _("{count} member"),
    "members_other": _("{count} members"),
    "mentions_one": _("{count} mention"),
    "mentions_other": _("{count} mentions"),
    "new": _("New"),
    "no_deletion": _("Couldn't delete that message."),
    "no_editor": _("Couldn't open the editor. Try again."),
    "no_saving": _("Couldn't save that. Check your connection and try again."),
    "nobody_typing": "",
    "notes": _("Notes to myself"),
    "notice_admitted": _("Your request to join {room} was accepted."),
    "notice_invited": _("{name} invited you to {room}."),
    "notice_requested": _("{name} wants to join {room}."),
    "offline": _("Offline"),
    "one_typing": _("{first} is typing…"),
    "options": _("Options"),
    "presence_away": LABELS[AWAY],
    "presence_here": LABELS[HERE],
    "presence_offline": LABELS[OFFLINE],
    "presence_online": LABELS[ONLINE],
    "remove": _("Remove {name}"),
    "removed": _("You're no longer in this room"),
    "role_moderator": Membership.Role.MODERATOR.label,
    "role_owner": Membership.Role.OWNER.label,
    "rooms": _("Rooms"),
    "send_anyway": _("Send anyway"),
    "sending": _("Sending…"),
    "sending_many": _("Sending {count} messages…"),
    "sending_slowly": _("Too many at once, so sending slowly."),
    "skipped": _("You missed {count} updates. Showing the latest."),
    "two_typing": _("{first} and {second} are typing…"),
    "unread": _("unread"),
    "waiting": _("Offline: {count} unsent"),
}
FRAGMENT_WORDS = ("again", "deleted", "discard", "edited", "new", "notes")  # text of elements with `data-word`
LIST_WORDS = ("archived", "direct", "favourites", "options", "rooms")  # of the list of rooms, in any language
FRAGMENT_LABELS = ("actions",)  # accessible names of elements with `data-word-label`


def translated(html: str) -> str:
    """Return messages' HTML in the active language.

    Users can't forge the attributes it looks for: the sanitiser only allows those of links.
    """
    if translation.get_language() == settings.LANGUAGE_CODE:
        return html
    for name in FRAGMENT_WORDS:
        marked = f'data-word="{name}">%s<'
        html = html.replace(marked % _english(name), marked % escape(WORDS[name]))
    for name in FRAGMENT_LABELS:
        marked = f'data-word-label="{name}" aria-label="%s"'
        html = html.replace(marked % _english(name), marked % escape(WORDS[name]))
    return html


def _english(name: str) -> str:
    with translation.override(settings.LANGUAGE_CODE):
        return str(escape(WORDS[name]))


def member_count(count: int) -> str:
    """Return a number of members in words, in the active language."""
    return ngettext("%(count)s member", "%(count)s members", count) % {"count": count}


def browser_language(headers: dict[bytes, bytes], cookies: dict[str, Any]) -> str:
    """Return the language that LocaleMiddleware would choose for a browser."""
    request = HttpRequest()
    request.COOKIES = cookies
    request.META["HTTP_ACCEPT_LANGUAGE"] = headers.get(b"accept-language", b"").decode("latin1")
    return get_language_from_request(request)
