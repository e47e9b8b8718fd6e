"""The pace of every command: what is refused as too quick, and which commands share a limit."""

import pytest

from a_live.limits import TooFast
from a_rtchat.commands import COMMANDS
from a_rtchat.tests.command_examples import EXAMPLES, actor_for, slow_down, world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("name", COMMANDS)
def test_it_has_a_pace_of_its_own_and_says_what_was_too_quick(name, monkeypatch, alice, first):
    slow_down(monkeypatch, COMMANDS[name])
    command, actor, before = COMMANDS[name], actor_for(COMMANDS[name], alice), world()
    if command.pace is None:
        command.run(actor, EXAMPLES[name].data)
    else:
        with pytest.raises(TooFast) as refused:
            command.run(actor, EXAMPLES[name].data)
        assert refused.value.messages == [f"{command.pace.reason} Try again in 50 seconds."]
        assert world() == before


def test_only_cheap_commands_have_no_pace():
    assert {name for name, command in COMMANDS.items() if command.pace is None} == {
        "ping",
        "presence",
        "read",
        "typing",
    }


def test_leaving_joining_and_creating_take_no_posting_tokens(alice, first):
    paces = {name: command.pace.bucket for name, command in COMMANDS.items() if command.pace is not None}
    assert {name for name, bucket in paces.items() if bucket is paces["post"]} == {"delete", "edit", "post"}
    assert len(set(paces.values())) == 11
