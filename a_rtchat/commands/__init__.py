from a_rtchat.commands import create, delete, edit, join, leave, ping, post, read, typing
from a_rtchat.commands.registry import COMMANDS, Command, Sender, Visitor

__all__ = [
    "COMMANDS",
    "Command",
    "Sender",
    "Visitor",
    "create",
    "delete",
    "edit",
    "join",
    "leave",
    "ping",
    "post",
    "read",
    "typing",
]
