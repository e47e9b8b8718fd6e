"""Requests to join in browsers: the answer arrives on the open page, and the moderators' notice goes."""

import pytest
from playwright.sync_api import expect

from a_rtchat.models import JoinRequest, Room
from tests.browser.steps import DESK, expect_live
from tests.browser.test_room_list import do


@pytest.mark.parametrize("answer", ["accept", "refuse"])
def test_an_answer_changes_the_open_pages(open_page, alice, mallory, studio, answer):
    Room.objects.filter(pk=studio.pk).update(takes_requests=True)
    owner, asker = open_page(alice, "/rooms/studio/", **DESK), open_page(mallory, "/rooms/studio/", **DESK)
    expect_live(owner)
    asker.wait_for_timeout(500)  # until its socket is open, which this page doesn't show
    asker.get_by_role("button", name="Request to join").click()
    notice = owner.locator("[data-notice]")
    expect(notice).to_contain_text("wants to join")
    expect(asker.get_by_role("button", name="Withdraw request")).to_be_visible()
    asker.wait_for_timeout(500)
    do(owner, f"/rooms/studio/requests/{JoinRequest.objects.get().pk}/", answer=answer)
    expect(notice).to_have_count(0)
    if answer == "accept":
        expect(asker.locator("#composer")).to_be_visible()
    else:
        expect(asker.locator("#request")).to_contain_text("Your request wasn't accepted.")
