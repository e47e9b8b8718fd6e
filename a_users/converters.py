"""Usernames in addresses."""

from django.urls.converters import StringConverter


class UsernameConverter(StringConverter):
    """What a username may consist of (django.contrib.auth's UnicodeUsernameValidator): nothing else is asked for."""

    regex = r"[\w.@+-]+"
