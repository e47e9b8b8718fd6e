"""Check every page with axe-core: not one finding."""

from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.hashers import make_password
from django.utils import timezone
from playwright.sync_api import expect

from a_rtchat.actions.direct import open_direct_room
from a_rtchat.actions.members import admit
from a_rtchat.actions.messages import delete_message, edit_message, post_message
from a_rtchat.actions.reports import report_message
from a_rtchat.models import Block, Invite, JoinRequest, Membership, Room
from a_users.actions.accounts import delete_account
from conftest import PASSWORD, make_room, make_user
from tests.browser.steps import DESK, PHONE, expect_live

AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text()
RUN = """async () => {
  const found = await axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]});
  return found.violations
    .map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).slice(0, 3).join(" | ")}`);
}"""

SIGNED_OUT = [
    "/",
    "/?next=/rooms/lobby/",
    "/invite/a-link/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/password/reset/key/1-no-such-key/",
    "/accounts/confirm-email/",
    "/accounts/confirm-email/no-such-key/",
    "/accounts/inactive/",
]
SIGNED_IN = [
    "/rooms/",
    "/rooms/?q=nothing",
    "/rooms/den/",
    "/rooms/vault/",
    "/invite/a-link/",
    "/rooms/new/",
    "/rooms/join/",
    "/rooms/lobby/",
    "/rooms/lobby/invites/",
    "/rooms/lobby/requests/",
    "/rooms/lobby/leave/",
    "/rooms/lobby/notify/",
    "/rooms/lobby/messages/2/report/",
    "/rooms/lobby/settings/",
    "/rooms/lobby/settings/members/",
    "/rooms/lobby/settings/bans/",
    "/rooms/lobby/members/bob/",
    "/rooms/lobby/reports/",
    "/rooms/lobby/log/",
    "/rooms/lobby/messages/?before=3",
    "/rooms/lobby/messages/1/edit/",
    "/rooms/lobby/members/",
    "/direct/",
    "/profile/settings/blocked/",
    "/@alice/",
    "/@bob/",
    "/welcome/",
    "/profile/edit/",
    "/profile/settings/",
    "/profile/settings/delete/",
    "/accounts/logout/",
]
GUARDED = [
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/2fa/",
    "/accounts/2fa/totp/activate/",
    "/accounts/2fa/webauthn/",
    "/accounts/2fa/webauthn/add/",
    "/accounts/sessions/",
    "/accounts/3rdparty/",
    "/profile/settings/export/",
]
SECOND_STEP = [
    "/accounts/2fa/",
    "/accounts/2fa/recovery-codes/",
    "/accounts/2fa/recovery-codes/generate/",
    "/accounts/2fa/totp/deactivate/",
    "/accounts/2fa/reauthenticate/",
]
OVER_A_ROOM = {  # what opens it: what opens
    "#panel-toggle": "#panel",
    "#messages .message__author[href='/@bob/']": "#profile-card",
    "#messages .message__more": "#message-menu",
    "#room-settings": "#dialog",
    ".header__notify": "#room-menu",
    ".sidebar__write": "#new-message",
    "[popovertarget=room-list-menu]": "#room-list-menu",
}
LOOKS: list[dict[str, Any]] = [{**PHONE, "color_scheme": "light"}, {**DESK, "color_scheme": "dark"}]


def violations(page, path):
    """Return the axe violations on a page."""
    page.goto(path)
    page.evaluate(AXE)
    return [f"{path} {violation}" for violation in page.evaluate(RUN)]


def reauthenticate(page):
    page.goto("/accounts/reauthenticate/?next=/profile/settings/")
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/profile/settings/")


def test_axe_finds_known_violations(new_context):
    page = new_context().new_page()
    page.set_content("<html lang=en><title>Bad</title><main><h1>Bad</h1><button></button><img src=''></main></html>")
    page.evaluate(AXE)
    assert {finding.split(":")[0] for finding in page.evaluate(RUN)} == {"button-name", "image-alt"}


@pytest.mark.parametrize("look", LOOKS, ids=["phone-light", "desk-dark"])
def test_signed_out_pages(open_page, alice, bob, lobby, look):
    furnish(alice, bob)
    page = open_page(None, "/", **look)
    assert [violation for path in SIGNED_OUT for violation in violations(page, path)] == []


@pytest.mark.parametrize("look", LOOKS, ids=["phone-light", "desk-dark"])
def test_error_pages(open_page, watch, alice, look):
    for user, path in (
        (None, "/no-such-page/"),
        (None, "/invite/no-such-invite/"),
        (alice, "/rooms/no-such-room/"),
        (alice, "/rooms/"),
    ):
        assert violations(open_page(user, path, **look), path) == []
    page = open_page(alice, "/rooms/new/", **look)
    page.context.clear_cookies(name="csrftoken")
    page.get_by_label("Name").fill("Tea")
    page.get_by_role("button", name="Create room").click()
    page.get_by_role("heading", name="This page has expired").wait_for()
    page.evaluate(AXE)
    assert page.evaluate(RUN) == []
    watch.problems.clear()  # the browser reports the 404s and the 403 as errors


@pytest.mark.parametrize("look", LOOKS, ids=["phone-light", "desk-dark"])
def test_signed_in_pages(open_page, alice, bob, lobby, look):
    furnish(alice, bob)
    alice.password = make_password(PASSWORD, hasher="argon2")  # as the server process expects it
    alice.save()
    page = open_page(alice, "/rooms/lobby/", **look)
    expect_live(page)
    assert [violation for path in SIGNED_IN for violation in violations(page, path)] == []
    assert violations(page, "/accounts/reauthenticate/") == []
    reauthenticate(page)
    assert [violation for path in GUARDED for violation in violations(page, path)] == []


@pytest.mark.parametrize("look", LOOKS, ids=["phone-light", "desk-dark"])
def test_what_opens_over_a_room(open_page, alice, bob, lobby, look):
    furnish(alice, bob)
    page = open_page(alice, "/rooms/lobby/", **look)
    expect_live(page)
    page.evaluate(AXE)
    for opener, opened in OVER_A_ROOM.items():
        if not page.locator(opener).first.is_visible():
            continue  # the list of rooms on a phone
        if not page.locator(opened).is_visible():  # the panel is open where there is space
            page.locator(opener).first.press("Enter")
        expect(page.locator(opened)).to_be_visible()
        assert page.evaluate(RUN) == [], opened
        page.keyboard.press("Escape")


def test_two_step_sign_in_pages(open_page, alice):
    alice.password = make_password(PASSWORD, hasher="argon2")
    alice.save()
    TOTP.activate(alice, generate_totp_secret())
    RecoveryCodes.activate(alice)
    page = open_page(alice, "/rooms/", **LOOKS[0])
    assert violations(page, "/accounts/reauthenticate/") == []
    reauthenticate(page)
    assert [violation for path in SECOND_STEP for violation in violations(page, path)] == []
    stranger = open_page(None, "/", **LOOKS[1])
    stranger.get_by_label("Username or email").fill("alice")
    stranger.locator("form[action*=login] [name=password]").fill(PASSWORD)
    stranger.get_by_role("button", name="Sign in", exact=True).click()
    stranger.wait_for_url("**/accounts/2fa/authenticate/")
    assert violations(stranger, "/accounts/2fa/authenticate/") == []


def furnish(alice, bob):
    """Fill the lobby and its settings, and make rooms to find, to ask for, and to be invited to."""
    fill_lobby(alice, bob)
    den, vault = make_room("den", "open", owner=bob), make_room("vault", "closed", owner=bob)
    Room.objects.filter(pk=vault.pk).update(takes_requests=True)
    Room.objects.filter(pk=den.pk).update(description="Quiet talk")
    post_message(Membership.objects.enter(bob, "den"), "hello")
    Invite.objects.create(room=den, creator=bob, token="a-link")
    lobby = Membership.objects.enter(alice, "lobby")
    Invite.objects.create(room=lobby.room, creator=alice, uses_left=5)
    JoinRequest.objects.create(room=lobby.room, user=make_user("asker"))
    report_message(lobby, 2, "Spam")
    banned = make_user("banned")
    lobby.room.memberships.create(user=banned, banned_at=timezone.now())
    open_direct_room(alice, bob)
    open_direct_room(alice, bob, banned)
    Block.objects.create(blocker=alice, blocked=banned)


def fill_lobby(alice, bob):
    """Post every kind of message in the lobby."""
    hers, his = (Membership.objects.enter(user, "lobby") for user in (alice, bob))
    gone = make_user("gone")
    for membership in (hers, his, admit(hers.room, gone)):
        post_message(membership, "A **long** answer with a [link](https://example.org) and `code`\n\n> a quote")
    edit_message(his, 2, "changed")
    delete_message(admit(hers.room, gone), 3)
    delete_account(gone)
