"""Presence in browsers: a tab that nobody uses, and people who come to a large room."""

from playwright.sync_api import expect

from a_rtchat.models import Membership
from a_users.models import Profile, User
from conftest import make_user
from tests.browser.steps import DESK, expect_live


def crowd(room, count: int) -> None:
    """Add many members to a room."""
    names = [f"person-{n:03}" for n in range(count)]
    users = User.objects.bulk_create(User(username=name, username_key=name, skeleton=name) for name in names)
    Profile.objects.bulk_create(Profile(user=user) for user in users)
    Membership.objects.bulk_create(Membership(room=room, user=user) for user in users)


def status(page, user):
    return page.locator(f'#panel #members [data-user="{user.pk}"]')


def test_a_tab_that_nobody_touches_for_ten_minutes_is_away_until_it_is_used(open_page, alice, bob, lobby):
    hers = open_page(alice, "/rooms/lobby/", **DESK)
    expect_live(hers)
    his = open_page(bob, "about:blank")
    his.clock.install()
    his.goto("/rooms/lobby/")
    expect_live(his)
    expect(status(hers, bob)).to_have_attribute("data-presence", "here")
    his.clock.fast_forward("09:00")
    his.clock.run_for(31_000)
    expect_live(his)
    hers.wait_for_timeout(500)
    expect(status(hers, bob)).to_have_attribute("data-presence", "here")
    his.clock.fast_forward("01:30")
    his.clock.run_for(31_000)
    expect(status(hers, bob)).to_have_attribute("data-presence", "away")
    his.mouse.move(50, 50)
    expect(status(hers, bob)).to_have_attribute("data-presence", "here")


def test_who_comes_to_a_large_room_appears_soon_and_the_list_stays_cut_off(open_page, alice, lobby):
    crowd(lobby, 130)
    zoe = make_user("zoe")
    lobby.memberships.create(user=zoe)
    page = open_page(alice, "/rooms/lobby/", **DESK)
    expect_live(page)
    expect(page.locator("#members > li")).to_have_count(100)
    expect(status(page, zoe)).to_have_count(0)
    open_page(zoe, "/rooms/lobby/")
    expect(status(page, zoe)).to_have_attribute("data-presence", "here", timeout=4_000)
    expect(page.locator("#members > li").nth(1)).to_contain_text("zoe")
    expect(page.locator("#members > li")).to_have_count(100)
