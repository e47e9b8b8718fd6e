"""Pages around the conversation: skipping to the content, focus, notices, layout, targets, error pages."""

import re

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.hashers import make_password
from django.core.files.base import ContentFile
from django.utils import timezone
from playwright.sync_api import expect

from a_rtchat.actions.rooms import change_room
from a_rtchat.models import Room
from a_users.models import DataExport
from conftest import PASSWORD, make_room
from tests.browser.steps import DESK, PHONE, expect_live
from tests.browser.test_accessibility import reauthenticate

ACTIVE = "document.activeElement"
BOX = "element => { const {x, y, width, height} = element.getBoundingClientRect(); return [x, y, width, height] }"
SMALL = """root => [...root.querySelectorAll("a, button, input:not([type=hidden]), select, label:has([type=radio])")]
  .filter((e) => e.checkVisibility({visibilityProperty: true}) && !e.matches("[type=radio], p a, .visually-hidden"))
  .map((e) => [e.outerHTML.slice(0, 80), e.getBoundingClientRect().height])
  .filter(([, height]) => height > 0 && height < 44)"""
CONTRAST = """input => {
  const brightness = (color) => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d");
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((c) => c / 255)
      .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  let around = input.parentElement;
  while (getComputedStyle(around).backgroundColor === "rgba(0, 0, 0, 0)") around = around.parentElement;
  const pairs = [getComputedStyle(input).backgroundColor, getComputedStyle(around).backgroundColor]
    .map((color) => [brightness(color), brightness(getComputedStyle(input).borderTopColor)].sort((a, b) => b - a));
  return Math.min(...pairs.map(([light, dark]) => (light + 0.05) / (dark + 0.05)));
}"""


def give_password(user):
    """Store the test password as the server process expects it."""
    user.password = make_password(PASSWORD, hasher="argon2")
    user.save()


def test_the_first_tab_stop_leads_to_the_message_box(open_page, alice, lobby):
    page = open_page(alice, "/rooms/lobby/", **PHONE)  # where the message box doesn't take the focus by itself
    expect_live(page)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to message box")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#composer textarea")).to_be_focused()


@pytest.mark.parametrize("path", ["/rooms/", "/rooms/new/", "/profile/settings/", "/@alice/", "/accounts/logout/"])
def test_the_first_tab_stop_leads_to_the_content(open_page, alice, lobby, path):
    page = open_page(alice, path)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate(f"{ACTIVE}.closest('main') !== null")


@pytest.mark.parametrize(
    ("path", "field", "text"),
    [
        ("/rooms/new/", "Name", " "),
        ("/rooms/join/", "Code", "nowhere"),
        ("/profile/settings/delete/", "Password", "no"),
    ],
)
def test_a_refused_form_focuses_the_field_and_ties_it_to_its_error(open_page, watch, alice, path, field, text):
    page = open_page(alice, path)
    page.get_by_label(field).fill(text)
    page.locator("main form button[type=submit]").first.click()
    box = page.get_by_label(field)
    expect(box).to_be_focused()
    expect(box).to_have_attribute("aria-invalid", "true")
    told = [page.locator(f"#{name}").inner_text() for name in box.get_attribute("aria-describedby").split()]
    assert page.locator("main .errorlist").inner_text() in told
    watch.problems.clear()  # the browser reports the 422 as an error


def test_a_notice_covers_nothing_and_can_be_dismissed(open_page, alice):
    give_password(alice)
    TOTP.activate(alice, generate_totp_secret())
    page = open_page(alice, "/profile/settings/", **PHONE)
    reauthenticate(page)
    page.goto("/accounts/2fa/recovery-codes/generate/")
    page.locator("main form button[type=submit]").click()
    note, codes = page.locator(".flash"), page.locator("#recovery-codes")
    expect(note).to_be_in_viewport()
    _, top, _, height = note.evaluate(BOX)
    assert top + height <= page.locator("main .header").evaluate(BOX)[1] < codes.evaluate(BOX)[1]
    note.get_by_role("button", name="Dismiss").click()
    expect(note).to_have_count(0)
    assert page.evaluate(f"{ACTIVE}.id") == "main"


@pytest.mark.parametrize("path", ["/rooms/", "/rooms/new/", "/rooms/join/", "/profile/settings/", "/@alice/"])
def test_content_stands_in_the_middle_of_a_wide_window(open_page, alice, lobby, path):
    page = open_page(alice, path, viewport={"width": 1920, "height": 1000})
    left, _, width, _ = page.locator(".page").evaluate(BOX)
    start, _, room, _ = page.locator("main").evaluate(BOX)
    assert abs((left - start) - (start + room - left - width)) < 20 and width < 1_100


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_rooms_header_stays_one_line_and_opens_its_details(open_page, alice, lobby, size):
    about = "Everything about the product, and whatever else there is to say. " * 6
    Room.objects.update(name="A room whose name is rather long, as names of rooms can be", description=about.strip())
    page = open_page(alice, "/rooms/lobby/", **size)
    expect_live(page)
    assert page.locator("main .header").evaluate(BOX)[3] == 56
    panel = page.get_by_role("complementary", name="About this room")
    if size is PHONE:  # elsewhere it is beside the conversation
        expect(panel).to_be_hidden()
        page.get_by_role("button", name="Details and members").click()
    expect(panel).to_contain_text(about.strip())
    expect(panel.get_by_label("Code")).to_have_value("lobby")
    expect(panel.get_by_label("Link")).to_have_value(f"{page.url}")
    left, _, width, _ = panel.evaluate(BOX)
    assert left >= 0 and left + width <= size["viewport"]["width"]
    change_room(Room.objects.get(), description="Now shorter")
    expect(panel).to_contain_text("Now shorter")
    expect(page.locator("#room-about")).to_have_text("Now shorter")
    panel.get_by_role("button", name="Close").click()
    expect(panel).to_be_hidden()
    expect(page.get_by_role("button", name="Details and members")).to_be_focused()


def test_the_code_can_be_copied(open_page, alice, lobby):
    page = open_page(alice, "/rooms/lobby/", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").last.click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "lobby"


def test_the_current_room_is_in_view_among_many(open_page, alice, lobby):
    for n in range(60):
        make_room(f"room-{n}", Room.Kind.CLOSED, owner=alice)
    page = open_page(alice, "/rooms/lobby/", **DESK)
    expect(page.locator("#rooms [aria-current]")).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("link", name="Find a room")).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize(
    "path", ["/rooms/", "/rooms/new/", "/rooms/lobby/", "/@alice/", "/profile/edit/", "/profile/settings/", "/nowhere/"]
)
def test_a_finger_hits_everything_on_a_phone(open_page, watch, alice, lobby, path):
    page = open_page(alice, path, **PHONE, is_mobile=True)
    for part in (".header", ".sidebar", ".page"):
        for root in page.locator(part).all():
            assert root.evaluate(SMALL) == []
    watch.problems.clear()  # the browser reports the 404 as an error


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/rooms/new/", "/profile/settings/", "/profile/edit/"])
def test_the_border_of_a_field_can_be_seen(open_page, alice, path, scheme):
    page = open_page(alice, path, color_scheme=scheme)
    fields = page.locator("main .field :is(input:not([type=radio], [type=file], [type=hidden]), textarea, select)")
    assert min(field.evaluate(CONTRAST) for field in fields.all()) >= 3


def test_in_forced_colours_the_current_room_and_buttons_stand_out(open_page, alice, lobby, studio):
    page = open_page(alice, "/rooms/lobby/", forced_colors="active")
    background = "element => getComputedStyle(element).backgroundColor"
    current = page.locator("#rooms [aria-current]")
    other = page.locator("#rooms a:not([aria-current])").first
    assert current.evaluate(background) != other.evaluate(background)
    page.goto("/rooms/new/")
    prominent, plain = page.locator("main .button--prominent"), page.locator("main .actions .button").last
    assert prominent.evaluate(background) != plain.evaluate(background)


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_landing_page_shows_the_product_after_signing_in(open_page, size):
    page = open_page(None, "/", **size)
    sample, sign_in = page.locator(".sample"), page.get_by_role("heading", name="Sign in")
    expect(sign_in).to_be_in_viewport()
    assert sample.locator(".message").count() >= 3 and sample.get_attribute("aria-hidden") == "true"
    if size is DESK:
        expect(sample).to_be_in_viewport(ratio=1)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Username or email")).to_be_focused()
    assert "own server" in page.locator("main").inner_text()


def test_a_stale_form_is_sent_again_from_where_it_was(open_page, watch, alice):
    page = open_page(alice, "/rooms/new/")
    page.get_by_label("Name").fill("Tea & Biscuits")
    page.context.clear_cookies(name="csrftoken")
    page.get_by_role("button", name="Create room").click()
    expect(page.get_by_role("heading", name="This page has expired")).to_be_visible()
    page.get_by_role("button", name="Go back").click()
    expect(page.get_by_label("Name")).to_have_value("Tea & Biscuits")
    page.get_by_role("button", name="Create room").click()
    page.wait_for_url(re.compile(r"/rooms/tea-biscuits-....\/$"))
    watch.problems.clear()  # the browser reports the 403 as an error


def test_the_end_of_an_export_is_in_the_readers_time(open_page, alice):
    give_password(alice)
    asked = timezone.now().replace(hour=10, minute=30)
    export = DataExport.objects.create(user=alice, asked_at=asked)
    export.file.save("x.zip", ContentFile(b"x"))
    for enabled, shown in ((True, "4:00"), (False, "10:30 UTC")):
        page = open_page(alice, "/profile/settings/", timezone_id="Asia/Kolkata", java_script_enabled=enabled)
        reauthenticate(page)
        page.goto("/profile/settings/export/")
        expect(page.locator("#export time")).to_contain_text(shown)
