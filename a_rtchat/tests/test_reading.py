"""Read marks: forward by reading, back by hand, the same on every tab and device."""

import re

import pytest
from channels.db import database_sync_to_async
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from a_live import events
from a_rtchat import room_list
from a_rtchat.actions.messages import delete_message, edit_message, post_message
from a_rtchat.actions.reading import mark_all_read, mark_read, mark_unread
from a_rtchat.models import Membership, Mention, Message

pytestmark = pytest.mark.django_db(transaction=True)
SIGNAL = re.compile(r'data-signal="read" data-room="(\d+)" data-seq="(\d+)" data-read-revision="(\d+)"')
ITEM = re.compile(r'data-last-seq="(\d+)" data-read-seq="(\d+)" data-read-revision="(\d+)"')
MENTIONS = re.compile(r'data-mentions="([\d ]*)"\s+data-mentions-at="(\d+)"')
MENTION = re.compile(r'data-signal="mention" data-room="\d+" data-seq="(\d+)" data-at="(\d+)"( data-meant)?')


def speak(user, count=1):
    for n in range(count):
        post_message(Membership.objects.enter(user, "lobby"), f"hello {n}")


def marks_in(html):
    return SIGNAL.findall(html)


def position(user, slug="lobby"):
    return Membership.objects.values_list("last_read_seq", "read_revision").get(user=user, room__slug=slug)


def test_reading_only_goes_forward_and_not_beyond_the_newest(signed_in, alice, bob, lobby):
    speak(bob, 3)
    client = signed_in(alice)
    for seq, expected in ((2, (2, 1)), (1, (2, 1)), (2, (2, 1)), (99, (3, 2))):
        assert client.post("/rooms/lobby/read/", {"seq": seq}).status_code == 302
        assert position(alice) == expected


@pytest.mark.parametrize("action", ["read", "unread"])
@pytest.mark.parametrize("seq", [0, -1, "", "x", 2**63, "1.5", "\0"])
def test_what_is_no_message_is_refused_and_changes_nothing(signed_in, alice, bob, lobby, action, seq):
    speak(bob, 3)
    response = signed_in(alice).post(f"/rooms/lobby/{action}/", {"seq": seq}, headers={"HX-Request": "true"})
    assert response.status_code == 422 and response.content.decode() == "This message doesn't exist."
    assert position(alice) == (0, 0)


def test_unread_from_here_goes_back_to_just_before_the_message(signed_in, alice, bob, lobby):
    speak(bob, 3)
    client = signed_in(alice)
    client.post("/rooms/lobby/read/", {"seq": 3})
    assert client.post("/rooms/lobby/unread/", {"seq": 2}).status_code == 302
    assert position(alice) == (1, 2)
    assert client.post("/rooms/lobby/unread/", {"seq": 4}).status_code == 422
    assert position(alice) == (1, 2)


@pytest.mark.parametrize("path", ["/rooms/studio/read/", "/rooms/studio/unread/"])
def test_who_left_or_never_joined_finds_no_room(signed_in, mallory, carol, studio, path):
    Membership.objects.filter(user=carol).delete()
    for user in (mallory, carol):
        assert signed_in(user).post(path, {"seq": 1}).status_code == 404


def test_a_read_mark_is_for_its_own_room(signed_in, alice, bob, lobby, studio):
    speak(bob, 3)
    signed_in(alice).post("/rooms/studio/read/", {"seq": 3})
    assert position(alice) == (0, 0) and position(alice, "studio") == (0, 0)


def test_all_rooms_can_be_marked_as_read(signed_in, alice, bob, lobby, studio):
    speak(bob, 3)
    assert signed_in(alice).post("/rooms/read/").url == "/rooms/"
    assert position(alice) == (3, 1) and position(alice, "studio") == (0, 0) and position(bob) == (0, 0)


def test_ones_own_post_from_a_page_marks_the_room_as_read(signed_in, alice, bob, lobby):
    speak(bob, 3)
    signed_in(alice).post("/rooms/lobby/messages/", {"body": "an answer"})
    assert position(alice) == (4, 1) and position(bob) == (0, 0)


def test_what_is_unread_again_brings_its_mentions_back(monkeypatch, alice, bob, lobby):
    other, events_sent = Membership.objects.enter(bob, "lobby"), []
    for body in ("@alice", "news", "@alice"):
        post_message(other, body)
    membership = Membership.objects.enter(alice, "lobby")
    mark_read(membership, 3)
    tab = TabState(html_of(alice, lobby))
    monkeypatch.setattr(events, "publish_state", lambda users, html: events_sent.append(html))
    for seq, expected in ((2, {3}), (1, {1, 3})):
        mark_unread(membership, seq)
        send(events_sent.pop(), [tab])
        tab.receive(0)
        assert tab.mentions == expected


async def test_all_tabs_learn_of_each_move_and_nobody_else_does(open_tab, alice, bob, lobby):
    await database_sync_to_async(speak)(bob, 3)
    here, home, other = await open_tab(alice, "lobby"), await open_tab(alice, None), await open_tab(bob, "lobby")
    for action, seq, expected in (("read", 3, ("3", "1")), ("unread", 2, ("1", "2"))):
        await here.send(action=action, seq=seq)
        for tab in (here, home):
            assert marks_in(await tab.next_signal("read")) == [(str(lobby.pk), *expected)]
    await database_sync_to_async(mark_all_read)(alice)
    assert marks_in(await home.next_signal("read")) == [(str(lobby.pk), "3", "3")]
    assert await other.receive_nothing(timeout=0.1)


# --- The divider ---


def divider(client, path="/rooms/lobby/"):
    """Return (the first unread seq, whether it leads to older messages, the seq below it), or None."""
    page = client.get(path).content.decode()
    found = re.search(r'id="unread" data-first="(\d+)">(.*?)</div>.*?<article[^>]* data-seq="(\d+)"', page, re.DOTALL)
    return found and (int(found[1]), "Jump to first unread" in found[2], int(found[3]))


def test_a_divider_stands_above_the_first_unread_message(signed_in, alice, bob, lobby):
    client = signed_in(alice)
    speak(bob, 4)
    for read, expected in ((0, (1, False, 1)), (2, (3, False, 3)), (4, None)):
        Membership.objects.filter(user=alice).update(last_read_seq=read)
        assert divider(client) == expected
    assert divider(signed_in(bob)) is None  # his own


def test_it_stands_at_the_top_with_a_link_if_the_first_unread_message_is_older(signed_in, alice, bob, lobby):
    speak(bob, 70)
    Membership.objects.filter(user=alice).update(last_read_seq=10)
    client = signed_in(alice)
    assert divider(client) == (11, True, 21)
    links = re.findall('class="unread__jump" href="([^"]*)"', client.get("/rooms/lobby/").content.decode())
    Membership.objects.filter(user=alice).update(last_read_seq=60)  # what was on the screen before they followed it
    assert divider(client, links[0].replace("&amp;", "&")) == (11, False, 11)
    assert client.get("/rooms/lobby/messages/?before=60&unread=x").status_code == 400


def test_it_is_in_the_readers_language(signed_in, alice, bob, lobby):
    alice.language = "de"
    alice.save()
    speak(bob)
    assert 'data-word="new">Neu<' in signed_in(alice).get("/rooms/lobby/").content.decode()


# --- Tabs and devices agree ---


class TabState:
    """What a tab knows of a room, by the rules of static/js/rooms.js and mentions.js: only newer revisions count."""

    def __init__(self, html: str) -> None:
        self.last = self.seq = self.revision = 0
        self.facts: dict[int, tuple[int, bool]] = {}  # seq: revision, whether it means the reader
        self.inbox: list[str | int] = []
        self.adopt(html)

    def adopt(self, html: str) -> None:
        """Take the list as it is in the database."""
        [(last, seq, revision)] = [map(int, found) for found in ITEM.findall(html)]
        self.learn_all(html, seq)
        self.hear(last)
        self.take(seq, revision)

    def learn(self, seq: int, revision: int, is_meant: bool) -> None:
        """Take whether a message means the reader."""
        if revision > self.facts.get(seq, (-1, False))[0]:
            self.facts[seq] = (revision, is_meant)

    def learn_all(self, html: str, after: int) -> None:
        """Take which messages after a seq mean the reader."""
        [(listed, revision)] = MENTIONS.findall(html)
        seqs = {int(seq) for seq in listed.split()}
        if int(revision):
            for seq in [seq for seq in self.facts if seq > after] + list(seqs):
                self.learn(seq, int(revision), seq in seqs)

    @property
    def mentions(self) -> frozenset[int]:
        """The unread messages that mean the reader."""
        return frozenset(seq for seq, (_, is_meant) in self.facts.items() if is_meant and seq > self.seq)

    def hear(self, last: int) -> None:
        """Take news."""
        self.last = max(self.last, last)

    def take(self, seq: int, revision: int) -> None:
        """Take a read mark."""
        if revision >= self.revision:
            self.seq, self.revision = seq, revision

    def receive(self, place: int) -> None:
        """Take one of the waiting events."""
        event = self.inbox.pop(place % len(self.inbox))
        if isinstance(event, int):
            self.hear(event)
        elif found := MENTION.findall(event):
            [(seq, revision, meant)] = found
            self.learn(int(seq), int(revision), bool(meant))
        else:
            [(_, seq, revision)] = marks_in(event)
            self.learn_all(event, int(seq))
            self.take(int(seq), int(revision))


STEP = st.one_of(
    st.tuples(st.just("read"), st.integers(1, 9)),
    st.tuples(st.just("unread"), st.integers(1, 9)),
    st.tuples(st.just("post"), st.integers(0, 1)),
    st.tuples(st.just("edit"), st.integers(1, 9)),
    st.tuples(st.just("delete"), st.integers(1, 9)),
    st.tuples(st.just("read_all"), st.just(0)),
    st.tuples(st.just("deliver"), st.integers(0, 30)),
    st.tuples(st.just("reconnect"), st.integers(0, 3)),
    st.tuples(st.just("reload"), st.integers(0, 3)),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, max_size=25), order=st.randoms(use_true_random=False))
def test_two_tabs_on_two_devices_agree_after_any_order_of_events(monkeypatch, alice, bob, lobby, steps, order):
    Membership.objects.update(last_read_seq=0, read_revision=0)
    tabs = [TabState(html_of(alice, lobby)) for _ in range(4)]
    monkeypatch.setattr(events, "publish_state", lambda users, html: send(html, tabs))
    for name, number in steps:
        step(name, number, alice, lobby, tabs, Membership.objects.enter(bob, "lobby"))
    for tab in tabs:
        while tab.inbox:
            tab.receive(order.randrange(100))
    lobby.refresh_from_db()
    assert {(tab.last, tab.seq, tab.revision) for tab in tabs} == {(lobby.last_seq, *position(alice))}
    unread = Mention.objects.filter(user=alice, room=lobby, seq__gt=position(alice)[0])
    assert {tab.mentions for tab in tabs} == {frozenset(unread.values_list("seq", flat=True))}


def send(event, tabs):
    for tab in tabs:
        tab.inbox.append(event)


def html_of(user, room):
    return room_list.lists_of([(user.pk, room.pk)])[user.pk, room.pk]


def change(name, author, message):
    if name == "delete":
        delete_message(author, message.seq)
    else:
        edit_message(author, message.seq, "news, after all" if "@alice" in message.body else "@alice")


def still_there(room, seq):
    return Message.objects.filter(room=room, seq=seq, deleted_at=None).first()


def step(name, number, user, room, tabs, other):
    """Do one thing on one of the devices, or somebody else's."""
    membership = Membership.objects.enter(user, room.slug)
    newest = membership.room.last_seq
    if name == "post":
        message, _ = post_message(other, "@alice" if number else "news")
        send(message.seq, tabs)
    elif name in ("edit", "delete") and (message := still_there(room, number)):
        change(name, other, message)
    elif name == "read" and newest:
        mark_read(membership, number)
    elif name == "unread" and newest:
        mark_unread(membership, min(number, newest))
    elif name == "read_all":
        mark_all_read(user)
    elif name == "reconnect":  # what was on its way is lost; the list comes from the database
        tabs[number].inbox.clear()
        tabs[number].adopt(html_of(user, room))
    elif name == "reload":
        tabs[number] = TabState(html_of(user, room))
    elif name == "deliver" and tabs[number % 4].inbox:
        tabs[number % 4].receive(number)
