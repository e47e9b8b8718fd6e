"""A path converter for usernames."""

from django.urls.converters import StringConverter


class UsernameConverter(StringConverter):
    """Match the characters that Django's UnicodeUsernameValidator allows."""

    regex = r"[\w.@+-]+"
