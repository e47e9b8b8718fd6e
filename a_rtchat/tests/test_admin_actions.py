"""The admin's actions for many rooms and users at once, and its pages of large rooms."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from a_live import events
from a_rtchat.actions.direct import open_direct_room
from a_rtchat.actions.messages import post_message
from a_rtchat.actions.reports import report_message
from a_rtchat.commands import COMMANDS
from a_rtchat.models import LogEntry, Membership, Report, Room
from a_users.models import User
from conftest import make_room, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def admin(signed_in, django_user_model):
    return signed_in(django_user_model.objects.create_superuser("root", password="x"))


@pytest.fixture
def sent(monkeypatch):
    """The events that open pages get."""
    seen: list[dict] = []
    monkeypatch.setattr(events, "_send", lambda group, event: seen.append(event))
    return seen


def act(client, path, action, objects, **data):
    """Carry out an action on objects of a list."""
    marked = [one.pk for one in objects]
    return client.post(f"/admin/{path}/", {"action": action, "_selected_action": marked, **data})


def fill(room, start, end):
    """Add members to a room."""
    users = [make_user(f"person-{n:03}") for n in range(start, end)]
    Membership.objects.bulk_create(Membership(room=room, user=user) for user in users)


def test_many_users_are_permitted_in_a_room_after_a_page_that_asks_for_it(admin, sent, bob, carol, mallory, alice):
    room = make_room("den", Room.Kind.CLOSED, owner=alice, member=bob)
    users = [bob, carol, mallory]
    page = act(admin, "a_users/user", "permit_users", users).content.decode()
    assert "Choose rooms" in page and "mallory" in page
    assert room.memberships.count() == 2
    done = act(admin, "a_users/user", "permit_users", users, rooms=[room.pk], permit="Continue")
    assert done.status_code == 302
    assert room.memberships.count() == 4
    assert {tuple(event["users"]) for event in sent if event["type"] == "state"} == {(carol.pk,), (mallory.pk,)}
    assert set(LogEntry.objects.values_list("verb", "actor__username")) == {("admit", "root")}


def test_users_are_withdrawn_from_many_rooms(admin, sent, bob, lobby, studio):
    act(admin, "a_rtchat/room", "withdraw_from_rooms", [lobby, studio], users=[bob.pk], permit="Continue")
    assert not Membership.objects.filter(user=bob).exists()
    assert len([event for event in sent if event["type"] == "close"]) == 2


MADE_UP = ["x", "999", "-1", "0", "9" * 40, "\0", "1.5", "1,2"]


@pytest.mark.parametrize("data", [{}, *({"rooms": key} for key in MADE_UP), {"rooms": ["x", "1"]}])
def test_nothing_changes_without_a_valid_choice(admin, data, bob, lobby):
    page = act(admin, "a_users/user", "withdraw_users", [bob], permit="Continue", **data).content.decode()
    assert "errorlist" in page and Membership.objects.filter(user=bob).exists()


@pytest.mark.parametrize("key", MADE_UP)
def test_made_up_users_are_refused_at_the_field(admin, key, lobby):
    page = act(admin, "a_rtchat/room", "permit_in_rooms", [lobby], users=[key], permit="Continue")
    assert page.status_code == 200 and "errorlist" in page.content.decode() and lobby.memberships.count() == 3


def test_withdrawing_lifts_no_ban(admin, bob, lobby):
    Membership.objects.filter(user=bob).update(banned_at=lobby.created_at)
    act(admin, "a_rtchat/room", "withdraw_from_rooms", [lobby], users=[bob.pk], permit="Continue")
    assert Membership.objects.get(user=bob).banned_at is not None


def test_direct_rooms_are_left_alone(admin, alice, bob, mallory):
    room = Room.objects.create(kind="direct", slug="two", direct_key="1-2")
    act(admin, "a_rtchat/room", "permit_in_rooms", [room], users=[mallory.pk], permit="Continue")
    act(admin, "a_rtchat/room", "archive", [room])
    room.refresh_from_db()
    assert not room.memberships.exists() and room.archived_at is None


def test_rooms_are_archived_and_opened_again_on_open_pages(admin, sent, lobby, studio):
    act(admin, "a_rtchat/room", "archive", [lobby, studio])
    assert Room.objects.exclude(archived_at=None).count() == 2
    html = "".join(change.html for event in sent if event["type"] == "changes" for change in event["changes"])
    assert html.count('data-archived="yes"') == 2
    act(admin, "a_rtchat/room", "unarchive", [lobby])
    assert Room.objects.get(archived_at=None) == lobby
    assert list(LogEntry.objects.order_by("pk").values_list("verb", flat=True)) == ["archive", "archive", "unarchive"]


def test_a_ban_from_the_site_closes_sockets_and_can_be_lifted(admin, sent, carol, lobby):
    act(admin, "a_users/user", "deactivate_selected", [carol])
    assert [event["user"] for event in sent if event["type"] == "close"] == [carol.pk]
    carol.refresh_from_db()
    assert not carol.is_active
    act(admin, "a_users/user", "reactivate_selected", [carol])
    carol.refresh_from_db()
    assert carol.is_active


def test_a_ban_from_the_site_is_in_the_logs_of_the_rooms_it_concerns(
    admin, signed_in, alice, bob, carol, lobby, studio
):
    make_room("elsewhere", Room.Kind.OPEN, owner=alice)
    open_direct_room(bob, carol)
    Membership.objects.filter(user=bob, room=studio).update(banned_at=lobby.created_at)
    act(admin, "a_users/user", "deactivate_selected", [bob, carol])
    act(admin, "a_users/user", "deactivate_selected", [carol])  # changes nothing
    said = set(LogEntry.objects.values_list("room__slug", "actor__username", "verb", "target__username"))
    pairs = (("lobby", "bob"), ("lobby", "carol"), ("studio", "carol"))
    assert said == {(room, "root", "site_ban", name) for room, name in pairs}
    assert LogEntry.objects.count() == 3
    assert "from the whole site" in signed_in(alice).get("/rooms/lobby/log/").content.decode()
    act(admin, "a_users/user", "reactivate_selected", [carol])
    assert set(LogEntry.objects.filter(verb="site_unban").values_list("room__slug", flat=True)) == {"lobby", "studio"}


def test_a_ban_from_the_site_costs_the_same_in_one_and_in_many_rooms(admin, alice, lobby):
    def cost(users):
        with CaptureQueriesContext(connection) as queries:
            act(admin, "a_users/user", "deactivate_selected", users)
        return len(queries)

    few = cost([make_user("dave")])
    for n in range(30):
        make_room(f"room-{n}", Room.Kind.OPEN, owner=alice, member=make_user(f"person-{n}"))
    people = User.objects.filter(username__startswith="person-")
    Membership.objects.bulk_create(Membership(room=lobby, user=user) for user in people)
    assert cost([alice, *people]) <= few + 1  # nobody's ban leaves no entries, and so no INSERT
    assert LogEntry.objects.filter(verb="site_ban").count() == 30 + 30 + 31


def test_a_ban_on_the_page_of_a_user_is_logged_and_closes_sockets(admin, sent, carol, lobby):
    form = {"username": "carol", "date_joined_0": "2026-01-01", "date_joined_1": "00:00:00", "theme": "system"}
    form |= {"profile-TOTAL_FORMS": "0", "profile-INITIAL_FORMS": "0"}
    response = admin.post(f"/admin/a_users/user/{carol.pk}/change/", form)
    assert response.status_code == 302, response.context["errors"]
    assert LogEntry.objects.get().verb == "site_ban"
    assert [event["user"] for event in sent if event["type"] == "close"] == [carol.pk]


def test_administrators_read_who_deleted_a_room(admin, alice, lobby, studio):
    COMMANDS["destroy"].run(Membership.objects.enter(alice, "studio"), {"name": "Studio"})
    act(admin, "a_rtchat/room", "delete_selected", [lobby], post="yes")
    said = list(LogEntry.objects.order_by("pk").values_list("room", "actor__username", "verb", "detail__name"))
    assert said == [(None, "alice", "destroy", "Studio"), (None, "root", "destroy", "Lobby")]
    page = admin.get("/admin/a_rtchat/logentry/?q=studio").content.decode()
    assert "deleted a room" in page and "Name: Studio" in page and "Name: Lobby" not in page


def test_reports_are_closed_and_the_rooms_count_them(admin, bob, carol, lobby):
    post_message(Membership.objects.enter(carol, "lobby"), "rude")
    report = report_message(Membership.objects.enter(bob, "lobby"), 1, "Spam")
    assert "Spam" in admin.get("/admin/a_rtchat/report/?q=lobby").content.decode()
    act(admin, "a_rtchat/report", "resolve", [report])
    lobby.refresh_from_db()
    assert lobby.open_reports == 0 and Report.objects.get(resolver__username="root")
    assert list(LogEntry.objects.filter(actor__username="root").values_list("verb", "target__username")) == [
        ("resolve", "carol")
    ]


@pytest.mark.parametrize("path", ["report", "logentry"])
def test_the_log_and_reports_are_read_only(admin, path):
    assert admin.get(f"/admin/a_rtchat/{path}/add/").status_code == 403


def test_the_page_of_a_large_room_shows_the_first_members_at_the_cost_of_a_small_one(admin, lobby):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            page = admin.get(f"/admin/a_rtchat/room/{lobby.pk}/change/").content.decode()
        return len(queries), page

    fill(lobby, 0, 2)
    cost()  # the first request costs one more
    few, _ = cost()
    fill(lobby, 2, 200)
    many, page = cost()
    assert many == few
    assert page.count("-id") < 300 and "All 203 members" in page and f"room__id__exact={lobby.pk}" in page
    assert "1 result" not in admin.get(f"/admin/a_rtchat/membership/?room__id__exact={lobby.pk}").content.decode()


def test_a_member_on_the_page_of_a_room_changes_and_another_is_not_exchanged(admin, sent, lobby, carol, mallory):
    membership = lobby.memberships.get(user=carol)
    form = {"kind": "open", "name": "Lobby", "slug": "lobby", "slow_mode": 0, "description": ""}
    form |= {"memberships-TOTAL_FORMS": 1, "memberships-INITIAL_FORMS": 1, "memberships-0-id": membership.pk}
    form |= {"memberships-0-room": lobby.pk, "memberships-0-user": mallory.pk}
    form |= {"memberships-0-role": "moderator", "memberships-0-notify": "all"}
    response = admin.post(f"/admin/a_rtchat/room/{lobby.pk}/change/", form)
    assert response.status_code == 302, response.context["errors"]
    membership.refresh_from_db()
    assert (membership.user, membership.role) == (carol, "moderator")
    assert any('data-role="moderator"' in change.html for event in sent for change in event.get("changes", ()))


@pytest.mark.parametrize("path", ["room", "membership", "report", "logentry"])
@pytest.mark.parametrize("query", ["lobby", "carol", "nobody-at-all", "%", "'"])
def test_searches_answer(admin, path, query, lobby):
    assert admin.get(f"/admin/a_rtchat/{path}/", {"q": query}).status_code == 200


def test_the_list_of_rooms_finds_the_rooms_of_a_member(admin, mallory, lobby):
    make_room("elsewhere", Room.Kind.OPEN, owner=mallory)
    page = admin.get("/admin/a_rtchat/room/", {"q": "mallory"}).content.decode()
    assert "1 result" in page and "elsewhere" in page
