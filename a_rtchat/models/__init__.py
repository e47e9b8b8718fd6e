from a_rtchat.models.membership import Membership
from a_rtchat.models.message import Message
from a_rtchat.models.room import Room

__all__ = ["Membership", "Message", "Room"]
