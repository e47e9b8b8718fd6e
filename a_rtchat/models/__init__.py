from a_rtchat.models.membership import Departure, Membership
from a_rtchat.models.message import Message
from a_rtchat.models.room import Room

__all__ = ["Departure", "Membership", "Message", "Room"]
