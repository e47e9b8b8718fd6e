"""The timeline stays still: while the page loads, and while earlier messages do. It shows many messages."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from a_rtchat.models import Message
from tests.browser.steps import DESK, PHONE, expect_live, fill

SHIFTS = """window.shift = 0;
window.moved = [];
new PerformanceObserver((list) => { for (const entry of list.getEntries()) {
  shift += entry.value;
  moved.push(...entry.sources.map(({node}) => node?.className ?? node?.nodeName));
} })
  .observe({type: "layout-shift", buffered: true});"""


def spread(minutes: float) -> None:
    """Let the messages be some minutes apart, the last one now."""
    now = timezone.now()
    for back, message in enumerate(Message.objects.order_by("-seq")):
        Message.objects.filter(pk=message.pk).update(created_at=now - timedelta(minutes=minutes * back))


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_nothing_shifts_while_a_room_loads_on_a_slow_phone(open_page, alice, bob, lobby, size):
    for user in (alice, bob, bob, alice, bob) * 6:
        fill(lobby, user, 2)
    spread(minutes=40)
    page = open_page(alice, "/accounts/logout/", timezone_id="Pacific/Auckland", **size)
    page.add_init_script(SHIFTS)
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 6})
    page.goto("/rooms/lobby/")
    expect_live(page)
    page.wait_for_timeout(500)
    assert page.evaluate("shift") < 0.02, page.evaluate("moved")


def test_loading_history_does_not_move_what_one_reads(open_page, alice, lobby):
    fill(lobby, alice, 130)
    page = open_page(alice, "/rooms/lobby/", **DESK)
    expect_live(page)
    for count in (100, 130):
        seq = page.locator("#messages .message").first.get_attribute("data-seq")
        page.evaluate(
            """seq => { const look = () => {
              const { top } = document.querySelector(`[data-seq="${seq}"]`).getBoundingClientRect();
              const { scrollTop } = document.querySelector(".timeline");
              mine.add(Math.round(top + scrollTop)); // where it would be at the end of the list
              requestAnimationFrame(look);
            }; const mine = window.places = new Set(); look(); }""",
            seq,
        )
        page.evaluate("document.querySelector('.timeline').scrollTop = -1e6")
        expect(page.locator("#messages .message")).to_have_count(count)
        page.wait_for_timeout(300)
        places = page.evaluate("[...places]")
        assert max(places) - min(places) <= 1
    expect(page.locator(".day")).to_have_count(1)


def test_eighteen_short_messages_of_a_conversation_are_in_view(open_page, alice, bob, lobby):
    for user in (alice, bob, alice, bob) * 5:
        fill(lobby, user, 3)
    spread(minutes=1.5)
    page = open_page(alice, "/rooms/lobby/", **DESK)
    expect_live(page)
    script = "list => list.filter(m => m.getBoundingClientRect().top >= 56).length"
    assert page.locator("#messages .message").evaluate_all(script) >= 18


def test_an_edit_is_marked_within_a_group_too(open_page, alice, bob, lobby):
    from a_rtchat.actions.messages import edit_message
    from a_rtchat.models import Membership

    fill(lobby, alice, 3)
    edit_message(Membership.objects.enter(alice, "lobby"), 2, "changed")
    for user in (alice, bob):
        page = open_page(user, "/rooms/lobby/")
        mark = page.locator("[data-continues] .message__edited")
        expect(mark).to_have_count(1)
        box, bubble = mark.bounding_box(), page.locator("#messages .message__body").nth(1).bounding_box()
        assert box["width"] > 20 and abs(box["y"] + box["height"] - bubble["y"] - bubble["height"]) < 12


@pytest.mark.parametrize(("locale", "time"), [("en-GB", "02:49"), ("en-US", "2:49 AM"), ("de-DE", "02:49")])
def test_hours_have_two_digits_where_the_day_has_24(open_page, alice, lobby, locale, time):
    fill(lobby, alice, 1)
    Message.objects.update(created_at="2025-11-20T02:49:00Z")
    page = open_page(alice, "/rooms/lobby/", timezone_id="UTC", locale=locale)
    expect(page.locator("#messages time")).to_have_text(time)
