"""Frames that break what handles them: they harm nobody but their sender."""

import asyncio
from dataclasses import replace

import pytest

from a_rtchat.commands.registry import COMMANDS
from a_rtchat.frames import Frame, carry_out_all, command_of
from a_rtchat.models import Message

pytestmark = pytest.mark.django_db(transaction=True)


DEPTHS = range(920, 1_000, 2)  # at some of them json.loads can just read a list, and str() no longer
LONG = "9" * 4_000
POISON = [
    '{"action": "edit", "seq": DEEP, "body": "x"}',
    '{"action": "read", "seq": DEEP}',
    '{"action": "delete", "seq": DEEP}',
    '{"body": DEEP}',
    '{"body": "x", "client_id": DEEP}',
    '{"action": DEEP}',
    '{"action": "edit", "seq": LONG, "body": "x"}',
    '{"action": "edit", "seq": 1e999, "body": "x"}',
    '{"action": "edit", "seq": NaN, "body": "x"}',
    '{"action": "edit", "seq": "\\ud800", "body": "\\ud800"}',
    '{"action": "edit", "seq": 9223372036854775807, "body": "x"}',
]


def variants(poison):
    """Return the frames for a poison: one, or one for each depth."""
    poison = poison.replace("LONG", LONG)
    return [poison.replace("DEEP", "[" * depth + "]" * depth) for depth in DEPTHS] if "DEEP" in poison else [poison]


@pytest.mark.parametrize("poison", POISON)
async def test_a_poison_frame_is_refused_and_cuts_nobody(open_tab, alice, bob, carol, lobby, poison):
    first, attacker, *others = [await open_tab(user, lobby) for user in (bob, alice, carol, bob, carol)]
    tabs, bodies = [first, *others], [f"from tab {number}" for number in range(4)]
    sending = [tab.send(body=body) for tab, body in zip(tabs, bodies, strict=True)]
    attacks = [attacker.send_to(text_data=text) for text in variants(poison)]
    await asyncio.gather(sending[0], *attacks, *sending[1:])  # so that others share a batch with an attack
    for tab in (attacker, *tabs):
        assert sorted(await tab.next_bodies(4)) == bodies


def test_a_command_that_breaks_for_one_sender_works_for_the_others(alice, bob, lobby, monkeypatch, caplog):
    """Whatever a command raises within the shared transaction, only its own frame fails."""

    def fail(membership, values):
        raise RecursionError("too deep")

    def frame(user, **data):
        return Frame(user.pk, lobby.slug, command_of(data), data)

    monkeypatch.setitem(COMMANDS, "edit", replace(COMMANDS["edit"], action=fail))
    poison = frame(alice, action="edit", seq=1, body="x")
    first, refused, last = carry_out_all([frame(alice, body="first"), poison, frame(bob, body="last")])
    assert [reply and reply.html for reply in (first, last)] == ["", ""]
    assert refused and "Try again." in refused.html and "too deep" in caplog.text
    assert list(Message.objects.order_by("seq").values_list("body", flat=True)) == ["first", "last"]
