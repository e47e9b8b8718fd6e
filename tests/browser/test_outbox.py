"""The outbox: nothing typed is lost, whatever the connection does."""

import re

from playwright.sync_api import expect

from a_rtchat.actions.messages import delete_message, edit_message
from a_rtchat.models import Membership, Message
from tests.browser.conftest import open_context_page
from tests.browser.steps import act, expect_live, fill, say, shown
from tests.server import serve


def pending(page):
    return page.locator("#outbox .message")


def test_a_message_shows_at_once_until_the_server_echoes_it(open_page, alice, lobby):
    page = open_page(alice, "/rooms/lobby/")
    expect_live(page)
    page.evaluate(
        "window.seen = []; new MutationObserver(() => seen.push(document.getElementById('outbox').innerText))"
        ".observe(document.getElementById('outbox'), {childList: true, subtree: true})"
    )
    say(page, "at once")
    expect(page.locator("#messages .message")).to_have_count(1)
    expect(pending(page)).to_have_count(0)
    assert "at once" in page.evaluate("seen[0]")
    assert page.evaluate("seen.some((text) => text.includes('Sending'))") is False


def test_messages_written_offline_are_sent_once(open_page, server, watch, alice, bob, lobby):
    page = open_page(alice, "/rooms/lobby/")
    expect_live(page)
    watch.server_goes_down = True
    server.stop()
    for n in range(3):
        say(page, f"offline {n}")
    expect(pending(page)).to_have_count(3)
    expect(page.locator("#connection")).to_have_text("Offline: 3 unsent")
    server.start()
    expect(page.locator("#messages .message")).to_have_count(3, timeout=15_000)
    expect(pending(page)).to_have_count(0)
    page.reload()
    expect_live(page)
    assert [text for _, text in shown(page)] == ["offline 0", "offline 1", "offline 2"]
    assert Message.objects.count() == 3


def test_the_outbox_survives_a_reload(open_page, alice, lobby):
    page = open_page(alice, "/rooms/lobby/")
    expect_live(page)
    page.evaluate("WebSocket.prototype.send = () => {}")  # a half-open connection
    say(page, "sent into nothing")
    expect(pending(page)).to_have_count(1)
    page.reload()
    expect(page.locator("#messages .message")).to_have_count(1)
    expect(pending(page)).to_have_count(0)
    assert Message.objects.get().body == "sent into nothing"


def test_a_draft_survives_a_reload_and_a_change_of_room(open_page, alice, lobby, studio):
    page = open_page(alice, "/rooms/lobby/")
    page.locator("#composer textarea").fill("half a thou")
    page.goto("/rooms/studio/")
    expect(page.locator("#composer textarea")).to_have_value("")
    page.goto("/rooms/lobby/")
    page.reload()
    expect(page.locator("#composer textarea")).to_have_value("half a thou")
    expect_live(page)
    say(page, "a whole thought")
    expect(page.locator("#messages .message")).to_have_count(1)
    page.reload()
    expect(page.locator("#composer textarea")).to_have_value("")


def test_the_page_falls_back_to_http_if_sockets_are_blocked(open_page, watch, alice, bob, lobby):
    watch.server_goes_down = True  # for sockets
    page = open_page(alice, "/rooms/")
    page.route_web_socket(re.compile(r"/ws/"), lambda socket: socket.close(code=1011))
    page.goto("/rooms/lobby/")
    expect(page.locator("#connection")).to_have_text(re.compile("checking every few seconds"), timeout=25_000)
    say(page, "over HTTP")
    expect(page.locator("#messages .message")).to_have_count(1)
    fill(lobby, bob, 2)
    expect(page.locator("#messages .message")).to_have_count(3)
    expect(pending(page)).to_have_count(0)
    assert [int(seq) for seq, _ in shown(page)] == [1, 2, 3]


def test_edits_and_deletions_are_shown_live(open_page, alice, bob, lobby):
    fill(lobby, alice, 2)
    hers, his = open_page(alice, "/rooms/lobby/"), open_page(bob, "/rooms/lobby/")
    for page in (hers, his):
        expect_live(page)
    first = hers.locator("#messages .message").first
    act(hers, first, "Edit")
    change = hers.get_by_role("textbox", name="Edit message")
    expect(change).to_be_focused()
    change.fill("changed **well**")
    hers.keyboard.press("Enter")
    for page in (hers, his):
        expect(page.locator(".message__body").first).to_have_text("changed well")
        expect(page.locator(".message__edited")).to_have_count(1)
    act(hers, hers.locator("#messages .message").nth(1), "Delete")
    expect(hers.get_by_role("button", name="Undo")).to_be_visible()
    for page in (his, hers):
        expect(page.locator(".message__body--deleted")).to_have_text("This message was deleted.", timeout=8_000)
    assert [message.body for message in Message.objects.order_by("seq")] == ["changed **well**", ""]


def test_missed_changes_are_replayed(open_page, server, watch, alice, bob, lobby):
    fill(lobby, bob, 3)
    page = open_page(alice, "/rooms/lobby/")
    expect_live(page)
    watch.server_goes_down = True
    server.stop()
    expect(page.locator("#connection")).to_have_attribute("data-state", "offline")
    membership = Membership.objects.enter(bob, "lobby")
    edit_message(membership, 1, "edited meanwhile")
    delete_message(membership, 2)
    fill(lobby, bob, 1)
    server.start()
    expect(page.locator("#messages .message")).to_have_count(4, timeout=15_000)
    assert [text for _, text in shown(page)] == [
        "edited meanwhile",
        "This message was deleted.",
        "message 2",
        "message 0",
    ]


def test_after_a_long_absence_the_page_reloads_and_says_so(open_page, server, watch, alice, bob, lobby):
    page = open_page(alice, "/rooms/lobby/")
    expect_live(page)
    watch.server_goes_down = True
    server.stop()
    fill(lobby, bob, 600)
    server.start()
    expect(page.locator("#skipped")).to_have_text(re.compile("^You missed 600 updates"), timeout=40_000)
    expect(page.locator("#messages .message").last).to_contain_text("message 599")


def test_a_flood_is_sent_slowly_and_in_order_and_says_once_why_it_waits(
    new_context, watch, transactional_db, tmp_path, alice, lobby
):
    with serve(tmp_path / "flood.log", CHAT_POST_BURST="2", CHAT_POSTS_PER_SECOND="1") as server:
        page = open_context_page(new_context, watch, server, alice, "/rooms/lobby/")
        expect_live(page)
        for n in range(6):
            say(page, f"quick {n}")
        reason = re.compile(r"^Sending \d+ messages… Too many at once, so sending slowly\.$")
        expect(page.locator("#sending")).to_have_text(reason)
        assert not re.search("at once|too quickly", page.locator("#outbox").inner_text())
        expect(page.locator("#messages .message")).to_have_count(6, timeout=40_000)
        expect(pending(page)).to_have_count(0)
        expect(page.locator("#sending")).to_have_text(re.compile(r"^\s*$"))
        assert [text for _, text in shown(page)] == [f"quick {n}" for n in range(6)]
    assert [message.body for message in Message.objects.order_by("seq")] == [f"quick {n}" for n in range(6)]


def test_two_tabs_of_a_room_keep_each_others_unsent_messages(open_page, server, watch, alice, lobby):
    one = open_page(alice, "/rooms/lobby/")
    two = one.context.new_page()
    two.goto("/rooms/lobby/")
    for page in (one, two):
        expect_live(page)
    watch.server_goes_down = True
    server.stop()
    for page, text in ((one, "from one"), (two, "from two")):
        say(page, text)
        expect(page.locator("#outbox .message")).to_have_count(1)
    one.close()
    server.start()
    two.reload()
    expect(two.locator("#messages .message")).to_have_count(2, timeout=15_000)
    expect(two.locator("#outbox .message")).to_have_count(0)
    assert two.evaluate("Object.keys(localStorage).filter(name => name.includes('outbox')).length") == 0
