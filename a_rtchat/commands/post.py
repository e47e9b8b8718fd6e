"""Post a message."""

import uuid
from collections.abc import Sequence

from django.db import IntegrityError

from a_live.consumers import Reply
from a_rtchat import fragments, markdown
from a_rtchat.actions.messages import Draft, first_sent, post_drafts
from a_rtchat.commands.form import BodyField, ClientIdField, CommandForm, ConfirmedField
from a_rtchat.commands.registry import Command, Values, register
from a_rtchat.models import Membership


class PostForm(CommandForm):
    """A new message."""

    body = BodyField()
    client_id = ClientIdField()
    confirmed = ConfirmedField()


def prepare(values: Values) -> None:
    """Render the body, and add a client_id if there is none, so that a retry never posts twice."""
    values["body_html"] = markdown.render_or_raise(values["body"])
    values["client_id"] = values["client_id"] or uuid.uuid4()


def post(membership: Membership, values: Values) -> Reply:
    """Store a message; for a resend, return the first one in its current state."""
    try:
        return post_many([(membership, values)])[0]
    except IntegrityError:
        message = first_sent(membership, values["client_id"])
        return Reply(fragments.message(message), message.revision, message)


def post_many(jobs: Sequence[tuple[Membership, Values]]) -> list[Reply]:
    """Store several messages of one room. Raises IntegrityError if one of them is a resend."""
    return [Reply(value=message) for message in post_drafts([Draft(member, **values) for member, values in jobs])]


register(Command(name="post", form=PostForm, prepare=prepare, action=post, action_many=post_many))
