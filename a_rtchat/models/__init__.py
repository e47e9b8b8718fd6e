from a_rtchat.models.invite import Invite, JoinRequest
from a_rtchat.models.membership import Departure, Membership
from a_rtchat.models.mention import Mention
from a_rtchat.models.message import Message
from a_rtchat.models.moderation import Block, LogEntry, Report
from a_rtchat.models.room import Room

__all__ = [
    "Block",
    "Departure",
    "Invite",
    "JoinRequest",
    "LogEntry",
    "Membership",
    "Mention",
    "Message",
    "Report",
    "Room",
]
