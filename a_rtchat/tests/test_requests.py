"""Requests to join a private room, and their answers."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from a_rtchat.actions.requests import answer_request, request_to_join
from a_rtchat.commands import COMMANDS, Visitor
from a_rtchat.models import Invite, JoinRequest, LogEntry, Membership, Room
from a_rtchat.tests.steps import post_later, together
from conftest import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def den(studio):
    """The studio, which takes requests."""
    Room.objects.filter(pk=studio.pk).update(takes_requests=True, description="A secret", icon="🦡")
    studio.refresh_from_db()
    return studio


@pytest.fixture
def waiting(den, mallory):
    """mallory's request to join the den."""
    return request_to_join(mallory, den.slug)


def text_of(response):
    return response.content.decode()


def test_a_stranger_with_the_link_sees_only_the_name_and_asks(signed_in, mallory, den):
    client = signed_in(mallory)
    page = text_of(client.get("/rooms/studio/"))
    assert all(text in page for text in ("Studio", "🦡", "Request to join"))
    assert "A secret" not in page and "3 members" not in page and 'id="messages"' not in page
    assert client.post("/rooms/studio/request/").url == "/rooms/studio/"
    assert JoinRequest.objects.get().user == mallory
    page = text_of(client.get("/rooms/studio/"))
    assert "asked to join" in page and "Request to join" not in page
    assert client.get("/rooms/studio/messages/").status_code == 404


def test_a_room_that_takes_no_requests_stays_hidden(signed_in, mallory, studio, lobby):
    client = signed_in(mallory)
    hidden, none = client.get("/rooms/studio/"), client.get("/rooms/nowhere/")
    assert hidden.status_code == none.status_code == 404 and hidden.content == none.content
    for slug in ("studio", "nowhere", "lobby"):
        assert client.post(f"/rooms/{slug}/request/").status_code == 404
    assert not JoinRequest.objects.exists()


@pytest.mark.parametrize("state", ["archived", "banned"])
def test_an_archived_room_and_a_banned_person_take_no_requests(signed_in, carol, mallory, den, state):
    if state == "archived":
        Room.objects.update(archived_at=timezone.now())
    else:
        Membership.objects.filter(user=carol).update(banned_at=timezone.now())
    client = signed_in(mallory if state == "archived" else carol)
    assert client.get("/rooms/studio/").status_code == client.post("/rooms/studio/request/").status_code == 404


def test_a_room_that_takes_requests_is_in_no_list(signed_in, mallory, den):
    assert "Studio" not in text_of(signed_in(mallory).get("/rooms/", {"q": "stud"}))


def test_its_code_leads_to_its_page_and_joins_nothing(signed_in, mallory, den):
    assert signed_in(mallory).post("/rooms/join/", {"code": "Studio"}).url == "/rooms/studio/"
    assert not Membership.objects.filter(user=mallory).exists()


def test_asking_twice_makes_one_request(signed_in, mallory, den):
    for _ in range(3):
        assert signed_in(mallory).post("/rooms/studio/request/").status_code == 302
    assert JoinRequest.objects.count() == 1


def test_whoever_asked_withdraws_the_request_and_can_ask_again(signed_in, mallory, den, waiting):
    client = signed_in(mallory)
    assert 'action="/rooms/studio/request/withdraw/"' in text_of(client.get("/rooms/studio/"))
    assert client.post("/rooms/studio/request/withdraw/").url == "/rooms/studio/"
    den.refresh_from_db()
    assert not JoinRequest.objects.exists() and den.open_requests == 0
    page = text_of(client.get("/rooms/studio/"))
    assert "Request to join" in page and "request/withdraw" not in page
    assert client.post("/rooms/studio/request/withdraw/").status_code == 302  # twice changes nothing
    assert client.post("/rooms/studio/request/").status_code == 302 and JoinRequest.objects.count() == 1


def test_a_request_of_someone_else_and_a_refusal_are_not_withdrawn(signed_in, bob, mallory, waiting):
    assert signed_in(make_user("dave")).post("/rooms/studio/request/withdraw/").status_code == 302
    assert JoinRequest.objects.open().count() == 1
    answer_request(Membership.objects.get(user=bob), waiting.pk, False)
    signed_in(mallory).post("/rooms/studio/request/withdraw/")
    assert signed_in(mallory).post("/rooms/studio/request/").status_code == 422
    assert JoinRequest.objects.get().refused_at is not None


def test_nothing_is_withdrawn_from_a_room_that_one_cannot_ask_for(signed_in, mallory, studio, lobby):
    hidden, none = (signed_in(mallory).post(f"/rooms/{slug}/request/withdraw/") for slug in ("studio", "nowhere"))
    assert hidden.status_code == none.status_code == 404 and hidden.content == none.content


@pytest.mark.parametrize("verb", ["", "withdraw/"])
def test_whoever_was_let_in_meanwhile_goes_to_the_room(signed_in, carol, den, verb):
    assert signed_in(carol).post(f"/rooms/studio/request/{verb}").url == "/rooms/studio/"
    assert Membership.objects.filter(user=carol).exists()


def test_a_request_is_either_withdrawn_or_answered(bob, mallory, den, waiting):
    moderator = Membership.objects.get(user=bob)
    _withdrawn, answered = together(
        lambda: COMMANDS["withdraw"].run(Visitor(mallory, "studio"), {}),
        lambda: answer_request(moderator, waiting.pk, True),
    )
    is_in = Membership.objects.filter(user=mallory).exists()
    assert is_in == isinstance(answered, JoinRequest) and not JoinRequest.objects.exists()
    den.refresh_from_db()
    assert den.open_requests == 0 and LogEntry.objects.count() == is_in


async def test_moderators_see_a_withdrawn_request_vanish_live(open_tab, bob, carol, mallory, den, waiting):
    moderator, member = await open_tab(bob, None), await open_tab(carol, None)
    await post_later(mallory, "/rooms/studio/request/withdraw/")
    assert 'data-count="0"' in await moderator.next_signal("requests")
    assert await member.receive_nothing(timeout=0.1)


def test_two_requests_at_once_are_one(mallory, den):
    results = together(*[lambda: request_to_join(mallory, "studio")] * 3)
    assert all(isinstance(result, JoinRequest) for result in results), results
    assert JoinRequest.objects.count() == 1


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_owners_and_moderators_let_someone_in_with_one_click(signed_in, request, mallory, waiting, who):
    client = signed_in(request.getfixturevalue(who))
    page = text_of(client.get("/rooms/studio/requests/"))
    assert "mallory" in page and f'action="/rooms/studio/requests/{waiting.pk}/"' in page
    assert client.post(f"/rooms/studio/requests/{waiting.pk}/", {"answer": "accept"}).status_code == 302
    assert Membership.objects.get(user=mallory).role == "member" and not JoinRequest.objects.exists()
    entry = LogEntry.objects.get()
    assert (entry.verb, entry.target, entry.detail) == ("answer", mallory, {"accepted": True})


def test_a_refusal_is_told_and_cannot_be_asked_again_for_a_week(signed_in, bob, mallory, waiting):
    signed_in(bob).post(f"/rooms/studio/requests/{waiting.pk}/", {"answer": "refuse"})
    client = signed_in(mallory)
    for response in (client.get("/rooms/studio/"), client.post("/rooms/studio/request/")):
        assert "Your request wasn&#x27;t accepted." in text_of(response) or "wasn't accepted" in text_of(response)
        assert "Request to join" not in text_of(response)
    assert response.status_code == 422
    assert "mallory" not in text_of(signed_in(bob).get("/rooms/studio/requests/"))
    JoinRequest.objects.update(refused_at=timezone.now() - timedelta(days=8))
    assert "Request to join" in text_of(client.get("/rooms/studio/"))
    assert client.post("/rooms/studio/request/").status_code == 302
    assert JoinRequest.objects.open().count() == 1


@pytest.mark.parametrize(("who", "status"), [("carol", 403), ("mallory", 404)])
def test_members_and_strangers_answer_nothing(signed_in, request, waiting, who, status):
    client = signed_in(request.getfixturevalue(who))
    assert client.get("/rooms/studio/requests/").status_code == status
    path = f"/rooms/studio/requests/{waiting.pk}/"
    assert client.post(path, {"answer": "accept"}).status_code == status
    assert JoinRequest.objects.open().count() == 1


@pytest.mark.parametrize("answer", ["", "perhaps", None])
def test_a_malformed_answer_changes_nothing(signed_in, bob, waiting, answer):
    data = {} if answer is None else {"answer": answer}
    assert signed_in(bob).post(f"/rooms/studio/requests/{waiting.pk}/", data).status_code == 422
    assert JoinRequest.objects.open().count() == 1


def test_a_request_of_another_room_is_not_answered(signed_in, alice, mallory, lobby, waiting):
    page = signed_in(alice).post(f"/rooms/lobby/requests/{waiting.pk}/", {"answer": "accept"}, follow=True)
    assert "already been answered" in text_of(page) and JoinRequest.objects.open().count() == 1
    assert not Membership.objects.filter(user=mallory).exists()


def test_two_moderators_who_answer_at_once_give_one_answer(den, alice, bob, mallory, waiting):
    members = [Membership.objects.get(user=user) for user in (alice, bob)]
    results = together(
        lambda: answer_request(members[0], waiting.pk, True), lambda: answer_request(members[1], waiting.pk, False)
    )
    assert sum(isinstance(result, JoinRequest) for result in results) == 1, results
    assert LogEntry.objects.count() == 1


def test_whoever_gets_in_by_an_invite_asks_no_more(signed_in, alice, mallory, den, waiting):
    invite = Invite.objects.create(room=den, creator=alice)
    signed_in(mallory).post(invite.get_absolute_url())
    assert not JoinRequest.objects.exists()


def test_three_hundred_requests_are_paged_and_cost_the_same(signed_in, bob, den):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            client.get("/rooms/studio/requests/")
        return len(queries)

    client = signed_in(bob)
    people = [make_user(f"person-{n}") for n in range(120)]
    JoinRequest.objects.create(room=den, user=people[0])
    few = cost()
    JoinRequest.objects.bulk_create(JoinRequest(room=den, user=user) for user in people[1:])
    assert cost() == few <= 6
    url, seen = "/rooms/studio/requests/", []
    while url:
        page = text_of(client.get(url))
        seen += re.findall(r">@(person-\d+)<", page)
        found = re.search(r'href="(/rooms/studio/requests/\?after=\d+)"', page)
        url = found[1] if found else ""
    assert seen == [user.username for user in people]


def test_an_open_list_asks_for_itself_without_a_page_around_it(signed_in, bob, waiting):
    headers = {"HX-Request": "true", "HX-Target": "requests"}
    part = text_of(signed_in(bob).get("/rooms/studio/requests/", headers=headers))
    assert part.strip().startswith("<section") and "mallory" in part and "<script" not in part


@pytest.mark.parametrize("after", ["x", "-1", "9" * 30, "\0"])
def test_a_malformed_page_shows_the_list(signed_in, bob, waiting, after):
    assert signed_in(bob).get("/rooms/studio/requests/", {"after": after}).status_code == 200


def test_one_person_asks_only_so_often(signed_in, mallory):
    for n in range(12):
        Room.objects.create(slug=f"den-{n}", name="Den", kind=Room.Kind.CLOSED, takes_requests=True)
    client = signed_in(mallory)
    answers = [client.post(f"/rooms/den-{n}/request/") for n in range(12)]
    assert [answer.status_code for answer in answers] == [302] * 10 + [429] * 2
    assert int(answers[-1]["Retry-After"]) > 0 and JoinRequest.objects.count() == 10


async def test_moderators_hear_of_a_request_and_the_asker_of_the_answer_live(open_tab, bob, mallory, den):
    moderator, asker = await open_tab(bob, "studio"), await open_tab(mallory, None)
    await post_later(mallory, "/rooms/studio/request/")
    fragment = await moderator.next_signal("requests")
    assert f'data-signal="requests" data-room="{den.pk}" data-count="1"' in fragment
    assert f'data-signal="reports" data-room="{den.pk}" data-count="1"' in fragment
    notice = await moderator.next_signal("notice")
    assert 'data-kind="requested"' in notice and 'data-name="mallory"' in notice
    request = await JoinRequest.objects.aget()
    path = f"/rooms/studio/requests/{request.pk}/"
    await post_later(bob, path, {"answer": "accept"})
    assert 'data-count="0"' in await moderator.next_signal("requests")
    assert f'id="room-{den.pk}"' in await asker.next_signal("listed")
    assert 'data-kind="admitted"' in await asker.next_signal("notice")


@pytest.mark.parametrize("answer", ["accept", "refuse"])
async def test_an_answer_is_told_to_the_page_of_who_asked_and_takes_the_notice_from_moderators(
    open_tab, alice, bob, mallory, den, answer
):
    owner, asker = await open_tab(alice, None), await open_tab(mallory, None)
    await post_later(mallory, "/rooms/studio/request/")
    about = f'data-about="{den.pk}-{mallory.pk}"'
    assert about in await owner.next_signal("notice")
    request = await JoinRequest.objects.aget()
    await post_later(bob, f"/rooms/studio/requests/{request.pk}/", {"answer": answer})
    assert about in await owner.next_signal("settled") and about in await asker.next_signal("settled")


async def test_a_withdrawal_is_told_to_moderators_and_to_other_tabs_of_who_asked(
    open_tab, alice, carol, mallory, den, waiting
):
    owner, member, asker = await open_tab(alice, None), await open_tab(carol, None), await open_tab(mallory, None)
    await post_later(mallory, "/rooms/studio/request/withdraw/")
    assert "data-about" in await owner.next_signal("settled") and "data-about" in await asker.next_signal("settled")
    assert await member.receive_nothing(timeout=0.1)


def test_an_open_page_reads_itself_again_and_leads_into_the_room_once_accepted(signed_in, bob, mallory, den, waiting):
    client, headers = signed_in(mallory), {"HX-Request": "true", "HX-Target": "request"}
    page = client.get("/rooms/studio/", headers=headers)
    assert "asked to join" in text_of(page) and "<html" not in text_of(page) and "HX-Redirect" not in page.headers
    answer_request(Membership.objects.enter(bob, "studio"), waiting.pk, True)
    assert client.get("/rooms/studio/", headers=headers).headers["HX-Redirect"] == "/rooms/studio/"


async def test_plain_members_hear_nothing_of_requests(open_tab, carol, mallory, den):
    tab = await open_tab(carol, "studio")
    await post_later(mallory, "/rooms/studio/request/")
    await tab.send(action="ping")
    assert "pong" in await tab.next()
