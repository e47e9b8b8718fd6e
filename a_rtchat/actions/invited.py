"""Personal invites that come, change and go: what those invited see of it on their open pages."""

from functools import cache, partial

from django.db import transaction
from django.db.models import Exists, OuterRef

from a_live.compiled import CompiledQuery, placeholders
from a_rtchat import broadcasts
from a_rtchat.models import Block, Invite, Membership
from a_rtchat.models.invite import InviteQuerySet
from a_users.models import User

LIMIT = 100  # an inviter fills no more than a few of these places (see invites.MOST_WAITING)


def tell_invited(invites: InviteQuerySet) -> None:
    """Show the users of these invites their invitations anew after the commit."""
    users = list(invites.exclude(user=None).values_list("user_id", flat=True))
    if users:
        transaction.on_commit(partial(broadcasts.invitations_changed, users))


def tell_invitees_of(membership: Membership) -> None:
    """Show the people a member has invited that their invites no longer work, or work again."""
    tell_invited(Invite.objects.filter(room=membership.room_id, creator=membership.user_id))


def delete_invites(invites: InviteQuerySet) -> None:
    """Delete invites, which those invited no longer see."""
    tell_invited(invites)
    invites.delete()


def invitations_of(user: User) -> list[Invite]:
    """Return the newest personal invites of a user, except from people they block."""
    if not _unused().fetch(user.pk):
        return []
    hidden = Block.objects.filter(blocker=user, blocked=OuterRef("creator"))
    invites = Invite.objects.filter(~Exists(hidden), user=user).usable()
    return list(invites.select_related("room", "creator__profile")[:LIMIT])


@cache
def _unused() -> CompiledQuery:
    return CompiledQuery(lambda user: Invite.objects.filter(user=user).exclude(uses_left=0)[:1], *placeholders(1))
