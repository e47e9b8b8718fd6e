"""Messages for screen readers, keyboards and forced colours."""

import pytest
from playwright.sync_api import expect

from a_rtchat.actions.messages import post_message
from a_rtchat.models import Membership, Message
from tests.browser.steps import expect_live, fill


def test_every_message_and_menu_is_named_after_its_author_and_time(open_page, alice, bob, lobby):
    for user in (alice, alice, bob):
        fill(lobby, user, 1)
    Message.objects.update(created_at="2025-11-20T02:49:00Z")
    page = open_page(alice, "/rooms/lobby/", timezone_id="UTC", locale="en-GB")
    expect_live(page)
    expect(page.get_by_role("article", name="alice 02:49")).to_have_count(2)
    expect(page.get_by_role("article", name="bob 02:49")).to_have_count(1)
    expect(page.get_by_role("button", name="Actions bob 02:49")).to_have_count(1)


def test_wide_code_is_reached_by_keyboard_as_wide_as_the_column_and_copied(open_page, alice, lobby):
    code = "x = " + "1 + " * 80 + "1"
    post_message(Membership.objects.enter(alice, "lobby"), f"```\n{code}\n```")
    page = open_page(alice, "/rooms/lobby/", permissions=["clipboard-read", "clipboard-write"])
    expect_live(page)
    pre = page.locator("#messages pre")
    assert pre.evaluate("pre => [pre.tabIndex, pre.scrollWidth > pre.clientWidth]") == [0, True]
    bubble, column = page.locator(".message__body").bounding_box(), page.locator("#messages").bounding_box()
    assert bubble["width"] > column["width"] - 4
    pre.hover()
    page.locator("#messages").get_by_role("button", name="Copy").click()
    assert page.evaluate("navigator.clipboard.readText()").strip() == code


def test_bubbles_keep_an_edge_in_forced_colours(open_page, alice, bob, lobby):
    fill(lobby, bob, 1)
    page = open_page(alice, "/rooms/lobby/", forced_colors="active")
    style = page.locator(".message__body").evaluate("e => [getComputedStyle(e).borderTopStyle, e.clientTop]")
    assert style == ["solid", 1]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_day_has_a_visible_edge(open_page, alice, lobby, scheme):
    fill(lobby, alice, 1)
    page = open_page(alice, "/rooms/lobby/", color_scheme=scheme)
    ratio = page.locator(".day").evaluate(
        """day => {
          const luminance = (color) => {
            const context = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d");
            context.fillStyle = color;
            context.fillRect(0, 0, 1, 1);
            const [r, g, b] = [...context.getImageData(0, 0, 1, 1).data].map((value) => value / 255)
              .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const ground = getComputedStyle(document.querySelector(".app__main")).backgroundColor;
          const [dark, light] = [getComputedStyle(day).borderTopColor, ground].map(luminance).sort();
          return (Math.max(dark, light) + 0.05) / (Math.min(dark, light) + 0.05);
        }"""
    )
    assert ratio >= 3


@pytest.mark.parametrize(
    ("body", "is_large"), [("👍", True), ("🎉 👏 👩‍👩‍👧", True), ("👍👍👍👍", False), ("ok 👍", False)]
)
def test_only_one_to_three_emoji_are_large(open_page, alice, lobby, body, is_large):
    post_message(Membership.objects.enter(alice, "lobby"), body)
    page = open_page(alice, "/rooms/lobby/")
    size = float(page.locator("#messages .prose").evaluate("e => parseFloat(getComputedStyle(e).fontSize)"))
    assert (size > 30) is is_large
