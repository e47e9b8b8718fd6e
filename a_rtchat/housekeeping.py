"""Lift bans that have ended, for as long as a server runs."""

from a_live.orm import in_orm
from a_rtchat.actions.bans import lift_expired_bans

SECONDS = 5.0  # between two rounds: how late a ban may end


async def tidy() -> None:
    """Lift the bans that have ended."""
    await in_orm(lift_expired_bans)
