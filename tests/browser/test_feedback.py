"""Feedback appears in view."""

from playwright.sync_api import expect

from tests.browser.steps import PHONE


def test_a_failed_sign_up_focuses_the_field_with_the_error(open_page, alice):
    page = open_page(None, "/", **PHONE)
    form = page.locator("form[action*=signup]")
    form.locator("[name=username]").fill("alice")
    form.locator("[name=password1]").fill("a long enough secret")
    form.get_by_role("button").click()
    expect(form.get_by_text("That username is taken.")).to_be_in_viewport()
    expect(form.locator("[name=username]")).to_be_focused()


def test_saving_is_confirmed_in_view(open_page, alice):
    page = open_page(alice, "/profile/settings/", **PHONE)
    page.get_by_label("Dark").check()
    page.get_by_role("button", name="Save appearance").click()
    expect(page.get_by_text("Saved.")).to_be_in_viewport()
    expect(page.get_by_role("heading", name="Appearance")).to_be_in_viewport()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_new_user_is_told_about_the_confirmation_mail(open_page, server):
    page = open_page(None, "/", **PHONE)
    form = page.locator("form[action*=signup]")
    form.locator("[name=username]").fill("dave")
    form.locator("[name=email]").fill("dave@example.org")
    form.locator("[name=password1]").fill("a long enough secret")
    form.get_by_role("button").click()
    expect(page.get_by_text("dave@example.org")).to_be_in_viewport()
