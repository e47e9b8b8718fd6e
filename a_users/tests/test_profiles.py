"""Viewing and editing profiles."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from a_users.models import FormerUsername, Profile, User
from a_users.tests.pictures import encode, plain

pytestmark = pytest.mark.django_db
TOKENS = (Path(settings.BASE_DIR) / "static/css/tokens.css").read_text()


def test_every_new_user_gets_a_profile(client):
    User.objects.create_user("one")
    User(username="two").save()
    call_command("createsuperuser", "--noinput", username="three", email="three@example.org")
    client.post("/accounts/signup/", {"username": "four", "password1": "a long enough secret"})
    assert [user.profile.color in Profile.Color for user in User.objects.all()] == [True] * 4


def test_saving_a_user_again_creates_no_second_profile():
    user = User.objects.create_user("one")
    user.save()
    assert Profile.objects.count() == 1


@pytest.mark.parametrize(
    ("display_name", "name", "initials"),
    [
        ("", "grace", "G"),
        ("Grace Brewster Hopper", "Grace Brewster Hopper", "GH"),
        ("北川", "北川", "北"),
        ("Carol 🌻", "Carol 🌻", "C"),
        ("🇨🇭 Uri", "🇨🇭 Uri", "U"),
        ("👩🏽‍🚀 🌻", "👩🏽‍🚀 🌻", "👩🏽‍🚀"),
        ("🇨🇭", "🇨🇭", "🇨🇭"),
    ],
)
def test_the_name_falls_back_to_the_username(display_name, name, initials):
    profile = User.objects.create_user("grace").profile
    profile.display_name = display_name
    assert (profile.name, profile.initials) == (name, initials)


def test_every_palette_colour_has_a_token():
    assert len(Profile.Color.values) >= 12
    for color in Profile.Color.values:
        assert f"--person-{color}: light-dark(" in TOKENS
        assert f'[data-color="{color}"]' in TOKENS


def luminance(lightness, chroma, hue):
    """Return the relative luminance (WCAG 2) of an OKLCH colour, using Ottosson's matrices and the sRGB primaries."""
    from math import cos, radians, sin

    a, b = chroma * cos(radians(hue)), chroma * sin(radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short
    red, green, blue = (min(max(part, 0), 1) for part in (red, green, blue))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def pair(token):
    """Return a token's luminance in the light and the dark scheme."""
    line = TOKENS.split(f"--{token}: light-dark(")[1].split(";")[0]
    colors = re.findall(r"oklch\(([\d.]+)% ([\d.]+) ([\d.]+)", line)
    return [luminance(float(lightness) / 100, float(chroma), float(hue)) for lightness, chroma, hue in colors]


@pytest.mark.parametrize(
    "token", [*(f"person-{color}" for color in Profile.Color.values), "ink", "ink-quiet", "accent"]
)
def test_every_colour_has_enough_contrast_in_both_schemes(token):
    for canvas in ("canvas", "canvas-deep"):
        for one, other in zip(pair(token), pair(canvas), strict=True):
            contrast = (max(one, other) + 0.05) / (min(one, other) + 0.05)
            assert contrast >= 4.5, (token, canvas, contrast)


def profile_of(user):
    """Return a user's stored profile."""
    return Profile.objects.get(user=user)


def test_a_profile_requires_signing_in(client, signed_in, alice, bob):
    page = signed_in(bob).get("/@alice/").content.decode()
    assert 'action="/direct/alice/"' in page
    assert client.get("/@alice/").url == "/?next=/%40alice/"
    assert signed_in(bob).get("/@nobody/").status_code == 404


def test_former_names_and_other_cases_redirect_to_the_current_name(signed_in, alice, bob):
    FormerUsername.objects.create(user=alice, username="Alicia")
    for name in ("ALICE", "alicia", "Alicia"):
        response = signed_in(bob).get(f"/@{name}/")
        assert (response.status_code, response.url) == (302, "/@alice/")


@pytest.mark.parametrize("name", ["alice", "ALICE", "alicia"])
def test_an_inactive_user_has_no_profile_page(signed_in, alice, bob, name):
    FormerUsername.objects.create(user=alice, username="Alicia")
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert signed_in(bob).get(f"/@{name}/").status_code == 404


def test_only_ones_own_profile_links_to_the_form(signed_in, alice, bob):
    for user, own in ((alice, True), (bob, False)):
        page = signed_in(user).get("/@alice/").content.decode()
        assert ('href="/profile/edit/"' in page, "Notes to myself\n" in page) == (own, own)
        assert ("Send a message" in page) is not own


def test_profile_texts_are_escaped(signed_in, alice):
    Profile.objects.filter(user=alice).update(display_name="<b>A</b>", about="<script>x</script>\nline")
    page = signed_in(alice).get("/@alice/").content.decode()
    assert "<b>A</b>" not in page and "<script>x" not in page and "&lt;b&gt;A&lt;/b&gt;" in page


def test_editing_changes_only_ones_own_profile(signed_in, alice, bob):
    data = {"display_name": " Alice  Liddell ", "color": "teal", "about": "One.\r\n\r\n\r\n\r\nTwo."}
    response = signed_in(alice).post("/profile/edit/", data)
    assert response.url == "/@alice/"
    profile = profile_of(alice)
    assert (profile.display_name, profile.color, profile.about) == ("Alice Liddell", "teal", "One.\n\nTwo.")
    assert profile_of(bob).display_name == ""


def test_visitors_cannot_edit_profiles(client, alice):
    assert client.get("/profile/edit/").url == "/?next=/profile/edit/"
    assert client.post("/profile/edit/", {"display_name": "M", "color": "red"}).url == "/?next=/profile/edit/"
    assert profile_of(alice).display_name == ""


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("", ""),
        ("   ", ""),
        ("e\u0301", "é"),
        ("\u202egnp.exe\u202c", "gnp.exe"),
        ("\u2066a\u2069\u200fb\ufeff", "ab"),
        ("a\tb\nc\x1b\x07\x00", "a b c"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d👩\u200d👧 🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", None),
        ("x" * 60, "x" * 60),
    ],
)
def test_unsafe_characters_are_removed_from_names(signed_in, alice, value, stored):
    response = signed_in(alice).post("/profile/edit/", {"display_name": value, "color": "red"})
    assert response.status_code == 302
    assert profile_of(alice).display_name == (value if stored is None else stored)


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("display_name", "x" * 61, "60 characters at most"),
        ("display_name", "\u200d", "The name can&#x27;t be blank."),
        ("display_name", "\u3164\u2800", "The name can&#x27;t be blank."),
        ("display_name", "\u202e", "The name can&#x27;t be blank."),
        ("color", "beige", "beige is not one of the available choices."),
        ("about", "x" * 501, "500 characters at most"),
    ],
)
def test_an_invalid_value_shows_an_error_at_its_field_and_keeps_the_input(signed_in, alice, field, value, error):
    before = Profile.objects.values().get(user=alice)
    data = {"display_name": "Still here", "color": "red", "about": "And this"} | {field: value}
    response = signed_in(alice).post("/profile/edit/", data)
    assert response.status_code == 422
    page = response.content.decode()
    assert error in page and page.count('class="errorlist"') == 1
    assert all(text in page for text in {"Still here", "And this"} & set(data.values()))
    assert Profile.objects.values().get(user=alice) == before


def test_every_colour_is_a_named_choice(signed_in, alice):
    page = signed_in(alice).get("/profile/edit/").content.decode()
    for color in Profile.Color:
        assert re.search(
            rf'<label class="swatch" data-color="{color}" [^>]*>\s*.*{color.label}</span>\s*</label>', page
        )
    assert page.count('name="color"') == 14 and "style=" not in page


def test_without_a_colour_the_current_one_is_kept(signed_in, alice):
    Profile.objects.filter(user=alice).update(color="slate")
    for data in ({"display_name": "A"}, {"display_name": "A", "color": ""}):
        assert signed_in(alice).post("/profile/edit/", data).status_code == 302
        assert profile_of(alice).color == "slate"


def test_a_picture_is_asked_for_again_after_another_error(signed_in, alice):
    picture = SimpleUploadedFile("me.png", encode(plain()))
    data = {"display_name": "x" * 61, "color": "red", "avatar": picture}
    page = signed_in(alice).post("/profile/edit/", data).content.decode()
    assert "Please choose the picture again." in page
    assert not profile_of(alice).avatar
