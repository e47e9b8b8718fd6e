"""The connection's label: only there while something is wrong."""

from playwright.sync_api import expect

from tests.browser.steps import expect_live


def is_seen(page):
    """Return whether the label takes visible room."""
    return page.locator("#connection").evaluate("e => e.getBoundingClientRect().width > 2")


def test_the_label_is_hidden_while_live_and_shown_at_once_when_offline(open_page, watch, alice, lobby):
    page = open_page(alice, "/rooms/lobby/")
    expect_live(page)
    assert not is_seen(page) and page.locator("#connection").inner_text() == ""
    watch.server_goes_down = True
    page.context.set_offline(True)
    expect(page.locator("#connection")).to_have_attribute("data-state", "offline", timeout=1_000)
    expect(page.locator("#connection")).to_have_text("Offline")
    assert is_seen(page)
    page.context.set_offline(False)
    expect_live(page)
    expect(page.locator("#connection")).to_have_text("Live")
    assert not is_seen(page)
