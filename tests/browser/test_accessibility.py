"""Every page, judged by axe-core: nothing serious may stand between a page and whoever reads it in another way."""

from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.hashers import make_password

from a_rtchat.actions.members import admit
from a_rtchat.actions.messages import delete_message, edit_message, post_message
from a_rtchat.models import Membership
from a_users.actions.accounts import delete_account
from conftest import PASSWORD, make_user
from tests.browser.steps import DESK, PHONE, expect_live

AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text()
RUN = """async () => {
  const found = await axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]});
  return found.violations
    .filter((violation) => ["serious", "critical"].includes(violation.impact))
    .map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).slice(0, 3).join(" | ")}`);
}"""

FOR_ALL = [
    "/",
    "/?next=/rooms/lobby/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/password/reset/key/1-no-such-key/",
    "/accounts/confirm-email/",
    "/accounts/confirm-email/no-such-key/",
    "/accounts/inactive/",
]
SIGNED_IN = [
    "/rooms/",
    "/rooms/new/",
    "/rooms/join/",
    "/rooms/lobby/",
    "/rooms/lobby/messages/?before=3",
    "/rooms/lobby/messages/1/edit/",
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
LOOKS: list[dict[str, Any]] = [{**PHONE, "color_scheme": "light"}, {**DESK, "color_scheme": "dark"}]


def serious(page, path):
    """Return what axe finds on a page, each finding with the page's address."""
    page.goto(path)
    page.evaluate(AXE)
    return [f"{path} {finding}" for finding in page.evaluate(RUN)]


def reauthenticate(page):
    page.goto("/accounts/reauthenticate/?next=/profile/settings/")
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/profile/settings/")


def test_the_check_finds_what_it_should(new_context):
    page = new_context().new_page()
    page.set_content("<html lang=en><title>Bad</title><main><h1>Bad</h1><button></button><img src=''></main></html>")
    page.evaluate(AXE)
    assert {finding.split(":")[0] for finding in page.evaluate(RUN)} == {"button-name", "image-alt"}


@pytest.mark.parametrize("look", LOOKS, ids=["phone-light", "desk-dark"])
def test_pages_of_a_stranger(open_page, look):
    page = open_page(None, "/", **look)
    assert [finding for path in FOR_ALL for finding in serious(page, path)] == []


def test_a_page_that_does_not_exist(server, new_context):
    page = new_context(base_url=server.origin).new_page()  # unwatched: the browser reports the 404 as an error
    assert serious(page, "/no-such-page/") == []


@pytest.mark.parametrize("look", LOOKS, ids=["phone-light", "desk-dark"])
def test_pages_of_a_member(open_page, alice, bob, lobby, look):
    talk(alice, bob)
    alice.password = make_password(PASSWORD, hasher="argon2")  # as the server process checks it
    alice.save()
    page = open_page(alice, "/rooms/lobby/", **look)
    expect_live(page)
    assert [finding for path in SIGNED_IN for finding in serious(page, path)] == []
    assert serious(page, "/accounts/reauthenticate/") == []
    reauthenticate(page)
    assert [finding for path in GUARDED for finding in serious(page, path)] == []


def test_pages_of_someone_with_a_second_step(open_page, alice):
    alice.password = make_password(PASSWORD, hasher="argon2")
    alice.save()
    TOTP.activate(alice, generate_totp_secret())
    RecoveryCodes.activate(alice)
    page = open_page(alice, "/rooms/", **LOOKS[0])
    assert serious(page, "/accounts/reauthenticate/") == []
    reauthenticate(page)
    assert [finding for path in SECOND_STEP for finding in serious(page, path)] == []
    stranger = open_page(None, "/", **LOOKS[1])
    stranger.get_by_label("Username or email").fill("alice")
    stranger.locator("form[action*=login] [name=password]").fill(PASSWORD)
    stranger.get_by_role("button", name="Log in").click()
    stranger.wait_for_url("**/accounts/2fa/authenticate/")
    assert serious(stranger, "/accounts/2fa/authenticate/") == []


def talk(alice, bob):
    """Fill the lobby with every kind of message."""
    hers, his = (Membership.objects.enter(user, "lobby") for user in (alice, bob))
    gone = make_user("gone")
    for membership in (hers, his, admit(hers.room, gone)):
        post_message(membership, "A **long** answer with a [link](https://example.org) and `code`\n\n> a quote")
    edit_message(his, 2, "changed")
    delete_message(admit(hers.room, gone), 3)
    delete_account(gone)
