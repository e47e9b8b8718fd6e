"""What one did is answered where one looks."""

from playwright.sync_api import expect

from tests.browser.steps import PHONE


def test_a_refused_sign_up_leads_the_eye_to_the_field(open_page, alice):
    page = open_page(None, "/", **PHONE)
    form = page.locator("form[action*=signup]")
    form.locator("[name=username]").fill("alice")
    form.locator("[name=password1]").fill("a long enough secret")
    form.get_by_role("button").click()
    expect(form.get_by_text("Somebody has this name already.")).to_be_in_viewport()
    expect(form.locator("[name=username]")).to_be_focused()


def test_a_saved_choice_is_confirmed_in_view(open_page, alice):
    page = open_page(alice, "/profile/settings/", **PHONE)
    page.get_by_label("Dark").check()
    page.get_by_role("button", name="Save appearance").click()
    expect(page.get_by_text("Saved.")).to_be_in_viewport()
    expect(page.get_by_role("heading", name="Appearance")).to_be_in_viewport()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_the_mail_that_was_sent_is_told_to_whoever_is_new(open_page, server):
    page = open_page(None, "/", **PHONE)
    form = page.locator("form[action*=signup]")
    form.locator("[name=username]").fill("dave")
    form.locator("[name=email]").fill("dave@example.org")
    form.locator("[name=password1]").fill("a long enough secret")
    form.get_by_role("button").click()
    expect(page.get_by_text("dave@example.org")).to_be_in_viewport()
