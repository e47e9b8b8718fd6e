"""Bulletins: what a process tells all others at most five times a second: topics with news, people who came or went.

They are numbered, so that a loss is noticed: the process that missed one reads the news from the database and asks
the others to tell again who is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from a_live.channel import EVERYONE
from a_live.events import make_event
from a_live.news import News
from a_live.presence import Presence

SEND_EVERY = 0.2  # seconds
Post = Callable[[str, dict[str, Any]], None]  # sends an event to a group

BEATS = 3  # of a process without news within CHAT_PRESENCE_SECONDS


class Bulletins:
    """The bulletins of this process and of the others."""

    def __init__(self, process: str, post: Post, news: News, presence: Presence, on_loss: Callable[[], None]) -> None:
        self.process, self.post, self.on_loss = process, post, on_loss
        self.news, self.presence = news, presence
        self.loop = asyncio.get_running_loop()
        self.number = 0
        self.outgoing: dict[str, int] = {}
        self.is_full = self.is_asking = False
        self.timer: asyncio.TimerHandle | None = None
        self.heard: dict[str, int] = {}  # the newest number of each process

    def add_news(self, topic: str, number: int) -> None:
        """Tell the others that a topic has a new number."""
        self.outgoing[topic] = max(number, self.outgoing.get(topic, 0))
        self.schedule()

    def schedule(self) -> None:
        """Send a bulletin soon."""
        if self.timer is None:
            self.timer = self.loop.call_later(SEND_EVERY, self.send)

    def ask(self) -> None:
        """Ask the others to tell who is there."""
        self.is_asking = True
        self.schedule()

    def send(self) -> None:
        """Send what has happened since the last bulletin, or everything about people if somebody has asked."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        self.number += 1
        full = self.is_full or self.number == 1
        content = {"news": list(self.outgoing.items()), "people": self.presence.take_changes(full), "full": full}
        self.post(EVERYONE, bulletin(self.process, self.number, ask=self.is_asking or self.number == 1, **content))
        self.outgoing, self.is_full, self.is_asking = {}, False, False

    def receive(self, event: dict[str, Any]) -> None:
        """Take another process's bulletin."""
        process, number = event["process"], event["number"]
        if process == self.process:
            return
        for topic, newest in event["news"]:
            self.news.note(topic, newest)
        if number:
            self._count(process, number, event["full"])
            self.presence.hear(process, event["people"], event["full"])
        if event["ask"]:
            self.is_full = True
            self.schedule()

    def _count(self, process: str, number: int, full: bool) -> None:
        """Notice a loss: the next number is missing."""
        expected = self.heard.get(process, 0) + 1
        self.heard[process] = number
        if number != expected and not (full and number == 1):
            self.on_loss()
            if not full:
                self.ask()

    async def beat(self) -> None:
        """Send a heartbeat, and forget processes that have died."""
        self.presence.expire()
        self.heard = {process: number for process, number in self.heard.items() if process in self.presence.heard}
        self.send()


def bulletin(process: str, number: int, **content: Any) -> dict[str, Any]:
    """Return a bulletin; one with number 0 isn't counted, because its sender isn't a server."""
    empty: dict[str, Any] = {"news": [], "people": [], "full": False, "ask": False}
    return make_event("bulletin", process=process, number=number, **(empty | content))
