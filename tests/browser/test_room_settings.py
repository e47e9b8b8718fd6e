"""A room's settings and moderation on open pages: roles, bans, reports and archiving show at once."""

import re

import pytest
from playwright.sync_api import expect

from a_rtchat.models import Membership, Report
from tests.browser.steps import DESK, PHONE, act, expect_live, fill, message, say


def post(page, path, **data):
    """Post a form of the lobby as a page's user, without using the page."""
    token = page.locator("#composer [name=csrfmiddlewaretoken]").input_value()
    response = page.request.post(f"/rooms/lobby/{path}/", form={"csrfmiddlewaretoken": token, **data})
    assert response.ok, response.text()


def open_lobby(open_page, user, **options):
    """Return a user's live page of the lobby."""
    page = open_page(user, "/rooms/lobby/", **options)
    expect_live(page)
    return page


@pytest.mark.parametrize("screen", [PHONE, DESK], ids=["phone", "desk"])
def test_the_dialog_keeps_what_was_typed_and_gives_the_focus_back(open_page, alice, lobby, screen):
    page = open_lobby(open_page, alice, **screen)
    opener, dialog = page.locator("#room-settings"), page.locator("#dialog")
    opener.click()
    name = dialog.get_by_label("Name", exact=True)
    name.fill("Foyer")
    page.keyboard.press("Escape")
    expect(dialog.get_by_text("Discard what you typed?")).to_be_visible()
    dialog.get_by_role("button", name="Keep editing").click()
    expect(name).to_have_value("Foyer")
    expect(name).to_be_focused()
    dialog.get_by_role("button", name="Save", exact=True).first.click()
    expect(page.locator("#room-title")).to_have_text("Foyer")
    expect(dialog.get_by_text("Saved.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()


def test_refused_input_stays_and_says_why_at_the_field(open_page, alice, lobby):
    page = open_lobby(open_page, alice)
    page.locator("#room-settings").click()
    dialog = page.locator("#dialog")
    dialog.get_by_label("Emoji", exact=True).fill("no emoji")
    dialog.get_by_role("button", name="Save", exact=True).first.click()
    expect(dialog.get_by_text("Enter a single emoji.")).to_be_visible()
    expect(dialog.get_by_label("Emoji", exact=True)).to_have_value("no emoji")
    expect(dialog.get_by_label("Emoji", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    dialog.get_by_role("button", name="Discard").click()
    expect(dialog).to_be_hidden()


def test_a_promoted_member_gets_the_tools_at_once(open_page, alice, carol, lobby):
    page, owner = open_lobby(open_page, carol), open_lobby(open_page, alice)
    expect(page.locator("#room-settings")).to_be_hidden()
    post(owner, "members/carol/promote")
    expect(page.locator("#room-settings")).to_be_visible()
    post(owner, "members/carol/demote")
    expect(page.locator("#room-settings")).to_be_hidden()


def test_a_banned_member_is_told_so(open_page, bob, carol, lobby):
    page, moderator = open_lobby(open_page, carol), open_lobby(open_page, bob)
    post(moderator, "members/carol/ban", until="day")
    expect(page.locator("#connection")).to_have_text("You're no longer in this room")
    expect(page.locator(".read-only__why:visible")).to_have_text("You're no longer in this room")
    expect(page.locator("#composer")).to_be_hidden()
    expect(page.locator(f"#room-{lobby.pk}")).to_have_count(0)


def test_a_muted_member_sees_a_sentence_in_place_of_the_composer(open_page, bob, carol, lobby):
    page, moderator = open_lobby(open_page, carol), open_lobby(open_page, bob)
    post(moderator, "members/carol/mute", until="hour")
    expect(page.get_by_text("A moderator muted you.")).to_be_visible()
    expect(page.locator("#composer")).to_be_hidden()
    post(moderator, "members/carol/unmute")
    expect(page.locator("#composer")).to_be_visible()


def test_an_archived_room_is_read_only_until_it_is_opened_again(open_page, alice, carol, lobby):
    page, owner = open_lobby(open_page, carol), open_lobby(open_page, alice)
    post(owner, "settings/archive")
    expect(page.get_by_text("This room is archived.")).to_be_visible()
    expect(page.locator("#composer")).to_be_hidden()
    expect(page.locator(f"#room-{lobby.pk}[data-archived]")).to_have_count(1)
    post(owner, "settings/unarchive")
    expect(page.locator("#composer")).to_be_visible()
    expect(page.locator(f"#room-{lobby.pk}:not([data-archived])")).to_have_count(1)


def test_announcements_are_for_moderators(open_page, bob, carol, lobby):
    member, moderator = open_lobby(open_page, carol), open_lobby(open_page, bob)
    post(moderator, "settings/rule", is_announcement="on")
    expect(member.get_by_text("Only moderators can post in this room.")).to_be_visible()
    expect(member.locator("#composer")).to_be_hidden()
    say(moderator, "News")
    expect(message(member, 0)).to_contain_text("News")


def test_a_report_reaches_the_moderators_who_ban_the_author(open_page, bob, carol, mallory, lobby):
    fill(lobby, carol, 1)
    Membership.objects.create(room=lobby, user=mallory)
    moderator, reporter = open_lobby(open_page, bob), open_lobby(open_page, mallory)
    act(reporter, message(reporter, 0), "Report to moderators")
    dialog = reporter.locator("#dialog")
    dialog.get_by_label("What's wrong?").fill("Spam")
    dialog.get_by_role("button", name="Report").click()
    expect(reporter.get_by_text("Thanks. The moderators will look at it.")).to_be_visible()
    expect(moderator.locator("#room-settings")).to_have_attribute("data-reports", "1")
    moderator.locator("#room-settings").click()
    dialog = moderator.locator("#dialog")
    dialog.get_by_role("link", name="Reports").click()
    expect(dialog.get_by_text("Spam")).to_be_visible()
    dialog.get_by_role("button", name="Delete message").click()
    expect(dialog.get_by_text("No open reports.")).to_be_visible()
    expect(message(moderator, 0)).to_contain_text("This message was deleted.")
    expect(moderator.locator("#room-settings")).to_have_attribute("data-reports", "")
    assert Report.objects.get().resolver == bob


def test_the_settings_work_without_scripts(open_page, alice, lobby):
    page = open_page(alice, "/rooms/lobby/", java_script_enabled=False)
    page.locator("#room-settings").click()
    page.get_by_label("Name", exact=True).fill("Foyer")
    page.get_by_role("button", name="Save", exact=True).first.click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.get_by_role("link", name="Members").click()
    page.get_by_role("link", name="carol", exact=True).click()
    page.get_by_role("button", name="Make moderator").click()
    expect(page.get_by_text("Their role is changed.")).to_be_visible()
    assert Membership.objects.get(user__username="carol").role == "moderator"


def test_slow_mode_is_told_before_and_while_a_message_waits(open_page, bob, carol, lobby):
    page, moderator = open_lobby(open_page, carol), open_lobby(open_page, bob)
    hint = page.locator("#slow-mode")
    expect(hint).to_be_hidden()
    post(moderator, "settings/rule", slow_mode="300")
    expect(hint).to_have_text("Slow mode: 5 minutes between two messages")
    expect(moderator.locator("#slow-mode")).to_be_hidden()
    say(page, "first")
    expect(message(page, 0)).to_contain_text("first")
    say(page, "second")
    for _ in range(2):
        expect(page.locator("#outbox")).to_contain_text(re.compile(r"Slow mode: sent in [45]:\d\d"))
        expect(page.locator("#sending")).to_have_text("Slow mode: your message is waiting.")
        page.reload()
        expect_live(page)
    expect(hint).to_have_text("Slow mode: 5 minutes between two messages")
    post(moderator, "settings/rule", slow_mode="0")
    expect(message(page, 1)).to_contain_text("second")
    expect(hint).to_be_hidden()
