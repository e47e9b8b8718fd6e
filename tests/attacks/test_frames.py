"""Frames that break what handles them: they harm nobody but their sender."""

import asyncio
import json
from dataclasses import replace

import pytest

from a_rtchat.commands.registry import COMMANDS
from a_rtchat.frames import Frame, carry_out_all, command_of
from a_rtchat.models import Message

pytestmark = pytest.mark.django_db(transaction=True)


DEEP = "[" * 980 + "1" + "]" * 980  # json.loads can just read it; str() can't
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


@pytest.mark.parametrize("poison", POISON)
async def test_a_poison_frame_is_refused_and_cuts_nobody(open_tab, alice, bob, carol, lobby, poison):
    poison = poison.replace("DEEP", DEEP).replace("LONG", LONG)
    attacker, *others = [await open_tab(user, lobby) for user in (alice, bob, carol, bob, carol)]
    bodies = [f"from tab {number}" for number in range(len(others))]
    frames = [json.dumps({"body": body}) for body in bodies]
    await asyncio.gather(
        *(tab.send_to(text_data=text) for tab, text in zip([attacker, *others], [poison, *frames], strict=True))
    )
    for tab in (attacker, *others):
        assert sorted(await tab.next_bodies(len(bodies))) == bodies


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
