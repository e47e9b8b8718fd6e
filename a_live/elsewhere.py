"""What a process tells its tabs about topics that they don't show: news, and who is where."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from a_live.bulletins import Bulletins
from a_live.following import Following, Follows
from a_live.news import News
from a_live.post_box import PostBox
from a_live.presence import GRACE, Presence
from a_live.reader import Reader, Tabs
from a_live.topic import Topic


class Elsewhere:
    """News and presence of a process, given its readers by user, its topics, and the way to other processes."""

    def __init__(self, tabs: Tabs, topics: Mapping[str, Topic], post_box: PostBox) -> None:
        self.tabs = tabs
        self.process = uuid.uuid4().hex
        self.following = Following(self._followed)
        self.news = News(self.following, lambda user_id: tabs.get(user_id, ()))
        self.presence = Presence(self.process, self.following, tabs, topics)
        self.bulletins = Bulletins(self.process, post_box.post, self.news, self.presence, self._missed_bulletin)
        self.presence.on_change = self.bulletins.schedule
        self.has_missed = False
        self.new: set[Reader] = set()  # readers of whose users it isn't known yet what they follow
        self.routes: dict[str, Callable[[dict[str, Any]], None]] = {
            "bulletin": self.bulletins.receive,
            "follow": self._follow,
            "unfollow": self._unfollow,
            "refollow": lambda event: self.following.reload(self._present(event["users"])),
        }

    def joined(self, reader: Reader) -> None:
        """Follow what a new reader's user follows, and show that they are there."""
        self.following.add(reader.user_id)
        self.presence.touch(reader.user_id)
        if reader.user_id in self.following.users:
            self.presence.introduce(reader)
            self.news.greet(reader.user_id)
        else:
            self.new.add(reader)

    def left(self, reader: Reader) -> None:
        """Show that a user has left, unless they come back soon."""
        self.new.discard(reader)
        self.presence.touch(reader.user_id, GRACE)

    def note(self, topic: str, number: int) -> None:
        """Tell everyone who follows a topic its new number, here and in other processes."""
        self.news.note(topic, number)
        self.bulletins.add_news(topic, number)

    async def refollow(self) -> None:
        """Read again what all local users follow, and forget users who have left."""
        for user_id in self.following.users.keys() - self.tabs.keys():
            self.following.remove(user_id)
        self.following.reload(list(self.tabs))

    async def catch_up(self) -> None:
        """Compare the news with the database if a bulletin was lost."""
        if self.has_missed:
            self.has_missed = False
            self.following.reload(list(self.tabs))

    def _follow(self, event: dict[str, Any]) -> None:
        self.following.follow(event["user"], event["topic"], event["number"], event["is_close"])
        self._touch([event["user"]])

    def _unfollow(self, event: dict[str, Any]) -> None:
        for user_id in event["users"]:
            self.following.unfollow(user_id, event["topic"])
        self._touch(event["users"])

    def _followed(self, loaded: dict[int, Follows]) -> None:
        """Take what users follow, once it is read."""
        self._touch(loaded)
        self.news.compare(loaded)
        for reader in [reader for reader in self.new if reader.user_id in loaded]:
            self.new.discard(reader)
            self.presence.introduce(reader)

    def _touch(self, user_ids: Iterable[int]) -> None:
        for user_id in self._present(user_ids):
            self.presence.touch(user_id)

    def _present(self, user_ids: Iterable[int]) -> list[int]:
        return [user_id for user_id in user_ids if user_id in self.tabs]

    def _missed_bulletin(self) -> None:
        self.has_missed = True
