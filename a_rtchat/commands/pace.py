"""The rate limit of a user's posts, across all rooms and processes."""

from django.conf import settings

from a_live.limits import bucket

posting = bucket("posting", settings.CHAT_POST_BURST, settings.CHAT_POSTS_PER_SECOND)
