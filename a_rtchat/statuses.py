"""Who is here, online, away or offline, as the hub of this process knows."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

from django.utils.translation import gettext_lazy as _

from a_live.hub import serving_hub
from a_live.people import AWAY, HERE, OFFLINE, ONLINE

ORDER = (HERE, ONLINE, AWAY, OFFLINE)  # in lists
LABELS = {HERE: _("Here now"), ONLINE: _("Online"), AWAY: _("Away"), OFFLINE: _("Offline")}


@cache
def label_of(language: str, status: str) -> str:
    """Return a status in words, in the active language."""
    return str(LABELS[status])


def statuses_of(user_ids: Collection[int], topic: str, reader: int) -> dict[int, str]:
    """Return {user id: status} as a reader of a topic sees it; without a topic, nobody is here."""
    hub = serving_hub()
    return hub.presence.status_of(user_ids, topic, reader) if hub else dict.fromkeys(user_ids, OFFLINE)


def status_of(user_id: int, topic: str, reader: int) -> str:
    """Return a user's status as a reader of a topic sees it."""
    return statuses_of([user_id], topic, reader)[user_id]


def present_in(topic: str, reader: int) -> dict[int, str]:
    """Return {user id: status} of a topic's followers who aren't offline, as one of them sees it while reading it."""
    hub = serving_hub()
    return (hub.presence.shown.present_in(topic, reader) if hub else {}) | {reader: HERE}
