"""Editing a profile in real browsers."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from a_users.models import Profile
from a_users.tests.pictures import color_at
from tests.browser.steps import DESK, PHONE, expect_live, say


@pytest.fixture
def picture(tmp_path) -> Path:
    """A picture that is red in the middle and blue at both ends."""
    image = Image.new("RGB", (900, 300), "blue")
    image.paste("red", (300, 0, 600, 300))
    image.save(tmp_path / "me.png")
    return tmp_path / "me.png"


def sign_up(page: Page) -> None:
    """Sign up and wait for the welcome page."""
    page.get_by_label("Username", exact=True).fill("dave")
    page.locator("form[action*=signup] [name=password1]").fill("a long enough secret")
    page.get_by_role("button", name="Sign up").click()
    page.wait_for_url("**/welcome/**")


def is_loaded(page: Page, selector: str) -> bool:
    """Return whether an image on the page has loaded."""
    return page.locator(selector).evaluate("image => image.decode().then(() => image.naturalWidth > 0)")


def test_a_new_user_sets_up_a_profile_and_posts(open_page, alice, lobby, picture):
    hers = open_page(alice, "/rooms/lobby/", **DESK)
    page = open_page(None, "/", **PHONE)
    sign_up(page)
    page.get_by_label("Name", exact=True).fill("Dave Bowman")
    page.get_by_label("Teal").check()
    initials = page.locator(".portrait svg.avatar")
    expect(initials).to_have_attribute("data-color", "teal")
    page.get_by_label("Picture", exact=True).set_input_files(picture)
    expect(page.get_by_alt_text("Preview of your picture")).to_be_visible()
    assert is_loaded(page, ".portrait__preview")
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/rooms/lobby/")
    page.get_by_role("button", name="Join", exact=True).click()
    expect_live(page)
    say(page, "Hello, I am new")
    shown = hers.locator("#messages .message", has_text="I am new").locator("img.avatar")
    expect(shown).to_have_attribute("src", re.compile(r"^/media/avatars/\d+-\w{16}\.webp$"))
    assert is_loaded(hers, "#messages .message img.avatar")
    expect(hers.locator(".message__author")).to_have_text("Dave Bowman")
    profile = Profile.objects.get(user__username="dave")
    assert profile.color == "teal"
    response = hers.request.get(profile.avatar.url)
    assert color_at(Image.open(BytesIO(response.body())), x=40)[0] > 200


def test_an_invalid_picture_is_rejected_at_once(open_page, alice, picture, tmp_path):
    page = open_page(alice, "/profile/edit/")
    field, preview = page.get_by_label("Picture", exact=True), page.locator(".portrait__preview")
    field.set_input_files(picture)
    expect(preview).to_be_visible()
    field.set_input_files(files=[{"name": "big.png", "mimeType": "image/png", "buffer": bytes(5 * 1024 * 1024 + 1)}])
    expect(page.locator("#avatar-errors")).to_have_text("That file is larger than 5 MB. Choose a smaller one.")
    expect(preview).to_be_hidden()
    wrong = "Unsupported image type. Choose a JPEG, PNG, WebP or GIF."
    for name, kind in (("notes.txt", "text/plain"), ("drawing.png", "image/png")):
        field.set_input_files(picture)
        expect(page.locator("#avatar-errors")).to_be_empty()
        field.set_input_files(files=[{"name": name, "mimeType": kind, "buffer": b"<svg/>"}])
        expect(page.locator("#avatar-errors")).to_have_text(wrong)
        expect(preview).to_be_hidden()
        assert field.evaluate("input => input.files.length") == 0


def test_a_picture_can_be_removed(open_page, alice, picture):
    page = open_page(alice, "/profile/edit/")
    page.get_by_label("Picture", exact=True).set_input_files(picture)
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/@alice/")
    expect(page.get_by_role("status")).to_have_text("Profile saved.")
    assert is_loaded(page, ".profile img.avatar")
    page.get_by_role("link", name="Edit profile").click()
    page.get_by_label("Remove picture").check()
    expect(page.get_by_alt_text("Your picture", exact=True)).to_be_hidden()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".profile svg.avatar")).to_have_text("A")


def test_editing_a_profile_works_without_javascript(open_page, alice, picture):
    page = open_page(alice, "/profile/edit/", java_script_enabled=False)
    page.get_by_label("Name", exact=True).fill("Alice Liddell")
    page.get_by_label("Rose").check()
    page.get_by_label("Picture", exact=True).set_input_files(picture)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Alice Liddell")).to_be_visible()
    expect(page.locator(".profile img.avatar")).to_be_visible()


def test_a_profile_opens_a_direct_room(open_page, alice, bob):
    page = open_page(alice, "/@BOB/")
    page.wait_for_url("**/@bob/")
    page.get_by_role("button", name="Send a message").click()
    expect_live(page)
    expect(page.locator(".header__title")).to_have_text("bob")
