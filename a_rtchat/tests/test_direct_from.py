"""Who can send someone direct messages: everyone, or nobody new. The refusal doesn't tell it from a block."""

import re

import pytest

from a_rtchat.actions.blocking import block_user
from a_rtchat.actions.direct import open_direct_room
from a_rtchat.models import Block, Room
from a_users.export import account_data
from a_users.models import User

pytestmark = pytest.mark.django_db
SETTINGS = "/profile/settings/"
REFUSAL = "@alice isn&#x27;t accepting direct messages."


@pytest.fixture
def closed(alice):
    """Accept nobody new for alice."""
    User.objects.filter(pk=alice.pk).update(direct_from="nobody")
    return alice


def answers(client, language="en"):
    """Return how every way to write to alice for the first time is answered, without what is new on each page."""
    headers = {"Accept-Language": language}
    script = {"HX-Request": "true"}
    groups = [client.post("/direct/", {"username": names}, headers=headers) for names in ("alice", "alice carol")]
    found = [client.post("/direct/alice/", headers=headers | more) for more in ({}, script)] + groups
    found += [client.get(path, headers=headers) for path in ("/@alice/", "/direct/people/?q=alice")]
    once = r'name="csrfmiddlewaretoken" value="\w+"|nonce="[^"]+"'
    return [(response.status_code, re.sub(once, "", response.content.decode())) for response in found]


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_block_and_the_setting_are_answered_with_the_same_bytes(signed_in, alice, bob, carol, language):
    client = signed_in(bob)
    block_user(alice, bob)
    blocked = answers(client, language)
    Block.objects.all().delete()
    User.objects.filter(pk=alice.pk).update(direct_from="nobody")
    assert answers(client, language) == blocked
    assert [status for status, _ in blocked[:4]] == [422] * 4 and not Room.objects.exists()
    sentence = REFUSAL if language == "en" else "@alice nimmt keine Direktnachrichten an."
    assert all(sentence in text.replace("'", "&#x27;") for _, text in blocked[:4])


def test_everyone_is_accepted_unless_someone_chooses_otherwise(signed_in, alice, bob):
    assert signed_in(bob).post("/direct/alice/").status_code == 302
    assert Room.objects.count() == 1


def test_nobody_new_leaves_conversations_and_ones_own_messages_alone(signed_in, alice, bob, carol):
    path = open_direct_room(alice, bob).get_absolute_url()
    User.objects.filter(pk=alice.pk).update(direct_from="nobody")
    assert signed_in(bob).post("/direct/alice/").url == path
    assert signed_in(bob).post(f"{path}messages/", {"body": "still here"}).status_code == 302
    assert signed_in(carol).post("/direct/alice/").status_code == 422
    for other in ("/direct/carol/", "/direct/alice/"):  # somebody new, and notes to oneself
        assert signed_in(alice).post(other).status_code == 302


def test_a_group_names_everyone_who_accepts_nobody_new(signed_in, closed, bob, carol):
    User.objects.filter(pk=carol.pk).update(direct_from="nobody")
    page = signed_in(bob).post("/direct/", {"username": "alice carol"}).content.decode()
    assert REFUSAL in page and REFUSAL.replace("alice", "carol") in page


def test_the_choice_is_made_in_the_settings(signed_in, alice):
    client = signed_in(alice)
    assert "Who can send you direct messages" in client.get(SETTINGS).content.decode()
    saved = client.post(f"{SETTINGS}privacy/", {"direct_from": "nobody"}, follow=True)
    assert ">Saved.</li>" in saved.content.decode()
    assert re.search(r'value="nobody"[^>]* checked', saved.content.decode())
    alice.refresh_from_db()
    assert alice.direct_from == account_data(alice)["direct_messages_from"] == "nobody"


@pytest.mark.parametrize("choice", ["", "friends", "\0", "x" * 1_000])
def test_an_unknown_choice_is_refused(signed_in, alice, choice):
    assert signed_in(alice).post(f"{SETTINGS}privacy/", {"direct_from": choice}).status_code == 422
    assert signed_in(alice).get(f"{SETTINGS}privacy/").status_code == 405
    assert User.objects.get().direct_from == "everyone"
