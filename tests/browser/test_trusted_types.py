"""Trusted Types: HTML that a script inserts brings no code, and no script loads another."""

import pytest
from playwright.sync_api import expect

from a_users.models import User
from tests.browser.steps import expect_live, say

REFUSED = [
    "document.body.innerHTML = '<img src=x onerror=alert(1)>'",
    "document.body.innerHTML = '<svg/onload=alert(1)>'",
    'document.body.innerHTML = "<b title=\\"x\\"onclick=alert(1)>"',
    "document.body.insertAdjacentHTML('beforeend', '<script>1</script>')",
    "document.body.outerHTML = '<iframe srcdoc=x></iframe>'",
    "new DOMParser().parseFromString('<object data=x></object>', 'text/html')",
    "document.createElement('script').src = '/static/js/main.js'",
    "document.createElement('script').textContent = '1'",
    "trustedTypes.createPolicy('mine', { createHTML: html => html })",
    "trustedTypes.createPolicy('default', { createHTML: html => html })",
]


@pytest.mark.parametrize("code", REFUSED)
def test_what_could_bring_code_is_refused(open_page, watch, alice, lobby, code):
    page = open_page(alice, "/rooms/lobby/")
    expect_live(page)
    assert page.evaluate(f"() => {{ try {{ {code}; return 'done' }} catch (error) {{ return error.name }} }}") != "done"
    watch.problems.clear()  # the console says so, too


def test_fragments_and_text_about_code_are_let_in(open_page, alice, lobby):
    page = open_page(alice, "/rooms/lobby/")
    expect_live(page)
    for text in ("hello", "<script>alert(1)</script>", "onerror = 1 and srcdoc"):
        say(page, text)
        expect(page.locator("#messages .message").last).to_contain_text(text)


def test_the_admin_works(open_page, watch, alice, bob, lobby):
    """Its scripts insert HTML as well, select2 more than others."""
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    page = open_page(alice, f"/admin/a_rtchat/room/{lobby.pk}/change/")
    page.locator(".add-row a").first.click()
    page.locator(".select2-selection").last.click()
    page.locator(".select2-search__field").fill("bo")
    page.locator(".select2-results__option", has_text="bob").click()
    expect(page.locator(".select2-selection__rendered").last).to_contain_text("bob")
    watch.problems = [problem for problem in watch.problems if "404" not in problem]  # it has no icon
