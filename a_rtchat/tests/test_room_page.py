"""The room page, history and permalinks."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from a_rtchat.actions.messages import post_message

pytestmark = pytest.mark.django_db


def seqs(response):
    return [int(seq) for seq in re.findall(r'data-seq="(\d+)"', response.content.decode())]


def say(membership, count):
    return [post_message(membership, f"message {n}")[0] for n in range(count)]


def queries_of(client, path):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)


def test_the_page_shows_the_newest_messages_oldest_first(signed_in, carol, membership):
    say(membership, 60)
    response = signed_in(carol).get("/rooms/lobby/")
    assert seqs(response) == list(range(11, 61))
    page = response.content.decode()
    assert 'data-revision="60"' in page.split("<article")[0]
    assert 'href="/rooms/lobby/messages/?before=11"' in page


def test_the_page_has_the_public_ids_and_attributes(signed_in, carol, membership):
    message = say(membership, 1)[0]
    page = signed_in(carol).get("/rooms/lobby/").content.decode()
    for hook in [
        'id="messages"',
        'id="composer"',
        'name="body"',
        'ws-connect="/ws/rooms/lobby/"',
        'id="connection" data-state="offline"',
        'data-role="member"',
        f'<article class="message" id="message-{message.pk}" data-seq="1" data-revision="1" '
        f'data-author="{message.author_id}" data-client-id="{message.client_id}"',
    ]:
        assert hook in page


def test_the_page_costs_the_same_for_one_message_and_for_fifty(signed_in, carol, membership):
    client = signed_in(carol)
    say(membership, 1)
    few = queries_of(client, "/rooms/lobby/")
    say(membership, 60)
    assert queries_of(client, "/rooms/lobby/") == few <= 8


def test_own_messages_are_marked_by_a_rule_and_not_in_the_messages(signed_in, alice, carol, membership):
    say(membership, 3)
    pages = [signed_in(user).get("/rooms/lobby/").content.decode() for user in (alice, carol)]
    assert f'.message[data-author="{alice.pk}"]' in pages[0]
    assert f'.message[data-author="{carol.pk}"]' in pages[1]
    lists = [page.split('id="messages"')[1].split('id="outbox"')[0] for page in pages]
    articles = [re.findall(r"<article.*?</article>", shown, re.DOTALL) for shown in lists]
    assert len(articles[0]) == 3 and articles[0] == articles[1]


def test_a_socket_and_the_page_show_a_message_identically(signed_in, carol, membership):
    from a_rtchat import fragments

    message = say(membership, 1)[0]
    article = re.findall(r"<article.*</article>", fragments.message(message), re.DOTALL)
    assert len(article) == 1 and article[0] in signed_in(carol).get("/rooms/lobby/").content.decode()


def test_history_is_paged_back_to_the_beginning(signed_in, carol, membership):
    say(membership, 120)
    client, path = signed_in(carol), "/rooms/lobby/messages/"
    first = client.get(path, {"before": 71}, headers={"HX-Request": "true"})
    assert seqs(first) == list(range(21, 71)) and "?before=21" in first.content.decode()
    last = client.get(path, {"before": 21}, headers={"HX-Request": "true"})
    assert seqs(last) == list(range(1, 21)) and "?before" not in last.content.decode()


def test_history_without_javascript_is_a_page_with_a_way_back(signed_in, carol, membership):
    say(membership, 120)
    page = signed_in(carol).get("/rooms/lobby/messages/?before=71").content.decode()
    assert "<!doctype html>" in page and "/ws/rooms/" not in page
    assert 'href="/rooms/lobby/"' in page and 'href="/rooms/lobby/messages/?before=21"' in page


@pytest.mark.parametrize("before", ["0", "-5", "abc", "9" * 30])
def test_an_invalid_page_is_a_400(signed_in, carol, lobby, before):
    response = signed_in(carol).get("/rooms/lobby/messages/", {"before": before})
    assert response.status_code == 400 and b"before and since must be" in response.content


def test_a_stranger_cannot_read_history_or_permalinks(signed_in, mallory, studio, alice):
    from a_rtchat.models import Membership

    say(Membership.objects.enter(alice, "studio"), 1)
    for path in ["/rooms/studio/messages/", "/rooms/studio/messages/1/"]:
        assert signed_in(mallory).get(path).status_code == 404


def test_a_permalink_leads_to_its_message(signed_in, carol, membership):
    messages = say(membership, 120)
    client = signed_in(carol)
    assert client.get("/rooms/lobby/messages/100/").url == f"/rooms/lobby/#message-{messages[99].pk}"
    old = client.get("/rooms/lobby/messages/20/")
    assert old.url == f"/rooms/lobby/messages/?before=45#message-{messages[19].pk}"
    assert 20 in seqs(client.get(old.url))
    assert client.get("/rooms/lobby/messages/121/").status_code == 404


def test_a_ban_that_lands_while_the_page_is_made_is_no_error(signed_in, carol, membership, lobby, monkeypatch):
    from django.utils import timezone

    from a_rtchat import room_links

    def ban_and_list(*args, **kwargs):
        lobby.memberships.filter(user=carol).update(banned_at=timezone.now())
        return listed(*args, **kwargs)

    listed = room_links.links_for
    monkeypatch.setattr(room_links, "links_for", ban_and_list)
    assert signed_in(carol).get("/rooms/lobby/").status_code == 200


def test_the_sidebar_lists_the_newest_hundred_and_its_filter_finds_all(signed_in, alice, settings):
    from a_rtchat.actions.direct import open_direct_room
    from a_rtchat.models import Membership
    from conftest import make_room, make_user

    settings.CHAT_ROOMS_LISTED = 3
    for n in range(5):
        make_room(f"room-{n}", "closed", owner=alice)
    make_room("hidden", "closed", owner=make_user("zoe"))
    open_direct_room(alice, make_user("yannick"))
    post_message(Membership.objects.enter(alice, "room-0"), "news")
    client = signed_in(alice)
    page = client.get("/rooms/").content.decode()
    rooms = page.partition('id="rooms-rooms"')[2]
    assert re.findall(r'<a id="to-room-\d+" href="/rooms/([\w-]+)/"', rooms)[0] == "room-0"
    assert page.count('class="room-list__room"') == 3 and 'name="q"' in page
    for query, found in [("ROOM-", 5), ("yann", 1), ("hidden", 0), ("", 6), ("<b>", 0)]:
        part = client.get("/rooms/", {"q": query}, headers={"HX-Request": "true"}).content.decode()
        assert part.count('class="room-list__room"') == found and "<html" not in part
        if query:
            assert client.get("/rooms/", {"q": query}).content.decode().count('class="room-list__room"') == found
