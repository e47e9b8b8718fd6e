"""The timeline: scrolling, grouping and layout."""

import pytest
from playwright.sync_api import expect

from a_rtchat.actions.messages import post_message
from a_rtchat.models import Membership, Message, Room
from tests.browser.steps import DESK, PHONE, expect_live, fill, say, shown


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_latest_message_and_the_composer_are_in_view_without_overflow(open_page, alice, lobby, size, scheme):
    Room.objects.update(name="Product & design — weekly planning for the autumn release")
    fill(lobby, alice, 60)
    post_message(Membership.objects.enter(alice, "lobby"), "averyvery" * 40 + " https://example.com/" + "path/" * 60)
    page = open_page(alice, "/rooms/lobby/", color_scheme=scheme, **size)
    expect_live(page)
    expect(page.locator(".message").last).to_be_in_viewport()
    expect(page.locator("#composer textarea")).to_be_in_viewport()
    parts = ".app__main, .header, .header > *, .timeline, .message, .message__body, .prose, .composer__row"
    too_wide = f"[...document.querySelectorAll('{parts}')].filter(e => e.getBoundingClientRect().right > innerWidth)"
    assert page.evaluate(f"{too_wide}.map(e => e.className)") == []


def test_scrolling_up_loads_earlier_messages(open_page, alice, lobby):
    fill(lobby, alice, 120)
    page = open_page(alice, "/rooms/lobby/", **DESK)
    expect_live(page)
    expect(page.locator(".message")).to_have_count(50)
    for count in (100, 120):
        page.locator(".earlier").scroll_into_view_if_needed()
        expect(page.locator(".message")).to_have_count(count)
    assert [int(seq) for seq, _ in shown(page)] == list(range(1, 121))
    expect(page.locator(".earlier")).to_have_count(0)


def test_new_messages_do_not_move_a_reader_who_scrolled_up(open_page, alice, bob, lobby):
    fill(lobby, alice, 60)
    hers, his = open_page(alice, "/rooms/lobby/", **DESK), open_page(bob, "/rooms/lobby/", **DESK)
    expect_live(hers)
    expect_live(his)
    hers.mouse.move(800, 400)
    hers.mouse.wheel(0, -900)
    hers.wait_for_timeout(300)
    place = "document.querySelector('[data-seq=\"35\"]').getBoundingClientRect().top"
    before = hers.evaluate(place)
    say(his, "news")
    expect(hers.get_by_role("button", name="New messages")).to_be_visible()
    assert abs(hers.evaluate(place) - before) < 2
    hers.get_by_role("button", name="New messages").click()
    expect(hers.get_by_text("news", exact=True)).to_be_in_viewport()


def grouping(page):
    """Return the text of the day before each message ("" within a day), and whether the message continues a group."""
    script = """list => list.map(message => {
      const before = message.previousElementSibling;
      return [before?.matches(".day") ? before.textContent : "", "continues" in message.dataset];
    })"""
    return [tuple(marks) for marks in page.locator("#messages > .message").evaluate_all(script)]


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_messages_are_grouped_by_author_within_five_minutes_and_by_the_readers_day(
    open_page, server, alice, bob, lobby, script
):
    fill(lobby, alice, 4)
    fill(lobby, bob, 1)
    moments = ["2020-05-01T10:00", "2025-11-20T04:59", "2025-11-20T05:01", "2025-11-20T05:06", "2025-11-20T05:07"]
    for seq, moment in enumerate(moments, 1):
        Message.objects.filter(seq=seq).update(created_at=f"{moment}:00Z")
    page = open_page(alice, "/accounts/logout/", timezone_id="America/New_York", java_script_enabled=script)
    if not script:
        page.context.add_cookies([{"name": "tz", "value": "America/New_York", "url": server.origin}])
    page.goto("/rooms/lobby/")
    days = ["May 1, 2020", "November 19, 2025", "November 20, 2025", "", ""]
    if not script:
        days[1:3] = ["Nov. 19, 2025", "Nov. 20, 2025"]
    assert grouping(page) == list(zip(days, [False, False, False, True, False], strict=True))
    expect(page.locator("time").nth(1)).to_have_text("11:59 PM" if script else "04:59")


def test_only_the_author_sees_their_messages_as_their_own(open_page, alice, bob, lobby):
    fill(lobby, alice, 1)
    side = "getComputedStyle(document.querySelector('.message__body')).justifySelf"
    assert open_page(alice, "/rooms/lobby/").evaluate(side) == "end"
    assert open_page(bob, "/rooms/lobby/").evaluate(side) == "start"
