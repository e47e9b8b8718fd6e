"""Invites: links, invites for one person, and following them."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from urllib.parse import quote

import pytest
from allauth.account.models import EmailAddress
from channels.db import database_sync_to_async
from django.core import mail
from django.core.files.base import ContentFile
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from a_rtchat.actions import invites
from a_rtchat.actions.invites import accept_invite
from a_rtchat.guests import Guests
from a_rtchat.models import Invite, LogEntry, Membership, Room
from conftest import PASSWORD, make_user

pytestmark = pytest.mark.django_db(transaction=True)

GONE = "This invite doesn&#x27;t work any more."
LINK = {"expires": "3600", "uses": "10", "role": "member"}


@pytest.fixture
def invite(studio, alice):
    """alice's link to the studio, with two uses."""
    return Invite.objects.create(room=studio, creator=alice, uses_left=2)


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


@pytest.mark.parametrize(("role", "given"), [("owner", "moderator"), ("member", "member")])
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


def in_threads(*calls):
    """Run functions at the same moment, each in a thread; return their results or errors."""
    barrier = Barrier(len(calls))

    def run(call):
        barrier.wait(5)
        try:
            return call()
        except Exception as error:  # noqa: BLE001
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


def test_one_use_and_two_takers_let_exactly_one_in(invite, mallory):
    takers = [mallory, *(make_user(f"taker-{n}") for n in range(3))]
    Invite.objects.update(uses_left=1)
    results = in_threads(*[lambda taker=taker: accept_invite(taker, invite.token) for taker in takers])
    assert sum(isinstance(result, Membership) for result in results) == 1, results
    assert Membership.objects.filter(user__in=takers).count() == 1
    assert Invite.objects.get().uses_left == 0


def test_two_posts_of_one_person_take_one_use(invite, mallory):
    other = Invite.objects.create(room=invite.room, creator=invite.creator, uses_left=1)
    tokens = [invite.token, invite.token, other.token]
    results = in_threads(*[lambda token=token: accept_invite(mallory, token) for token in tokens])
    assert all(isinstance(result, Membership) for result in results), results
    assert sum(left or 0 for left in Invite.objects.values_list("uses_left", flat=True)) == 2


# --- Inviting people -------------------------------------------------------------------------------------------


def test_someone_invited_by_name_sees_it_in_their_list_of_rooms_and_accepts(signed_in, bob, mallory, studio):
    assert signed_in(bob).post("/rooms/studio/invites/", {"people": "mallory"}).status_code == 302
    assert not Membership.objects.filter(user=mallory).exists()
    page = text_of(signed_in(mallory).get("/rooms/"))
    assert 'id="invitations"' in page and "Studio" in page and "bob" in page
    assert signed_in(mallory).post(url_of(Invite.objects.get())).url == "/rooms/studio/"
    assert Membership.objects.get(user=mallory).role == "member"
    assert 'id="invitations"' not in text_of(signed_in(mallory).get("/rooms/")) and not Invite.objects.exists()


def test_a_personal_invite_lets_nobody_else_in(signed_in, client, alice, bob, mallory, studio):
    invite = Invite.objects.create(room=studio, creator=alice, user=make_user("dave"), uses_left=1)
    assert signed_in(mallory).get(url_of(invite)).status_code == 410
    assert signed_in(mallory).post(url_of(invite)).status_code == 410
    assert signed_in(mallory).post(f"{url_of(invite)}decline/").status_code == 404
    assert client.get(url_of(invite)).status_code == 410
    assert Invite.objects.exists() and not Membership.objects.filter(user=mallory).exists()


def test_an_invitation_can_be_declined(signed_in, alice, mallory, studio):
    invite = Invite.objects.create(room=studio, creator=alice, user=mallory, uses_left=1)
    assert signed_in(mallory).post(f"{url_of(invite)}decline/").url == "/rooms/"
    assert not Invite.objects.exists()


def test_inviting_again_replaces_the_invite(signed_in, alice, bob, mallory, studio):
    for user in (alice, bob):
        signed_in(user).post("/rooms/studio/invites/", {"people": "mallory"})
    assert Invite.objects.get().creator == bob


def test_two_who_invite_the_same_person_at_once_leave_one_invite(alice, bob, mallory, studio):
    members = [Membership.objects.get(room=studio, user=user) for user in (alice, bob)]
    guests = Guests([mallory], [])
    results = in_threads(*[lambda member=member: invites.invite_people(member, guests) for member in members])
    assert all(isinstance(result, list) for result in results), results
    assert Invite.objects.count() == 1


@pytest.mark.parametrize("people", ["carol", "banned", "nobody-at-all", " ", "x" * 5_000])
def test_people_who_cannot_be_invited_are_named_and_what_was_typed_is_kept(signed_in, alice, studio, people):
    Membership.objects.create(room=studio, user=make_user("banned"), banned_at=timezone.now())
    response = signed_in(alice).post("/rooms/studio/invites/", {"people": people})
    assert response.status_code == 422 and "errorlist" in text_of(response) and people in text_of(response)
    assert not Invite.objects.exists()


def test_a_mail_has_the_link_in_the_readers_language(signed_in, alice, mallory, studio, settings):
    settings.CAN_SEND_MAIL = True
    type(mallory).objects.filter(pk=mallory.pk).update(language="de")
    EmailAddress.objects.create(user=mallory, email="m@example.org", verified=True, primary=True)
    signed_in(alice).post("/rooms/studio/invites/", {"people": "mallory, new@example.org"})
    german, english = sorted(mail.outbox, key=lambda message: message.to)
    invite = Invite.objects.get(user=mallory)
    assert german.subject == "Backchat: alice hat dich zu Studio eingeladen"
    assert english.subject == "Backchat: alice invited you to Studio"
    assert f"http://testserver{url_of(invite)}" in german.body
    html, other = (message.alternatives[0][0] for message in (german, english))  # type: ignore[attr-defined]
    assert html.count(f'href="http://testserver{url_of(invite)}"') == 2
    assert "Einladung ansehen" in html and "See the invite" in other


def test_an_unconfirmed_address_gets_no_mail(signed_in, alice, mallory, studio, settings):
    settings.CAN_SEND_MAIL = True
    EmailAddress.objects.create(user=mallory, email="m@example.org", verified=False, primary=True)
    signed_in(alice).post("/rooms/studio/invites/", {"people": "mallory"})
    assert Invite.objects.exists() and not mail.outbox


def test_whoever_has_the_mail_signs_up_and_lands_in_the_room_once(client, signed_in, alice, studio, settings):
    settings.CAN_SEND_MAIL = True
    signed_in(alice).post("/rooms/studio/invites/", {"people": "new@example.org"})
    [path] = re.findall(r"http://testserver(/invite/\S+)", str(mail.outbox[0].body))
    for name in ("dave", "eve"):
        Client().post("/accounts/signup/", {"username": name, "password1": PASSWORD, "next": path})
    assert set(studio.memberships.values_list("user__username", flat=True)) == {"alice", "bob", "carol", "dave"}


def test_mails_are_limited_for_each_sender_and_recipient(signed_in, alice, studio, settings):
    settings.CAN_SEND_MAIL = True
    client = signed_in(alice)
    answers = [client.post("/rooms/studio/invites/", {"people": "eve@example.org"}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [302] * 5 + [429] and len(mail.outbox) == 5
    assert "several invites already" in text_of(answers[-1]) and "eve@example.org" in text_of(answers[-1])
    many = [", ".join(f"p{n}-{m}@example.org" for m in range(20)) for n in range(3)]
    assert [client.post("/rooms/studio/invites/", {"people": people}).status_code for people in many][-1] == 429


def test_a_mail_server_that_fails_is_told_and_the_invite_stays(signed_in, alice, studio, settings, caplog):
    settings.CAN_SEND_MAIL = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    page = signed_in(alice).post("/rooms/studio/invites/", {"people": "eve@example.org"}, follow=True)
    assert "send the emails. Share an invite link instead." in text_of(page) and Invite.objects.exists()
    assert "could not send 1 mails" in caplog.text


async def test_an_invited_user_is_told_on_an_open_page(open_tab, alice, mallory, studio):
    tab = await open_tab(mallory, None)
    await post_later(alice, "/rooms/studio/invites/", {"people": "mallory"})
    notice = await tab.next_signal("notice")
    assert 'data-kind="invited"' in notice and 'data-room="Studio"' in notice and 'data-name="alice"' in notice


def post(user, path, data=()):
    """Post as a user."""
    client = Client()
    client.force_login(user)
    return client.post(path, dict(data))


post_later = database_sync_to_async(post)


# --- Joining by code -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code", ["{token}", " {token}\n", "https://other.example/invite/{token}/", "/invite/{token}/?x=1#y", "<{token}>"]
)
def test_an_invite_works_as_a_code(signed_in, mallory, invite, code):
    response = signed_in(mallory).post("/rooms/join/", {"code": code.format(token=invite.token)})
    if code.startswith("<"):
        assert response.status_code == 422
    else:
        assert response.url == "/rooms/studio/" and Membership.objects.filter(user=mallory).exists()


@pytest.mark.parametrize(
    "code",
    [
        "tea-time-k2p9",
        " TEA-Time-K2P9 ",
        "tea time k2p9",
        "tea- time -k2p9",
        "tea–time—k2p9",
        "t e a-time-k2p9",
        "http://10.0.0.1:8000/rooms/tea-time-k2p9/messages/5/?since=3#message-9",
        "chat.example/rooms/TEA-time-k2p9",
        "\u200btea-time-k2p9\u00a0",
    ],
)
def test_a_code_works_however_it_is_written(signed_in, mallory, lobby, code):
    Room.objects.update(slug="tea-time-k2p9")
    assert signed_in(mallory).post("/rooms/join/", {"code": code}).url == "/rooms/tea-time-k2p9/"
    assert Membership.objects.filter(user=mallory).exists()


def test_a_private_rooms_code_gets_the_answer_of_an_unknown_one(signed_in, mallory, studio):
    def ask(code):
        page = text_of(signed_in(mallory).post("/rooms/join/", {"code": code}))
        return re.sub(r'name="csrfmiddlewaretoken" value="\w+"|studio|nothin', "", page)

    assert ask("studio") == ask("nothin")


def test_ten_thousand_wrong_codes_are_stopped_also_from_many_accounts(signed_in, mallory, lobby):
    statuses = []
    for n in range(12):
        client = signed_in(make_user(f"account-{n}"))
        statuses += [client.post("/rooms/join/", {"code": f"den-{n}-{m}"}).status_code for m in range(20)]
    assert statuses == [422] * 200 + [429] * 40
    response = client.post("/rooms/join/", {"code": "den"})
    assert "Too many wrong codes." in text_of(response) and 'value="den"' in text_of(response)


def test_right_codes_are_not_counted_as_wrong(signed_in, lobby, settings):
    from a_rtchat.views.discover import wrong_codes

    for n in range(3):
        signed_in(make_user(f"account-{n}")).post("/rooms/join/", {"code": "lobby"})
    assert wrong_codes.bucket.take("127.0.0.1", 200) == 0


def test_a_person_who_tries_many_codes_is_told_when_to_go_on(signed_in, mallory):
    client = signed_in(mallory)
    answers = [client.post("/rooms/join/", {"code": "nowhere"}) for _ in range(31)]
    assert (answers[29].status_code, answers[30].status_code) == (422, 429)
    assert int(answers[30]["Retry-After"]) > 0 and "too quickly" in text_of(answers[30])
