"""Invite links: the list of a room's, and following one."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from a_rtchat.actions import invites
from a_rtchat.actions.invites import accept_invite
from a_rtchat.models import Invite, LogEntry, Membership, Room
from a_rtchat.tests.steps import together
from conftest import PASSWORD, make_user

pytestmark = pytest.mark.django_db(transaction=True)

GONE = "This invite doesn&#x27;t work any more."
LINK = {"expires": "3600", "uses": "10", "role": "member"}


def lasts(invite):
    """Return how long an invite still lasts."""
    assert invite.expires_at is not None
    return invite.expires_at - timezone.now()


def url_of(invite):
    return f"/invite/{invite.token}/"


def text_of(response):
    return response.content.decode()


# --- The list of a room's invites ----------------------------------------------------------------------------


def test_a_moderator_creates_a_link_that_expires_after_some_uses(signed_in, bob, studio):
    assert signed_in(bob).post("/rooms/studio/invites/", LINK).url == "/rooms/studio/invites/"
    invite = Invite.objects.get()
    assert (invite.creator, invite.role, invite.uses_left) == (bob, "member", 10)
    assert timedelta(minutes=59) < lasts(invite) <= timedelta(hours=1)
    page = text_of(signed_in(bob).get("/rooms/studio/invites/"))
    assert f'value="http://testserver{url_of(invite)}"' in page and "10 uses left" in page
    assert LogEntry.objects.get().verb == "invite"


def test_a_link_lasts_seven_days_and_has_no_limit_by_default(signed_in, alice, studio):
    signed_in(alice).post("/rooms/studio/invites/", {})
    invite = Invite.objects.get()
    assert (invite.uses_left, invite.role) == (None, "member")
    assert timedelta(days=6) < lasts(invite) <= timedelta(days=7)


def test_a_link_can_last_for_ever(signed_in, alice, studio):
    signed_in(alice).post("/rooms/studio/invites/", {"expires": "0"})
    assert Invite.objects.get().expires_at is None


def test_only_an_owner_invites_moderators(signed_in, alice, bob, studio):
    response = signed_in(bob).post("/rooms/studio/invites/", LINK | {"role": "moderator"})
    assert response.status_code == 422 and not Invite.objects.exists()
    assert '<option value="moderator"' not in text_of(signed_in(bob).get("/rooms/studio/invites/"))
    signed_in(alice).post("/rooms/studio/invites/", LINK | {"role": "moderator"})
    assert Invite.objects.get().role == "moderator"
    assert signed_in(alice).post("/rooms/studio/invites/", LINK | {"role": "owner"}).status_code == 422


@pytest.mark.parametrize(("who", "status"), [("carol", 403), ("mallory", 404)])
@pytest.mark.parametrize("path", ["", "1/", "1/revoke/"])
def test_members_and_strangers_manage_no_invites(signed_in, request, invite, who, status, path):
    client = signed_in(request.getfixturevalue(who))
    path = f"/rooms/studio/invites/{path.replace('1', str(invite.pk))}"
    if "revoke" not in path:
        assert client.get(path).status_code == status
    if path.endswith(("invites/", "revoke/")):
        assert client.post(path, LINK).status_code == status
    assert Invite.objects.count() == 1


@pytest.mark.parametrize("kind", ["archived", "direct"])
def test_an_archived_or_direct_room_has_no_invites(signed_in, alice, studio, kind):
    changes = {"archived_at": timezone.now()} if kind == "archived" else {"kind": "direct", "direct_key": "1"}
    Room.objects.update(**changes)
    for method in ("get", "post"):
        assert getattr(signed_in(alice), method)("/rooms/studio/invites/").status_code == 403
    assert not Invite.objects.exists()


def test_a_revoked_link_lets_nobody_in(signed_in, bob, mallory, invite):
    client = signed_in(bob)
    for _ in range(2):
        assert client.post(f"/rooms/studio/invites/{invite.pk}/revoke/").status_code == 302
    assert LogEntry.objects.filter(verb="revoke").count() == 1
    for response in (signed_in(mallory).get(url_of(invite)), signed_in(mallory).post(url_of(invite))):
        assert response.status_code == 404 and GONE in text_of(response)
    assert not Membership.objects.filter(user=mallory).exists()


def test_an_invite_of_another_room_is_not_revoked(signed_in, alice, lobby, invite):
    signed_in(alice).post(f"/rooms/lobby/invites/{invite.pk}/revoke/")
    assert Invite.objects.exists()
    assert signed_in(alice).get(f"/rooms/lobby/invites/{invite.pk}/").status_code == 404


def test_the_list_costs_the_same_for_one_invite_and_for_fifty(signed_in, alice, invite):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            client.get("/rooms/studio/invites/")
        return len(queries)

    client = signed_in(alice)
    Invite.objects.create(room=invite.room, creator=alice, user=make_user("first"))
    few = cost()
    for n in range(50):
        Invite.objects.create(room=invite.room, creator=make_user(f"person-{n}"), user=make_user(f"guest-{n}"))
    assert cost() == few <= 6


def test_a_room_has_so_many_links_at_most_and_forgets_old_ones(monkeypatch, signed_in, alice, invite):
    monkeypatch.setattr(invites, "LIMIT", 1)
    response = signed_in(alice).post("/rooms/studio/invites/", LINK)
    assert response.status_code == 422 and "Revoke some first." in text_of(response)
    Invite.objects.update(expires_at=timezone.now() - timedelta(days=40))
    assert signed_in(alice).post("/rooms/studio/invites/", LINK).status_code == 302
    assert Invite.objects.count() == 1


def test_a_qr_code_is_drawn_without_a_style(signed_in, alice, invite):
    page = text_of(signed_in(alice).get(f"/rooms/studio/invites/{invite.pk}/"))
    [svg] = re.findall(r'<svg class="qr".*?</svg>', page, re.DOTALL)
    assert re.search(r'<path d="(M\d+ \d+h\d+v1h-\d+z)+"/>', svg) and "style" not in svg


# --- Following a link ------------------------------------------------------------------------------------------


def test_a_stranger_sees_what_a_link_leads_to_and_joins_by_a_button(signed_in, mallory, invite):
    Room.objects.update(description="Where we plan", icon="🎨")
    client = signed_in(mallory)
    page = text_of(client.get(url_of(invite)))
    assert all(text in page for text in ("Studio", "Where we plan", "🎨", "3 members", "alice"))
    assert not Membership.objects.filter(user=mallory).exists()
    assert client.post(url_of(invite)).url == "/rooms/studio/"
    assert Membership.objects.get(user=mallory).role == "member"
    invite.refresh_from_db()
    assert invite.uses_left == 1
    entry = LogEntry.objects.get()
    assert (entry.verb, entry.actor, entry.target) == ("accept", mallory, invite.creator)


def test_a_member_who_follows_a_link_just_goes_there(signed_in, carol, invite):
    for method in ("get", "post"):
        assert getattr(signed_in(carol), method)(url_of(invite)).url == "/rooms/studio/"
    invite.refresh_from_db()
    assert invite.uses_left == 2 and Membership.objects.get(user=carol).role == "member"


def test_someone_signed_out_sees_the_room_and_is_asked_to_sign_up_or_in(client, invite):
    page = text_of(client.get(url_of(invite)))
    assert "Studio" in page and f'href="/?next={url_of(invite)}#sign-up"' in page and "Sign in" in page
    assert client.post(url_of(invite)).url == f"/?next={url_of(invite)}"


def test_signing_up_by_an_invite_lands_in_the_room(client, invite):
    data = {"username": "dave", "password1": PASSWORD, "next": url_of(invite)}
    welcome = client.post("/accounts/signup/", data)
    assert welcome.url == f"/welcome/?next={quote(url_of(invite), safe='')}"
    assert f'href="{url_of(invite)}">Skip' in text_of(client.get(welcome.url))
    assert client.get(url_of(invite)).url == "/rooms/studio/"
    assert Membership.objects.filter(user__username="dave", room=invite.room).exists()


def test_signing_in_by_an_invite_lands_in_the_room(client, mallory, invite):
    data = {"login": "mallory", "password": PASSWORD, "next": url_of(invite)}
    assert client.post("/accounts/login/", data).url == url_of(invite)
    assert client.get(url_of(invite)).url == "/rooms/studio/"


@pytest.mark.parametrize("target", ["/rooms/studio/", "/invite/no-such-invite-at-all/", "https://evil.example/x"])
def test_signing_in_on_the_way_elsewhere_joins_nothing(client, mallory, invite, target):
    client.post("/accounts/login/", {"login": "mallory", "password": PASSWORD, "next": target})
    assert not Membership.objects.filter(user=mallory).exists()


OVER: dict[str, tuple[dict[str, Any], str]] = {
    "expired": ({"expires_at": timezone.now() - timedelta(seconds=1)}, "This invite has expired."),
    "used up": ({"uses_left": 0}, "already been used"),
}


@pytest.mark.parametrize("state", OVER)
def test_an_invite_that_is_over_says_so_and_changes_nothing(client, signed_in, mallory, invite, state):
    changes, reason = OVER[state]
    Invite.objects.update(**changes)
    hers = signed_in(mallory)
    for response in (client.get(url_of(invite)), hers.get(url_of(invite)), hers.post(url_of(invite))):
        assert response.status_code == 410 and reason in text_of(response) and "Studio" not in text_of(response)
    response = hers.post("/rooms/join/", {"code": url_of(invite)})
    assert response.status_code == 422 and reason in text_of(response)
    assert not Membership.objects.filter(user=mallory).exists()


def test_an_archived_room_cannot_be_joined_by_an_invite(signed_in, mallory, invite):
    Room.objects.update(archived_at=timezone.now())
    response = signed_in(mallory).post(url_of(invite))
    assert response.status_code == 410 and "archived" in text_of(response)


def test_a_banned_person_learns_nothing(signed_in, carol, invite):
    Membership.objects.filter(user=carol).update(banned_at=timezone.now())
    Room.objects.update(archived_at=timezone.now())
    for method in ("get", "post"):
        response = getattr(signed_in(carol), method)(url_of(invite))
        assert response.status_code == 410 and GONE in text_of(response) and "Studio" not in text_of(response)
    invite.refresh_from_db()
    assert invite.uses_left == 2


def test_the_invites_of_someone_banned_are_over(signed_in, bob, mallory, studio):
    invite = Invite.objects.create(room=studio, creator=bob)
    Membership.objects.filter(user=bob).update(banned_at=timezone.now())
    assert signed_in(mallory).post(url_of(invite)).status_code == 410


@pytest.mark.parametrize(("role", "given"), [("owner", "moderator"), ("moderator", "member")])
def test_an_invite_makes_moderators_as_long_as_its_creator_is_an_owner(signed_in, alice, mallory, studio, role, given):
    invite = Invite.objects.create(room=studio, creator=alice, role="moderator")
    Membership.objects.filter(user=alice).update(role=role)
    signed_in(mallory).post(url_of(invite))
    assert Membership.objects.get(user=mallory).role == given


@pytest.mark.parametrize("token", ["x", "x" * 43, "x" * 500, "no-such-invite-at-all", "studio"])
def test_an_unknown_invite_is_not_found(client, signed_in, mallory, studio, token):
    hers = signed_in(mallory)
    for response in (client.get(f"/invite/{token}/"), hers.get(f"/invite/{token}/"), hers.post(f"/invite/{token}/")):
        assert response.status_code == 404 and GONE in text_of(response)


def test_the_picture_is_shown_to_whoever_has_a_usable_invite(client, settings, tmp_path, invite):
    settings.MEDIA_ROOT = tmp_path
    invite.room.picture.save("1-abc.webp", ContentFile(b"RIFF"))
    [url] = re.findall(r'src="(/invite/[^"]*\.webp)"', text_of(client.get(url_of(invite))))
    assert client.get(url).content == b"RIFF"
    assert client.get(url.replace(invite.token, "no-such-invite-at-all")).status_code == 404
    Invite.objects.update(uses_left=0)
    assert client.get(url).status_code == 404


def test_one_use_and_two_takers_let_exactly_one_in(invite, mallory):
    takers = [mallory, *(make_user(f"taker-{n}") for n in range(3))]
    Invite.objects.update(uses_left=1)
    results = together(*[lambda taker=taker: accept_invite(taker, invite.token) for taker in takers])
    assert sum(isinstance(result, Membership) for result in results) == 1, results
    assert Membership.objects.filter(user__in=takers).count() == 1
    assert Invite.objects.get().uses_left == 0


def test_two_posts_of_one_person_take_one_use(invite, mallory):
    other = Invite.objects.create(room=invite.room, creator=invite.creator, uses_left=1)
    tokens = [invite.token, invite.token, other.token]
    results = together(*[lambda token=token: accept_invite(mallory, token) for token in tokens])
    assert all(isinstance(result, Membership) for result in results), results
    assert sum(left or 0 for left in Invite.objects.values_list("uses_left", flat=True)) == 2
