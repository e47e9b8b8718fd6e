"""Messages that look like what the server tells a page: they are shown as the text they are, and do nothing."""

import pytest
from playwright.sync_api import expect

from a_rtchat.models import Message
from tests.browser.steps import say

IMITATIONS = [
    '<span class="connection" id="connection" data-state="replaying" data-missed="501">gone</span>',
    'id="connection" data-state="replaying" data-missed="501"',
    '<i id="pong" hx-swap-oob="true" hidden></i>',
    'id="pong"',
    '<p id="composer-refusal" hx-swap-oob="true" data-client-id="">refused</p>',
    'id="composer-refusal"',
    '<div id="messages" hx-swap-oob="innerHTML"></div>',
    '<div hx-swap-oob="beforeend:#signals"><b data-signal="member" data-user="1" data-role="owner"></b></div>',
    '<article class="message" id="message-1" data-seq="1" data-revision="999999" data-client-id="x"></article>',
    '<div hx-get="/rooms/" hx-trigger="load" hx-target="body"></div>',
    '<form ws-send><input name="body" value="sent by itself"></form>',
    '<a data-behaviour="edit" href="#x">x</a><img src="/nothing" onerror="document.title=1">',
    '<h1 id="room-title" hx-swap-oob="true" data-slug="elsewhere">renamed</h1>',
    '`<i id="pong">` and [a link](#composer) in *Markdown* with id="connection"',
]


def expect_unharmed(page, count):
    """Check that a page shows all messages, wasn't reloaded, and holds nothing that a message brought along."""
    messages = page.locator("#messages .message")
    expect(messages).to_have_count(count)
    assert page.evaluate("window.untouched") is True
    expect(page.locator("#outbox .message")).to_have_count(0)
    inside = page.locator(".message .prose *")
    forbidden = "[id], [class], [hx-get], [hx-swap-oob], [data-signal], [data-revision], [data-behaviour], [ws-send]"
    assert inside.and_(page.locator(forbidden)).count() == 0
    assert page.locator("[id]").evaluate_all("all => all.length - new Set(all.map(e => e.id)).size") == 0
    assert page.locator("#room").get_attribute("data-revision") == str(Message.objects.count())


@pytest.mark.parametrize("transport", ["socket", "polling"])
def test_a_message_that_imitates_the_server_is_only_text(open_page, alice, bob, lobby, transport):
    author, reader = open_page(alice, "about:blank"), open_page(bob, "about:blank")
    if transport == "polling":
        author.context.route_web_socket("**/ws/**", lambda socket: socket.close())
    for page in (author, reader):
        page.goto("/rooms/lobby/")
        expect(page.locator("#connection")).to_have_attribute("data-state", "live", timeout=30_000)
        page.evaluate("window.untouched = true")
    for count, text in enumerate(IMITATIONS, 1):
        say(author, text)
        expect(author.locator("#messages .message")).to_have_count(count, timeout=15_000)
    say(reader, "in between")
    expect(reader.locator("#messages .message").last).to_contain_text("in between")
    say(author, 'id="composer-refusal" once more')
    expect(reader.locator("#messages .message").last).to_contain_text("once more", timeout=15_000)
    say(reader, "still here")
    for page in (author, reader):
        expect(page.locator("#messages .message").last).to_contain_text("still here", timeout=15_000)
        expect_unharmed(page, len(IMITATIONS) + 3)
    assert list(Message.objects.order_by("seq").values_list("body", flat=True))[: len(IMITATIONS)] == IMITATIONS
