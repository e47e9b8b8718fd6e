"""Every user has a profile, and others can see it."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from a_users.models import Profile, User

pytestmark = pytest.mark.django_db
TOKENS = (Path(settings.BASE_DIR) / "static/css/tokens.css").read_text()


def test_however_a_user_is_made_there_is_a_profile(client):
    User.objects.create_user("one")
    User(username="two").save()
    call_command("createsuperuser", "--noinput", username="three", email="three@example.org")
    client.post("/accounts/signup/", {"username": "four", "password1": "a long enough secret"})
    assert [user.profile.color in Profile.Color for user in User.objects.all()] == [True] * 4


def test_saving_a_user_again_makes_no_second_profile():
    user = User.objects.create_user("one")
    user.save()
    assert Profile.objects.count() == 1


@pytest.mark.parametrize(
    ("display_name", "name", "initials"),
    [("", "grace", "G"), ("Grace Brewster Hopper", "Grace Brewster Hopper", "GH"), ("北川", "北川", "北")],
)
def test_the_name_falls_back_to_the_username(display_name, name, initials):
    profile = User.objects.create_user("grace").profile
    profile.display_name = display_name
    assert (profile.name, profile.initials) == (name, initials)


def test_the_palette_has_a_token_for_each_colour():
    assert len(Profile.Color.values) >= 12
    for color in Profile.Color.values:
        assert f"--person-{color}: light-dark(" in TOKENS
        assert f'[data-color="{color}"]' in TOKENS


def luminance(lightness, chroma, hue):
    """Return the relative luminance (WCAG 2) of an OKLCH colour, by Ottosson's matrices and the sRGB primaries."""
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
    """Return the luminances of a token in light and in dark."""
    line = TOKENS.split(f"--{token}: light-dark(")[1].split(";")[0]
    colors = re.findall(r"oklch\(([\d.]+)% ([\d.]+) ([\d.]+)", line)
    return [luminance(float(lightness) / 100, float(chroma), float(hue)) for lightness, chroma, hue in colors]


@pytest.mark.parametrize(
    "token", [*(f"person-{color}" for color in Profile.Color.values), "ink", "ink-quiet", "accent"]
)
def test_a_colour_reads_well_on_light_and_on_dark(token):
    for canvas in ("canvas", "canvas-deep"):
        for one, other in zip(pair(token), pair(canvas), strict=True):
            contrast = (max(one, other) + 0.05) / (min(one, other) + 0.05)
            assert contrast >= 4.5, (token, canvas, contrast)


def test_a_profile_is_seen_by_people_and_not_by_strangers(client, signed_in, alice, bob):
    page = signed_in(bob).get("/@alice/").content.decode()
    assert 'action="/direct/alice/"' in page
    assert client.get("/@alice/").url == "/?next=/%40alice/"
    assert signed_in(bob).get("/@nobody/").status_code == 404
