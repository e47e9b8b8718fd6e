"""Joining by code."""

import re

import pytest

from a_rtchat.models import Membership, Room
from a_rtchat.tests.test_invites import text_of
from conftest import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    "code", ["{token}", " {token}\n", "https://other.example/invite/{token}/", "/invite/{token}/?x=1#y", "<{token}>"]
)
def test_an_invite_works_as_a_code(signed_in, mallory, invite, code):
    response = signed_in(mallory).post("/rooms/join/", {"code": code.format(token=invite.token)})
    if code.startswith("<"):
        assert response.status_code == 422
    else:
        assert response.url == "/rooms/studio/" and Membership.objects.filter(user=mallory).exists()


@pytest.mark.parametrize(
    "code",
    [
        "tea-time-k2p9",
        " TEA-Time-K2P9 ",
        "tea time k2p9",
        "tea- time -k2p9",
        "tea–time—k2p9",
        "t e a-time-k2p9",
        "http://10.0.0.1:8000/rooms/tea-time-k2p9/messages/5/?since=3#message-9",
        "chat.example/rooms/TEA-time-k2p9",
        "\u200btea-time-k2p9\u00a0",
    ],
)
def test_a_code_works_however_it_is_written(signed_in, mallory, lobby, code):
    Room.objects.update(slug="tea-time-k2p9")
    assert signed_in(mallory).post("/rooms/join/", {"code": code}).url == "/rooms/tea-time-k2p9/"
    assert Membership.objects.filter(user=mallory).exists()


def test_a_private_rooms_code_gets_the_answer_of_an_unknown_one(signed_in, mallory, studio):
    def ask(code):
        page = text_of(signed_in(mallory).post("/rooms/join/", {"code": code}))
        return re.sub(r'name="csrfmiddlewaretoken" value="\w+"|studio|nothin', "", page)

    assert ask("studio") == ask("nothin")


def test_ten_thousand_wrong_codes_are_stopped_also_from_many_accounts(signed_in, mallory, lobby):
    statuses = []
    for n in range(12):
        client = signed_in(make_user(f"account-{n}"))
        statuses += [client.post("/rooms/join/", {"code": f"den-{n}-{m}"}).status_code for m in range(20)]
    assert statuses == [422] * 200 + [429] * 40
    response = client.post("/rooms/join/", {"code": "den"})
    assert "Too many wrong codes." in text_of(response) and 'value="den"' in text_of(response)


def test_right_codes_are_not_counted_as_wrong(signed_in, lobby, settings):
    from a_rtchat.views.discover import wrong_codes

    for n in range(3):
        signed_in(make_user(f"account-{n}")).post("/rooms/join/", {"code": "lobby"})
    assert wrong_codes.bucket.take("127.0.0.1", 200) == 0


def test_a_person_who_tries_many_codes_is_told_when_to_go_on(signed_in, mallory):
    client = signed_in(mallory)
    answers = [client.post("/rooms/join/", {"code": "nowhere"}) for _ in range(31)]
    assert (answers[29].status_code, answers[30].status_code) == (422, 429)
    assert int(answers[30]["Retry-After"]) > 0 and "too quickly" in text_of(answers[30])
