"""Post a message."""

import uuid
from collections.abc import Sequence

from django.db import IntegrityError

from a_live.consumers import Reply
from a_rtchat import fragments, markdown
from a_rtchat.actions.messages import Draft, first_sent, post_drafts
from a_rtchat.commands.form import BodyField, ClientIdField, CommandForm
from a_rtchat.commands.registry import Command, Values, register
from a_rtchat.models import Membership


class PostForm(CommandForm):
    """A new message."""

    body = BodyField()
    client_id = ClientIdField()


def prepare(values: Values) -> None:
    """Render the body, and give a message without a client_id one, so that trying again never posts it twice."""
    values["body_html"] = markdown.render_or_raise(values["body"])
    values["client_id"] = values["client_id"] or uuid.uuid4()


def post(membership: Membership, values: Values) -> Reply:
    """Store a message; one that was sent before is answered with the first as it is now."""
    try:
        return post_all([(membership, values)])[0]
    except IntegrityError:
        message = first_sent(membership, values["client_id"])
        return Reply(fragments.message(message), message.revision, message)


def post_all(jobs: Sequence[tuple[Membership, Values]]) -> list[Reply]:
    """Store several messages of one room. Raises IntegrityError where one of them was sent before."""
    return [Reply(value=message) for message in post_drafts([Draft(member, **values) for member, values in jobs])]


register(Command(name="post", form=PostForm, prepare=prepare, action=post, together=post_all))
