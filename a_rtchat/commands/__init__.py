from a_rtchat.commands import create, delete, direct, edit, join, leave, ping, post, presence, read, typing
from a_rtchat.commands.registry import COMMANDS, Command, Sender, Visitor

__all__ = [
    "COMMANDS",
    "Command",
    "Sender",
    "Visitor",
    "create",
    "delete",
    "direct",
    "edit",
    "join",
    "leave",
    "ping",
    "post",
    "presence",
    "read",
    "typing",
]
