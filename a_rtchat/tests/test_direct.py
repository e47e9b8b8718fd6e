"""Direct messages: exactly one room for the same people, unique under races; groups; hiding; deactivated people."""

from functools import partial

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from a_rtchat.actions.direct import open_direct_room
from a_rtchat.actions.messages import edit_message, post_message
from a_rtchat.models import Block, Membership, Room
from a_rtchat.tests.steps import together
from a_users.actions.accounts import deactivate, delete_account
from conftest import make_user

pytestmark = pytest.mark.django_db


def cost(client, path, **headers):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path, headers=headers).status_code == 200
    return len(queries)


def usernames(room):
    return set(room.members.values_list("username", flat=True))


# --- Starting ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_simultaneous_clicks_make_one_room(alice, bob, carol):
    for pairs in ([(alice, bob), (bob, alice)], [(alice, bob, carol), (carol, bob, alice)]):
        rooms = together(*[partial(open_direct_room, *pair) for pair in pairs * 3])
        assert len({room.pk for room in rooms}) == 1
    assert sorted(room.memberships.count() for room in Room.objects.all()) == [2, 3]
    assert all(room.revision == room.memberships.count() for room in Room.objects.all())


def test_several_people_share_one_room_whoever_starts_it(signed_in, alice, bob, carol):
    there = signed_in(alice).post("/direct/", {"username": ["bob", "carol"]}).url
    assert signed_in(carol).post("/direct/", {"username": ["alice", "bob", "carol"]}).url == there
    assert signed_in(bob).post("/direct/", {"username": "@Alice, carol"}).url == there
    assert usernames(Room.objects.get()) == {"alice", "bob", "carol"}
    assert signed_in(make_user("dave")).get(there).status_code == 404


def test_eight_others_are_the_limit_and_what_was_chosen_is_kept(signed_in, alice):
    people = [make_user(f"person-{n}").username for n in range(9)]
    client = signed_in(alice)
    refused = client.post("/direct/", {"username": people})
    assert refused.status_code == 422 and not Room.objects.exists()
    page = refused.content.decode()
    assert "Conversations can have up to 8 other people." in page and page.count('<li data-username="person-') == 9
    assert client.post("/direct/", {"username": people[:8]}).status_code == 302
    assert Room.objects.get().memberships.count() == 9


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        ([], "Choose at least one person."),
        (["  ", "@"], "Choose at least one person."),
        (["bob", "nobody"], "No user is called nobody."),
        (["gone"], "No user is called gone."),
        ([f"x{n}" for n in range(400)], "up to 8 other people"),
        (["x" * 3_000], "at most"),
        (["\0", "<script>"], ""),
    ],
)
def test_a_wrong_choice_is_refused_with_the_reason(signed_in, alice, bob, names, reason):
    deactivate(make_user("gone"))
    response = signed_in(alice).post("/direct/", {"username": names})
    page = response.content.decode()
    assert response.status_code == 422 and 'role="alert"' in page and reason in page
    assert not Room.objects.exists()


def test_oneself_alone_means_notes(signed_in, alice, bob):
    there = signed_in(alice).post("/direct/", {"username": "alice"}).url
    assert "Notes to myself" in signed_in(alice).get(there).content.decode()


def test_former_usernames_still_find_a_person(signed_in, alice, bob):
    from a_users.actions.accounts import change_username

    change_username(bob, "robert")
    signed_in(alice).post("/direct/", {"username": "BOB"})
    assert usernames(Room.objects.get()) == {"alice", "robert"}


def test_the_dialog_is_a_page_without_javascript(signed_in, alice, client):
    page = signed_in(alice).get("/direct/").content.decode()
    assert "<!doctype html>" in page and 'action="/direct/"' in page and 'name="username"' in page
    dialog = signed_in(alice).get("/direct/", headers={"HX-Request": "true"}).content.decode()
    assert dialog.lstrip().startswith("<dialog") and 'action="/direct/"' in dialog
    assert client.get("/direct/").url == "/?next=/direct/"


# --- Finding people ---------------------------------------------------------------------------------------------------


def found(client, query):
    html = client.get("/direct/people/", {"q": query}, headers={"HX-Request": "true"}).content.decode()
    return [part.partition('"')[0] for part in html.split('data-username="')[1:]]


def test_people_are_found_by_prefix_and_word_those_with_a_shared_room_first(signed_in, alice, bob, lobby):
    for username, name in [("zoe", "Maria Álvarez"), ("alvaro", ""), ("xul", "Ümit Öz")]:
        user = make_user(username)
        user.profile.display_name = name
        user.profile.save()
    bob.profile.display_name = "Bob Alvin"
    bob.profile.save()
    client = signed_in(alice)
    assert found(client, "alv") == ["bob", "alvaro"]
    assert found(client, "ál") == found(client, "Ál") == found(client, "MARIA") == ["zoe"]
    assert found(client, "@zo") == ["zoe"] and found(client, "öz") == ["xul"]
    assert found(client, "lvarez") == found(client, "alice") == found(client, "%") == found(client, "_") == []
    assert found(client, "") == ["bob", "carol"]
    assert found(client, "\0") == ["bob", "carol"] and found(client, "x" * 60_000) == []


def test_nobody_finds_the_deactivated_or_those_they_block_but_the_blocked_find_the_blocker(
    signed_in, alice, bob, carol, lobby
):
    deactivate(carol)
    Block.objects.create(blocker=bob, blocked=alice)
    assert found(signed_in(alice), "bob") == found(signed_in(alice), "") == ["bob"]
    assert found(signed_in(alice), "carol") == []
    assert found(signed_in(bob), "alice") == []


def test_the_search_lists_twenty_in_constant_queries(signed_in, alice, lobby):
    make_user("person-0")
    client = signed_in(alice)
    few = cost(client, "/direct/people/?q=person", **{"HX-Request": "true"})
    for n in range(1, 60):
        make_user(f"person-{n}")
    assert cost(client, "/direct/people/?q=person", **{"HX-Request": "true"}) == few <= 4
    assert len(found(client, "person")) == 20


def test_the_search_needs_a_signed_in_user_and_a_get(client, signed_in, alice):
    assert client.get("/direct/people/").status_code == 302
    assert signed_in(alice).post("/direct/people/").status_code == 405
    assert signed_in(alice).get("/direct/people/").url == "/direct/"


# --- The room ---------------------------------------------------------------------------------------------------------


def test_a_hidden_room_is_in_the_list_again_once_it_is_opened(signed_in, alice, bob):
    room = open_direct_room(alice, bob)
    Membership.objects.filter(room=room, user=alice).update(hidden_seq=0)
    assert open_direct_room(bob, alice) == room
    assert Membership.objects.get(room=room, user=alice).hidden_seq == 0
    signed_in(alice).post("/direct/bob/")
    assert Membership.objects.get(room=room, user=alice).hidden_seq is None


@pytest.mark.parametrize("end", [deactivate, delete_account])
def test_the_room_of_a_deactivated_person_stays_readable_and_says_so(signed_in, alice, bob, end):
    room = open_direct_room(alice, bob)
    post_message(Membership.objects.enter(bob, room.slug), "see you")
    end(bob)
    client, path = signed_in(alice), room.get_absolute_url()
    page = client.get(path).content.decode()
    assert "see you" in page and "This account is deactivated." in page
    refused = client.post(f"{path}messages/", {"body": "hello?"})
    assert refused.status_code == 422 and "You can&#x27;t send messages to this person." in refused.content.decode()
    assert room.messages.count() == 1


def test_a_group_goes_on_without_a_deactivated_person(alice, bob, carol):
    room = open_direct_room(alice, bob, carol)
    deactivate(bob)
    post_message(Membership.objects.enter(alice, room.slug), "still here")
    deactivate(carol)
    with pytest.raises(ValidationError, match="You can't send messages"):
        post_message(Membership.objects.enter(alice, room.slug), "nobody is left")


def test_the_page_costs_the_same_for_two_and_for_nine_people(signed_in, alice, bob):
    two = open_direct_room(alice, bob)
    nine = open_direct_room(alice, bob, *(make_user(f"person-{n}") for n in range(7)))
    client = signed_in(alice)
    client.get(nine.get_absolute_url())
    assert cost(client, two.get_absolute_url()) == cost(client, nine.get_absolute_url()) <= 7


def test_posting_in_a_direct_room_takes_one_more_query(alice, bob, lobby):
    def queries(slug):
        membership = Membership.objects.enter(alice, slug)
        post_message(membership, "warm up")
        with CaptureQueriesContext(connection) as captured:
            post_message(membership, "hello")
        return len(captured)

    assert queries(open_direct_room(alice, bob).slug) == queries("lobby") + 1


def test_editing_is_no_way_around_a_refusal(alice, bob):
    room = open_direct_room(alice, bob)
    membership = Membership.objects.enter(alice, room.slug)
    post_message(membership, "hello")
    Block.objects.create(blocker=bob, blocked=alice)
    with pytest.raises(ValidationError, match="@bob isn't accepting direct messages"):
        edit_message(membership, 1, "listen!")


@pytest.mark.parametrize(
    ("count", "title"), [(2, "Ann, Bea"), (3, "Ann, Bea, Cem"), (4, "Ann, Bea and 2 more"), (8, "Ann, Bea and 6 more")]
)
def test_a_group_is_named_after_the_others(signed_in, alice, count, title):
    people = [make_user(name) for name in ("ann", "bea", "cem", "dora", "emil", "fay", "gus", "hal")[:count]]
    for user in people:
        user.profile.display_name = user.username.title()
        user.profile.save()
    room = open_direct_room(alice, *people)
    page = signed_in(alice).get(room.get_absolute_url()).content.decode()
    assert f"<title>{title} · Backchat</title>" in page and f'placeholder="Message {title}"' in page
    assert page.count(f'<span data-peer="{people[0].pk}">Ann</span>') == 2  # in the list and above the conversation
    assert f">{count + 1} members<" in page


def test_nobody_brings_two_together_of_whom_one_blocks_the_other(signed_in, alice, bob, carol):
    Block.objects.create(blocker=alice, blocked=bob)
    assert signed_in(carol).post("/direct/", {"username": "alice bob"}).status_code == 422
    assert not Room.objects.exists()


def test_a_group_can_be_left_for_good_and_its_people_get_a_new_room(signed_in, alice, bob, carol):
    group = open_direct_room(alice, bob, carol)
    client = signed_in(alice)
    assert "Leave conversation" in client.get(group.get_absolute_url()).content.decode()
    page = client.get(f"{group.get_absolute_url()}leave/").content.decode()
    assert "bob, carol</strong>" in page and "Leave conversation</button>" in page and "invitation" not in page
    assert signed_in(alice).post(f"{group.get_absolute_url()}leave/").status_code == 302
    assert signed_in(alice).get(group.get_absolute_url()).status_code == 404
    assert open_direct_room(bob, alice, carol) != group and open_direct_room(bob, carol) != group
    assert usernames(group) == {"bob", "carol"}
