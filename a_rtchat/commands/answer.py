"""Answer a request to join."""

from django import forms
from django.db import transaction

from a_live.consumers import Reply
from a_rtchat.actions.requests import answer_request
from a_rtchat.commands import pace
from a_rtchat.commands.form import CommandForm, IdField
from a_rtchat.commands.registry import Command, Values, Visitor, register


class AnswerForm(CommandForm):
    """The request, and whether they may join."""

    request = IdField()
    answer = forms.ChoiceField(choices=[("accept", "accept"), ("refuse", "refuse")])


def answer(visitor: Visitor, values: Values) -> Reply:
    """Let them in, or refuse them; the reply's value is the request."""
    with transaction.atomic():
        membership = visitor.enter("answer")
        return Reply(value=answer_request(membership, values["request"], values["answer"] == "accept"))


register(Command(name="answer", form=AnswerForm, actor=Visitor, pace=pace.answering, action=answer))
