"""Every command accepts its example, and refuses invalid values with a reason."""

import uuid
from datetime import datetime

import pytest
from django.core.exceptions import ValidationError

from a_rtchat.commands import COMMANDS
from a_rtchat.tests.command_examples import EXAMPLES, FIELDS, HUGE, ODD, actor_for, world

pytestmark = pytest.mark.django_db(transaction=True)


def test_each_command_has_an_example_and_a_module_of_its_name():
    assert EXAMPLES.keys() == COMMANDS.keys()
    for name, command in COMMANDS.items():
        assert command.action.__module__ == f"a_rtchat.commands.{name}"


@pytest.mark.parametrize("name", COMMANDS)
def test_a_member_can_run_it(name, alice, first):
    COMMANDS[name].run(actor_for(COMMANDS[name], alice), EXAMPLES[name].data)


@pytest.mark.parametrize(("name", "column"), FIELDS)
def test_an_invalid_value_is_refused_with_a_reason_and_changes_nothing(name, column, alice, first):
    command, before = COMMANDS[name], world()
    for value in (HUGE[column], *ODD):
        try:
            values = command.clean(EXAMPLES[name].data | {column: value})
        except ValidationError as error:
            assert all(error.messages)
        else:
            assert isinstance(values[column], str | int | uuid.UUID | datetime | None), value
    with pytest.raises(ValidationError):
        command.run(actor_for(command, alice), EXAMPLES[name].data | {column: HUGE[column]})
    assert world() == before
