"""Devices and connected accounts."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from playwright.sync_api import expect

from conftest import PASSWORD
from tests.browser.conftest import open_context_page
from tests.browser.steps import DESK, PHONE, expect_live
from tests.browser.test_mail import sign_in
from tests.server import serve


@pytest.fixture
def alice(alice):
    """alice, with a password hash that the server process can check."""
    alice.password = make_password(PASSWORD, hasher="argon2")
    alice.save()
    return alice


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_signing_out_a_lost_phone_closes_its_pages(open_page, alice, lobby, size):
    here, lost = (
        open_page(None, "/", **size),
        open_page(None, "/", user_agent="(iPhone) Version/17.5 Safari/604", **PHONE),
    )
    for page in (here, lost):
        sign_in(page, "alice", PASSWORD)
        page.wait_for_url("**/rooms/lobby/")
    lost.goto("/rooms/lobby/")
    expect_live(lost)
    here.goto("/accounts/sessions/")
    expect(here.locator(".device")).to_have_count(2)
    expect(here.locator(".device").first).to_contain_text("this device")
    here.get_by_role("button", name="Sign out Safari on iPhone").click()
    expect(here.get_by_text("Device signed out.")).to_be_visible()
    expect(here.locator(".device")).to_have_count(1)
    expect(lost.get_by_role("heading", name="Sign in")).to_be_visible()


def test_signing_out_everywhere_includes_this_device(open_page, alice):
    page = open_page(alice, "/accounts/sessions/", **DESK)
    page.get_by_role("button", name="Sign out everywhere").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_other_sites_are_not_offered_without_keys(open_page):
    page = open_page(None, "/", **DESK)
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    expect(page.get_by_text("Google")).to_have_count(0)
    expect(page.get_by_text("GitHub")).to_have_count(0)


@pytest.mark.parametrize(
    ("site", "origin"), [("Google", "https://accounts.google.com/"), ("GitHub", "https://github.com/")]
)
def test_another_site_is_offered_with_keys(transactional_db, tmp_path, new_context, watch, site, origin):
    keys: Any = {f"{site.upper()}_CLIENT_ID": "the-key", f"{site.upper()}_CLIENT_SECRET": "the-secret"}
    with serve(tmp_path / "server.log", **keys) as server:
        page = open_context_page(new_context, watch, server, None, "/rooms/new/", **DESK)
        page.route(f"{origin}**", lambda route: route.fulfill(body="the other site"))
        expect(page.get_by_role("button", name="Sign in with G")).to_have_count(1)
        page.get_by_role("button", name=f"Sign in with {site}").click()
        page.wait_for_url(f"{origin}**")
        assert "client_id=the-key" in page.url and "the-secret" not in page.url
        page.goto(f"/accounts/{site.lower()}/login/")  # a plain link asks first
        expect(page.get_by_role("button", name="Continue")).to_be_visible()


LONG = "somebody-with-many-names-and-no-mercy@an-equally-long-department-of-a.university.example.org"
PAGES = """
    /accounts/2fa/ /accounts/2fa/totp/activate/ /accounts/2fa/webauthn/ /accounts/2fa/webauthn/add/ /accounts/sessions/
    /accounts/2fa/recovery-codes/generate/ /accounts/email/ /accounts/password/change/ /accounts/logout/
    /accounts/3rdparty/ /accounts/inactive/ /accounts/confirm-email/ /accounts/confirm-email/broken:link/
    /accounts/password/reset/ /accounts/password/reset/done/ /accounts/password/reset/key/1-broken/
    /accounts/password/reset/key/done/ /accounts/reauthenticate/ /accounts/3rdparty/login/cancelled/
""".split()  # noqa: SIM905


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_account_pages_fit_a_phone_and_follow_the_policy(open_page, alice, scheme):
    EmailAddress.objects.create(user=alice, email=LONG, verified=True, primary=True)
    EmailAddress.objects.create(user=alice, email=f"new-{LONG}")
    page = open_page(alice, "/accounts/reauthenticate/", color_scheme=scheme, **PHONE)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/rooms/")
    for path in PAGES:
        page.goto(path)
        expect(page.locator(".brand").last).to_be_attached()
        too_wide = "[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth)"
        assert page.evaluate(f"{too_wide}.map(e => e.outerHTML.slice(0, 200))") == [], path
        assert page.evaluate("document.querySelectorAll('[style], script:not([src], [type$=json])').length") == 0, path
