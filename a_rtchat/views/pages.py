"""A room's pages: live, history, and the preview for visitors."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from a_rtchat import discover, fragments, icons, markdown, peers, rendered, statuses
from a_rtchat.grouping import Unread, grouped, zone_of
from a_rtchat.languages import member_count, translated
from a_rtchat.mentions import is_question
from a_rtchat.models import Membership, Room
from a_rtchat.rendered import Page
from a_rtchat.skeleton import Skeleton, cached, gaps
from a_rtchat.views.frame import frame, respond
from a_users.requests import SignedInRequest

PREVIEW_SIZE = 20  # messages that a visitor sees


def show_room(
    request: SignedInRequest, membership: Membership, body: str = "", error: ValidationError | None = None
) -> HttpResponse:
    """Answer with the live room, its newest messages, and the composer, which keeps the text of a refused post."""
    values = {"body": body, "outgoing": outgoing(membership)}
    values["refusal"] = refusal(get_language(), *((tuple(error.messages), is_question(error)) if error else ()))
    return _show(request, membership, rendered.page(membership.room), True, values, 422 if error else 200)


def show_history(request: SignedInRequest, membership: Membership, page: Page, unread: int | None) -> HttpResponse:
    """Answer with a page of history, which isn't live, and where the reader's unread messages begin."""
    return _show(request, membership, page, False, {}, 200, unread)


def show_preview(request: SignedInRequest, room: Room) -> HttpResponse:
    """Answer with the preview of an open room: its description, its newest messages, a Join button."""
    page = rendered.page(room, size=PREVIEW_SIZE)
    values = {
        "title": room.name,
        "heading": room.name,
        "messages_html": join(page, zone_of(request)),
        "about": room.description,
        "slug": room.slug,
    }
    variant = {"kind": room.kind, "has_about": bool(room.description), "has_count": True}
    values["active_text"] = discover.active(room.last_post_at or room.created_at)
    values |= people_in(room) | url_of(room) | {"link": link_to(request, room), "room_icon": icons.icon_of(room)}
    return respond(request, "a_rtchat/preview.html", variant, values | frame(request))


def _show(
    request: SignedInRequest,
    membership: Membership,
    page: Page,
    is_live: bool,
    values: dict[str, Any],
    status: int,
    unread: int | None = None,
) -> HttpResponse:
    room, earlier = membership.room, earlier_than(page)
    variant = {"kind": room.kind, "live": is_live, "has_earlier": bool(earlier), "limit": settings.CHAT_BODY_LIMIT}
    html = join(page, zone_of(request), unread_of(membership, unread or membership.last_read_seq + 1))
    values |= {"messages_html": html, "earlier": earlier, "room_pk": room.pk}
    values |= {"slug": room.slug, "role": membership.role, "revision": room.revision, "me_pk": request.user.pk}
    values |= {"about": room.description, "link": link_to(request, room), "room_icon": icons.icon_of(room)}
    values |= rules_of(membership)
    values |= {"csp_nonce": request.csp_nonce, **url_of(room), **frame(request, membership)}
    others = peers.others_in(membership) if room.kind == Room.Kind.DIRECT else None
    values |= people_in(room) if others is None else counted(len(others) + 1)
    values |= presence_of(membership, values["peer"]) | silence(request, others or [])
    variant |= {"has_peer": bool(values["peer"]), "has_count": others is None or len(others) > 1}
    variant |= {"is_silent": bool(values["silence"]), "is_group": room.is_group, "panel": panel_in(request)}
    return respond(request, "a_rtchat/room.html", variant, values, status)


def rules_of(membership: Membership) -> dict[str, Any]:
    """Return why a member can't post, and how much waits for moderators, as attributes of the page."""
    room = membership.room
    return {
        "archived": "yes" if room.archived_at else "",
        "announcement": "yes" if room.is_announcement else "",
        "muted": fragments.muted_until(membership),
        "reports": room.waiting or "",
    }


def people_in(room: Room) -> dict[str, Any]:
    """Return the number of members, also as text."""
    return counted(Membership.objects.count_in(room.pk))


def counted(count: int) -> dict[str, Any]:
    """Return a number of members, also as text."""
    return {"people": count, "people_text": member_count(count)}


def presence_of(membership: Membership, peer: int | str) -> dict[str, Any]:
    """Return the status of the other person in a direct room of two, for the header."""
    status = statuses.status_of(int(peer), membership.room.topic, membership.user_id) if peer else statuses.OFFLINE
    return {"presence": status, "presence_label": statuses.LABELS[status]}


def panel_in(request: SignedInRequest) -> str:
    """Return whether this browser's user has opened or closed the panel, or ""; static/js/panel.js sets the cookie."""
    choice = request.COOKIES.get("panel", "")
    return choice if choice in ("open", "closed") else ""


def silence(request: SignedInRequest, others: list[peers.Other]) -> dict[str, SafeString]:
    """Return what stands in place of the composer in a direct room whose other person can't be written to."""
    reason = peers.SILENCES.get(peers.silence_of(others))
    if reason is None:
        return {"silence": mark_safe("")}
    context = {"reason": reason, "handle": others[0].handle if others[0].is_blocked else "", "room_url": request.path}
    return {"silence": mark_safe(render_to_string("a_rtchat/_silence.html", context, request))}  # noqa: S308


def url_of(room: Room) -> dict[str, str]:
    """Return a room's URL for templates."""
    return {"room_url": rendered.room_url(room.slug)}


def link_to(request: SignedInRequest, room: Room) -> str:
    """Return a room's URL with scheme and host, to share."""
    return f"{request.scheme}://{request.get_host()}{rendered.room_url(room.slug)}"


@cached(maxsize=100)
def refusal(language: str, reasons: tuple[str, ...] = (), is_question: bool = False) -> SafeString:
    """Return the note above the composer that says why a post was refused, or asks to confirm it."""
    context = {"reasons": reasons, "is_question": is_question}
    return mark_safe(render_to_string("a_rtchat/_refusal.html", context))  # noqa: S308


def join(page: Page, zone: tzinfo, unread: Unread | None = None) -> SafeString:
    """Return the HTML of messages, in the reader's language and time zone."""
    return mark_safe(translated("".join(grouped(page, zone, unread))))  # noqa: S308  (from templates)


def unread_of(membership: Membership, first: int) -> Unread | None:
    """Return where a member's unread messages begin, or None if they have read all."""
    if first > membership.room.last_seq:
        return None
    query = f"?before={around(first)}&unread={first}#unread"
    return Unread(first, membership.user_id, f"{rendered.room_url(membership.room.slug)}messages/{query}")


def around(seq: int) -> int:
    """Return the `before` of the page of history that has a message in its middle."""
    return seq + settings.CHAT_PAGE_SIZE // 2


def outgoing(membership: Membership) -> SafeString:
    """Return the template of an unsent message, for the browser to fill in."""
    look = rendered.look_of(membership.user)
    return _outgoing(get_language(), membership.room.slug, look, membership.user_id)


@cached(maxsize=5_000)
def _outgoing(language: str, slug: str, look: rendered.Look, user_id: int) -> SafeString:
    message = mark_safe(translated(rendered.render_outgoing(slug, look, user_id)))  # noqa: S308  (from a template)
    return mark_safe(render_to_string("a_rtchat/_outgoing.html", {"message": message, "emoji": markdown.EMOJI}))  # noqa: S308


def messages_of(request: SignedInRequest, room: Room, page: Page) -> str:
    """Return the HTML of a page of history, with the link to earlier messages."""
    values = {"messages_html": join(page, zone_of(request)), "earlier": earlier_than(page), **url_of(room)}
    return _messages(get_language(), values["earlier"] is not None).fill_escaped(values)


@cached(maxsize=20)
def _messages(language: str, has_earlier: bool) -> Skeleton:
    names = ("messages_html", "earlier", "room_url")
    return Skeleton("a_rtchat/_messages.html", gaps(names) | {"has_earlier": has_earlier})


def earlier_than(page: Page) -> int | None:
    """Return the seq for the link to earlier messages, or None if there are none."""
    return page[0].seq if page and page[0].seq > 1 else None
