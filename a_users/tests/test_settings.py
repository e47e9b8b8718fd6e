"""The settings page."""

import pytest

from a_users.models import User

pytestmark = pytest.mark.django_db
SETTINGS = "/profile/settings/"


def test_it_shows_the_sign_in_options(just_signed_in, alice):
    page = just_signed_in(alice).get(SETTINGS).content.decode()
    assert 'value="alice"' in page and "1 device" in page and "None: you won't be able" in page


@pytest.mark.parametrize(("theme", "attribute"), [("dark", 'data-theme="dark"'), ("light", 'data-theme="light"')])
def test_the_chosen_theme_applies_to_every_page(signed_in, alice, bob, theme, attribute):
    browser = signed_in(alice)
    assert "data-theme" not in browser.get("/rooms/").content.decode()
    browser.post(f"{SETTINGS}appearance/", {"theme": theme})
    for page in (SETTINGS, "/rooms/", "/accounts/email/", "/"):
        assert attribute in browser.get(page, follow=True).content.decode()
    assert "data-theme" not in signed_in(bob).get("/rooms/").content.decode()


@pytest.mark.parametrize(
    ("before", "after", "says"), [("", "de", "Gespeichert."), ("de", "en", "Saved."), ("de", "", "Saved.")]
)
def test_saving_is_confirmed_in_the_new_language(signed_in, alice, before, after, says):
    User.objects.update(language=before)
    browser = signed_in(alice)
    choices = {"theme": "system", "language": after}
    page = browser.post(f"{SETTINGS}appearance/", choices, headers={"Accept-Language": "en"}, follow=True)
    assert f">{says}</li>" in page.content.decode()


def test_an_unknown_theme_is_rejected(signed_in, alice):
    response = signed_in(alice).post(f"{SETTINGS}appearance/", {"theme": "pink"})
    assert response.status_code == 422 and "Select a valid choice" in response.content.decode()
    assert User.objects.get().theme == "system"


@pytest.mark.parametrize("page", ["", "username/", "appearance/", "privacy/", "export/", "export/download/", "delete/"])
def test_visitors_are_redirected_to_sign_in(client, page):
    for method in (client.get, client.post):
        response = method(f"{SETTINGS}{page}")
        assert (response.status_code == 302 and response.url.startswith("/?next=")) or response.status_code == 405


def test_the_number_of_queries_does_not_grow_with_the_devices(just_signed_in, alice, django_assert_max_num_queries):
    browser = [just_signed_in(alice) for _ in range(5)][-1]
    with django_assert_max_num_queries(8):
        browser.get(SETTINGS)
