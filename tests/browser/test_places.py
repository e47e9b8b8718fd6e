"""Finding a room, following an invite, asking to join."""

import re

from playwright.sync_api import expect

from a_rtchat.models import Invite, JoinRequest, Membership, Room
from conftest import PASSWORD, make_room
from tests.browser.steps import DESK, PHONE, expect_live


def test_a_stranger_follows_an_invite_signs_up_and_lands_in_the_room(open_page, alice, studio):
    invite = Invite.objects.create(room=studio, creator=alice, uses_left=1)
    page = open_page(None, invite.get_absolute_url(), **PHONE)
    expect(page.get_by_role("heading", name="Studio")).to_be_visible()
    page.get_by_role("link", name="Sign up").click()
    form = page.locator("form[action*=signup]")
    form.get_by_label("Username").fill("dave")
    form.get_by_label("Password").fill(PASSWORD)
    form.get_by_role("button", name="Sign up").click()
    page.get_by_role("link", name="Skip").click()
    page.wait_for_url("**/rooms/studio/")
    expect_live(page)
    assert Membership.objects.filter(room=studio, user__username="dave").exists()


def test_a_request_appears_and_is_answered_live(open_page, bob, mallory, studio):
    Room.objects.update(takes_requests=True)
    moderator, waiting = open_page(bob, "/rooms/studio/", **DESK), open_page(bob, "/rooms/studio/requests/", **PHONE)
    expect_live(moderator)
    asker, elsewhere = open_page(mallory, "/rooms/studio/", **DESK), open_page(mallory, "/rooms/", **DESK)
    asker.get_by_role("button", name="Request to join").click()
    expect(asker.get_by_role("status")).to_contain_text("asked to join")
    expect(moderator.locator("#room-settings")).to_have_attribute("data-reports", "1")
    expect(waiting.get_by_role("button", name="Accept mallory")).to_be_visible()
    moderator.get_by_role("link", name="mallory wants to join Studio.").click()
    moderator.get_by_role("button", name="Accept mallory").click()
    expect(asker.locator(f"#room-{studio.pk}")).to_be_visible()
    elsewhere.get_by_role("link", name="Your request to join Studio was accepted.").click()
    expect_live(elsewhere)
    expect_live(asker)  # it goes there by itself, so nobody can rely on clicking there
    expect(waiting.get_by_text("Nobody is waiting to join.")).to_be_visible()
    assert not JoinRequest.objects.exists()


def test_rooms_are_found_and_sorted_while_one_types(open_page, alice, mallory):
    for n in range(40):
        make_room(f"tea-{n}", Room.Kind.OPEN, owner=alice)
    make_room("garden", Room.Kind.OPEN, owner=alice)
    page = open_page(mallory, "/rooms/", **DESK)
    rooms = page.locator(".discover__room")
    expect(rooms).to_have_count(30)
    page.get_by_role("link", name="Show more rooms").click()
    expect(rooms).to_have_count(41)
    page.locator("#search-rooms").fill("gard")
    expect(rooms).to_have_count(1)
    page.locator("#search-rooms").fill("tea-1")
    expect(rooms).to_have_count(11)
    page.locator("#sort-rooms").select_option("name")
    expect(rooms.first).to_contain_text("Tea-1")
    rooms.first.get_by_role("link").click()
    page.get_by_role("button", name="Join", exact=True).click()
    expect_live(page)


def test_a_link_is_made_copied_and_shown_as_a_code_in_the_dialog(open_page, alice, studio):
    page = open_page(alice, "/rooms/studio/", permissions=["clipboard-read", "clipboard-write"], **DESK)
    expect_live(page)
    page.get_by_role("link", name="Room settings").click()
    page.get_by_role("link", name="Invites").click()
    page.get_by_label("Can be used").select_option("10")
    page.get_by_role("button", name="Create link").click()
    expect(page.get_by_text("10 uses left")).to_be_visible()
    page.get_by_role("button", name="Copy").click()
    invite = Invite.objects.get()
    assert page.evaluate("navigator.clipboard.readText()").endswith(invite.get_absolute_url())
    page.get_by_role("link", name="QR code").click()
    expect(page.get_by_role("img", name=re.compile("QR code"))).to_be_visible()


def test_the_panel_leads_to_inviting_and_to_leaving(open_page, bob, carol, studio):
    moderator, member = open_page(bob, "/rooms/studio/", **DESK), open_page(carol, "/rooms/studio/", **DESK)
    moderator.get_by_role("link", name="Invite people").click()
    expect(moderator.get_by_label("Usernames or email addresses")).to_be_visible()
    expect(member.get_by_role("link", name="Invite people")).to_be_hidden()
    member.get_by_role("link", name="Leave room").click()
    member.get_by_role("button", name="Leave room").click()
    member.wait_for_url("**/rooms/")
    assert not Membership.objects.filter(user=carol).exists()
