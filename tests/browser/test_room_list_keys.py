"""The list of rooms by keyboard."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from a_rtchat.models import Membership, Room
from conftest import make_room
from tests.browser.steps import DESK, badge, expect_live, fill


def test_arrow_keys_walk_the_list_and_alt_arrows_open_what_is_unread(open_page, alice, bob, lobby, studio):
    for name in ("attic", "den", "cellar"):
        make_room(name, "closed", owner=alice, moderator=bob)
    page = open_page(alice, "/rooms/lobby/", **DESK)
    expect_live(page)
    fill(studio, bob, 1)
    page.reload()
    expect(badge(page, studio)).to_have_text("1")
    page.locator("#to-room-" + str(lobby.pk)).focus()
    names = page.locator("#rooms-rooms .room-list__name").all_inner_texts()
    place = names.index("Lobby")
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.innerText.trim()").startswith(names[place - 1])
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.className") == "room-list__options"
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Add to favorites")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#rooms-favourites")).to_contain_text(names[place - 1])
    page.locator("#composer textarea").focus()
    page.keyboard.press("Alt+ArrowDown")
    expect(page).to_have_url(re.compile("/rooms/studio/$"))


@pytest.mark.parametrize("count", [0, 1, 300])
def test_the_list_is_used_by_keyboard_with_any_number_of_rooms(open_page, alice, bob, count):
    rooms = Room.objects.bulk_create(
        Room(slug=f"room-{n}", name=f"Room {n:03}", kind="open", last_post_at=timezone.now()) for n in range(count)
    )
    Membership.objects.bulk_create(Membership(room=room, user=alice) for room in rooms)
    page = open_page(alice, "/rooms/?order=name", **DESK)
    query, find = page.get_by_role("searchbox", name="Filter rooms"), page.get_by_role("link", name="Find a room")
    expect(find).to_have_attribute("aria-current", "page")
    expect(page.locator(".room-list__room")).to_have_count(min(count, 100))
    expect(page.get_by_text("To see older rooms, filter by name.")).to_be_visible(visible=count > 100)
    query.focus()
    page.keyboard.press("ArrowDown")
    if not count:
        return expect(query).to_be_focused()
    names = page.locator(".room-list__name").all_inner_texts()
    assert focused_name(page) == names[0]
    page.keyboard.press("End")
    assert focused_name(page) == names[-1]
    page.keyboard.press("ArrowDown")
    assert focused_name(page) == names[-1]
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")  # past the room's options
    expect(find).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowUp")
    expect(query).to_be_focused()
    page.keyboard.type(f"{count - 1:03}")
    expect(page.locator(".room-list__room")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/rooms/room-{count - 1}/$"))


def focused_name(page):
    return page.evaluate("document.activeElement.querySelector('.room-list__name')?.innerText")
