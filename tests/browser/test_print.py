"""Pages on paper."""

from tests.browser.steps import expect_live, fill


def test_a_room_is_printed_whole_and_without_what_one_presses(open_page, alice, lobby):
    fill(lobby, alice, 50)
    page = open_page(alice, "/rooms/lobby/")
    expect_live(page)
    page.emulate_media(media="print")
    for message in page.locator("#messages .message").all()[::49]:
        assert message.bounding_box()["height"] > 0
    heights = page.evaluate(
        "[document.body.scrollHeight, document.getElementById('messages').scrollHeight, innerHeight]"
    )
    assert heights[0] > heights[1] > heights[2]
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]
    for hidden in ("#composer", "#sidebar", ".message__more", ".details"):
        assert not page.locator(hidden).first.is_visible()
