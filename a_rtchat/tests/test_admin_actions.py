"""The admin's actions for many rooms and users at once, and its pages of large rooms."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from a_live import events
from a_rtchat.actions.messages import post_message
from a_rtchat.actions.reports import report_message
from a_rtchat.models import LogEntry, Membership, Report, Room
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


@pytest.mark.parametrize("data", [{}, {"rooms": 999}])
def test_nothing_changes_without_a_valid_choice(admin, data, bob, lobby):
    page = act(admin, "a_users/user", "withdraw_users", [bob], permit="Continue", **data).content.decode()
    assert "errorlist" in page and Membership.objects.filter(user=bob).exists()


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


def test_reports_are_closed_and_the_rooms_count_them(admin, bob, carol, lobby):
    post_message(Membership.objects.enter(carol, "lobby"), "rude")
    report = report_message(Membership.objects.enter(bob, "lobby"), 1, "Spam")
    assert "Spam" in admin.get("/admin/a_rtchat/report/?q=lobby").content.decode()
    act(admin, "a_rtchat/report", "resolve", [report])
    lobby.refresh_from_db()
    assert lobby.open_reports == 0 and Report.objects.get(resolver__username="root")


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
