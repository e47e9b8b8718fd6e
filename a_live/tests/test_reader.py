"""One socket's end of the fan-out."""

import asyncio

from a_live.admission import Ticket
from a_live.reader import Reader
from a_live.server_socket import ServerSocket
from a_live.wire import Burst, TextEvent


class Socket(ServerSocket):
    """A socket whose `send` waits while `open` is cleared."""

    def __init__(self):
        self.sent, self.open, self.aborted = [], asyncio.Event(), False
        self.open.set()

    def abort(self):
        self.aborted = True

    async def send(self, event):
        await self.open.wait()
        self.sent.append(event.get("text") or event["code"])


def event(text):
    return TextEvent(text)


def burst(*revisions, size=None):
    return Burst([(revision, event("x" * size if size else str(revision))) for revision in revisions])


def new_reader(socket):
    return Reader(socket, Ticket("key", "room", "lobby"), user_id=1, topic="room.1", revision=0)


def live_reader(socket):
    reader = new_reader(socket)
    reader.go_live()
    return reader


async def test_a_fast_reader_needs_no_task():
    socket, tasks = Socket(), asyncio.all_tasks()
    live_reader(socket).take(1, event("one"))
    assert socket.sent == ["one"]
    assert asyncio.all_tasks() == tasks


async def test_each_change_is_sent_once():
    socket = Socket()
    reader = live_reader(socket)
    for revision in (1, 2, 2, 1, 3):
        reader.push(burst(revision))
    assert socket.sent == ["1", "2", "3"]


async def test_a_slow_reader_gets_everything_in_order_once_it_reads_again():
    socket = Socket()
    reader = live_reader(socket)
    reader.take(1, event("1"))
    socket.open.clear()
    for revision in range(2, 50):
        reader.push(burst(revision))
    await asyncio.sleep(0.01)
    assert socket.sent == ["1"]
    socket.open.set()
    await asyncio.sleep(0.01)
    assert socket.sent == [str(revision) for revision in range(1, 50)]
    reader.take(50, event("50"))
    assert socket.sent[-1] == "50"


async def test_a_stalled_reader_is_closed_and_its_queue_dropped(settings):
    settings.CHAT_QUEUE_LIMIT = 5
    socket = Socket()
    reader = live_reader(socket)
    socket.open.clear()
    for revision in range(1, 100):
        reader.push(burst(revision))
    assert (reader.closing, len(reader.queue)) == (True, 0)
    socket.open.set()
    await asyncio.sleep(0.01)
    assert socket.sent == [1013]


async def test_the_queue_is_limited_during_a_replay_too(settings):
    settings.CHAT_QUEUE_LIMIT = 5
    socket = Socket()
    reader = new_reader(socket)
    for revision in range(1, 100):
        reader.push(burst(revision))
    await asyncio.sleep(0.01)
    assert socket.sent == [1013]


async def test_nothing_is_sent_to_a_disconnected_socket():
    async def gone(event):
        raise OSError("the client went away")

    reader = new_reader(ServerSocket(gone))
    reader.go_live()
    reader.take(1, event("1"))
    reader.take(2, event("2"))
    assert reader.closing


async def test_the_queue_is_limited_in_characters_too(settings):
    settings.CHAT_QUEUE_CHARACTERS = 1_000
    socket = Socket()
    reader = live_reader(socket)
    socket.open.clear()
    for revision in range(1, 4):  # the first is being sent, the others are queued
        reader.take(revision, event("x" * 400))
    assert not reader.closing
    reader.take(4, event("x" * 400))
    assert (reader.closing, reader.waiting) == (True, 0)


async def test_reading_reduces_the_queued_characters():
    socket = Socket()
    reader = live_reader(socket)
    socket.open.clear()
    for revision in range(1, 5):
        reader.take(revision, event("x" * 400))
    socket.open.set()
    await asyncio.sleep(0.01)
    assert (reader.waiting, len(socket.sent), reader.writer) == (0, 4, None)


async def test_a_reader_that_does_not_read_the_close_frame_is_aborted(settings):
    settings.CHAT_STALL_SECONDS = 0.05
    socket = Socket()
    reader = live_reader(socket)
    socket.open.clear()
    reader.take(1, event("1"))
    reader.close(1013)
    await asyncio.sleep(0.1)
    assert socket.aborted


async def test_a_replay_sends_nothing_after_closing():
    socket = Socket()
    reader = new_reader(socket)
    reader.close(1013)
    await reader.replay(1, "1")
    await reader.writer
    assert (socket.sent, socket.aborted) == ([1013], False)
