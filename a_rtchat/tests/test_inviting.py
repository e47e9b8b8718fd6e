"""Inviting people by name and by mail."""

import re

import pytest
from allauth.account.models import EmailAddress
from channels.db import database_sync_to_async as in_database
from django.core import mail
from django.test import Client
from django.utils import timezone

from a_rtchat.actions import invited, invites, moderation, rooms
from a_rtchat.actions.settings import archive_room
from a_rtchat.guests import Guests
from a_rtchat.models import Invite, Membership
from a_rtchat.tests.steps import post_later, together
from a_rtchat.tests.test_invites import text_of, url_of
from conftest import PASSWORD, make_room, make_user

pytestmark = pytest.mark.django_db(transaction=True)


def test_someone_invited_by_name_sees_it_in_their_list_of_rooms_and_accepts(signed_in, bob, mallory, studio):
    assert signed_in(bob).post("/rooms/studio/invites/", {"people": "mallory"}).status_code == 302
    assert not Membership.objects.filter(user=mallory).exists()
    page = text_of(signed_in(mallory).get("/rooms/"))
    assert 'id="invitations"' in page and "Studio" in page and "bob" in page
    assert signed_in(mallory).post(url_of(Invite.objects.get())).url == "/rooms/studio/"
    assert Membership.objects.get(user=mallory).role == "member"
    assert 'class="invitation"' not in text_of(signed_in(mallory).get("/rooms/")) and not Invite.objects.exists()


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
    results = together(*[lambda member=member: invites.invite_people(member, guests) for member in members])
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


def test_an_open_list_of_invitations_reads_itself_without_a_page_around_it(signed_in, alice, mallory, studio):
    headers = {"HX-Request": "true", "HX-Target": "invitations"}
    empty = text_of(signed_in(mallory).get("/rooms/", headers=headers))
    assert empty.startswith('\n<section class="invitations"') and " hidden>" in empty and "<li" not in empty
    Invite.objects.create(room=studio, creator=alice, user=mallory, uses_left=1)
    part = text_of(signed_in(mallory).get("/rooms/", headers=headers))
    assert "Studio" in part and " hidden>" not in part and "<html" not in part
    assert "Studio" not in text_of(signed_in(make_user("dave")).get("/rooms/", headers=headers))


def member_of(room, user):
    return Membership.objects.select_related("room", "user").get(user=user, room=room)


CHANGES = {
    "declined": lambda invite: invites.decline_invite(invite.user, invite.token),
    "accepted": lambda invite: invites.accept_invite(invite.user, invite.token),
    "revoked": lambda invite: invites.revoke_invite(member_of(invite.room, invite.creator), invite.pk),
    "renamed": lambda invite: rooms.change_room(invite.room, name="Workshop"),
    "archived": lambda invite: archive_room(Membership.objects.get(room=invite.room, role="owner")),
    "room deleted": lambda invite: rooms.delete_room(invite.room),
    "inviter banned": lambda invite: moderation.ban(
        Membership.objects.get(room=invite.room, role="owner"), invite.creator.username
    ),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_an_open_list_hears_of_an_invitation_that_changes_or_goes(open_tab, bob, mallory, alice, studio, change):
    invite = await Invite.objects.acreate(room=studio, creator=bob, user=mallory, uses_left=1)
    tab, stranger = await open_tab(mallory, None), await open_tab(await in_database(make_user)("dave"), None)
    await in_database(CHANGES[change])(invite)
    await tab.next_signal("invitations")
    listed = await in_database(invited.invitations_of)(mallory)
    assert [one.room.name for one in listed] == (["Workshop"] if change == "renamed" else [])
    assert await stranger.receive_nothing(timeout=0.1)


def test_the_list_costs_the_same_for_one_invitation_and_for_ten(signed_in, alice, mallory, django_assert_num_queries):
    client = signed_in(mallory)
    for n in range(10):
        room = make_room(f"den-{n}", "closed", owner=alice)
        Invite.objects.create(room=room, creator=alice, user=mallory)
        with django_assert_num_queries(3):  # session, user, invitations
            client.get("/rooms/", headers={"HX-Request": "true", "HX-Target": "invitations"})
