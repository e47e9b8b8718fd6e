"""People beside the conversation, and conversations with them: live members, presence, New message, blocking."""

from playwright.sync_api import Page, expect

from a_rtchat.actions.direct import open_direct_room
from a_rtchat.actions.members import admit, leave_room
from a_rtchat.models import Membership, Room
from conftest import make_user
from tests.browser.steps import DESK, HIDE, PHONE, expect_live, focused, say

MEMBERS = "items => items.map(item => [item.dataset.presence, item.querySelector('.member__name').textContent])"


def member(page: Page, user):
    return page.locator(f'#members [data-user="{user.pk}"]')


def members(page: Page) -> list[list[str]]:
    return page.locator("#members > li").evaluate_all(MEMBERS)


def test_the_panel_shows_live_who_comes_goes_and_is_away(open_page, alice, bob, carol, lobby):
    page = open_page(alice, "/rooms/lobby/", **DESK)
    expect_live(page)
    expect(member(page, alice)).to_have_attribute("data-presence", "here")
    expect(member(page, bob)).to_have_attribute("data-presence", "offline")
    his = open_page(bob, "/rooms/lobby/", **PHONE)
    expect(member(page, bob)).to_have_attribute("data-presence", "here")
    expect(member(page, bob).get_by_role("img", name="Here now")).to_be_visible()
    his.evaluate(HIDE)
    expect(member(page, bob)).to_have_attribute("data-presence", "away")
    assert members(page) == [["here", "alice"], ["away", "bob"], ["offline", "carol"]]
    dave = make_user("dave")
    admit(lobby, dave)
    expect(member(page, dave)).to_contain_text("@dave")
    member(page, dave).get_by_role("link").focus()
    hers = open_page(dave, "/rooms/lobby/", **PHONE)
    expect(member(page, dave)).to_have_attribute("data-presence", "here")
    assert members(page)[-1] == ["here", "dave"]  # it has the focus, so it doesn't move
    page.locator("#composer textarea").focus()
    expect(page.locator("#members > li").nth(1)).to_contain_text("dave")
    hers.goto("about:blank")
    expect(member(page, dave)).to_have_attribute("data-presence", "offline", timeout=15_000)
    member(page, dave).get_by_role("link").focus()
    leave_room(Membership.objects.enter(dave, "lobby"))
    expect(member(page, dave)).to_have_count(0)
    assert "member__link" in focused(page)[0]


def test_the_panel_is_remembered_beside_and_an_overlay_on_a_phone(open_page, alice, bob, lobby):
    page = open_page(alice, "/rooms/lobby/", **DESK)
    expect_live(page)
    panel, toggle = page.locator("#panel"), page.get_by_role("button", name="Details and members")
    expect(panel).to_be_visible()
    panel.get_by_role("button", name="Close").click()
    expect(toggle).to_be_focused()
    page.reload()
    expect_live(page)
    expect(panel).to_be_hidden()
    toggle.press("Space")
    expect(member(page, bob)).to_be_visible()
    phone = open_page(alice, "/rooms/lobby/", **PHONE)
    expect_live(phone)
    expect(phone.locator("#panel")).to_be_hidden()
    phone.get_by_role("button", name="Details and members").tap()
    expect(member(phone, bob)).to_be_in_viewport()
    expect(phone.locator("#panel").get_by_role("button", name="Close")).to_be_focused()
    phone.keyboard.press("Escape")
    expect(phone.locator("#panel")).to_be_hidden()
    expect(phone.get_by_role("button", name="Details and members")).to_be_focused()


def test_all_members_without_javascript(open_page, alice, lobby):
    page = open_page(alice, "/rooms/lobby/", **DESK, java_script_enabled=False)
    page.locator("#panel").get_by_role("link", name="All members").click()
    assert [name for _, name in members(page)] == ["alice", "bob", "carol"]
    page.get_by_label("Find members").fill("bo")
    page.get_by_role("button", name="Find").click()
    assert [name for _, name in members(page)] == ["bob"]


def test_a_new_message_to_two_people_by_keyboard(open_page, alice, bob, carol, lobby):
    page = open_page(alice, "/rooms/lobby/", **DESK)
    expect_live(page)
    opener = page.get_by_role("link", name="New message")
    opener.focus()
    page.keyboard.press("Enter")
    query = page.get_by_role("combobox", name="To")
    expect(query).to_be_focused()
    expect(page.get_by_role("option")).to_have_count(2)
    page.keyboard.type("bo")
    expect(page.get_by_role("option", selected=True)).to_contain_text("bob")
    page.keyboard.press("Enter")
    expect(page.locator(".picker__chip")).to_have_text(["bob×"])
    expect(page.get_by_role("option")).to_contain_text("carol")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option", selected=True)).to_contain_text("carol")
    page.keyboard.press("Enter")
    page.keyboard.press("Backspace")
    expect(page.locator(".picker__chip")).to_have_count(1)
    page.keyboard.type("carol")
    expect(page.get_by_role("option", selected=True)).to_contain_text("carol")
    page.keyboard.press("Enter")
    expect(page.locator(".picker__chip")).to_have_count(2)
    page.keyboard.press("Enter")
    page.wait_for_url("**/rooms/direct-*/")
    expect_live(page)
    assert set(Room.objects.get(kind="direct").members.all()) == {alice, bob, carol}
    opener.click()
    expect(query).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#new-message")).to_have_count(0)
    expect(opener).to_be_focused()


def test_a_new_message_without_javascript(open_page, alice, bob, carol):
    page = open_page(alice, "/rooms/", java_script_enabled=False)
    page.get_by_role("link", name="New message").click()
    page.get_by_label("To").fill("bob, carol")
    page.get_by_role("button", name="Start conversation").click()
    page.wait_for_url("**/rooms/direct-*/")
    assert set(Room.objects.get().members.all()) == {alice, bob, carol}


def test_someone_who_is_blocked_sees_a_refusal_and_no_presence(open_page, alice, bob, lobby):
    room = open_direct_room(alice, bob)
    hers, his = open_page(alice, room.get_absolute_url(), **DESK), open_page(bob, room.get_absolute_url(), **DESK)
    for page in (hers, his):
        expect_live(page)
    expect(his.locator(".header .dot")).to_have_attribute("data-presence", "here")
    hers.goto("/@bob/")
    expect(his.locator(".header .dot")).to_have_attribute("data-presence", "online", timeout=10_000)
    hers.get_by_role("button", name="Block").click()
    expect(hers.get_by_role("button", name="Unblock")).to_be_visible()
    expect(his.locator(".header .dot")).to_have_attribute("data-presence", "offline")
    say(his, "hello?")
    expect(his.locator("#outbox .message")).to_contain_text("@alice isn't accepting direct messages.")
    hers.goto(room.get_absolute_url())
    expect(hers.locator("#silence")).to_contain_text("You've blocked this person.")
    expect(hers.locator("#composer textarea")).to_be_hidden()
    hers.get_by_role("button", name="Unblock").click()
    hers.wait_for_url(f"**{room.get_absolute_url()}")
    expect(hers.locator("#composer textarea")).to_be_visible()
    expect(his.locator(".header .dot")).to_have_attribute("data-presence", "here")


def test_typing_is_shown_by_name_and_gone_after_five_seconds(open_page, alice, bob, carol, lobby):
    hers = open_page(alice, "/rooms/lobby/", **DESK)
    expect_live(hers)
    note = hers.locator("#typing")
    others = [open_page(user, "/rooms/lobby/") for user in (bob, carol)]
    for page in others:
        expect_live(page)
        page.locator("#composer textarea").press_sequentially("h")
    expect(note).to_have_text("bob and carol are typing…")
    expect(note).to_have_text("", timeout=7_000)
