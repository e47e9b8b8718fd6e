"""Reporting messages, and working through the reports."""

import pytest
from django.core.exceptions import ValidationError

from a_rtchat.actions.direct import open_direct_room
from a_rtchat.actions.messages import post_message
from a_rtchat.actions.reports import report_message
from a_rtchat.models import LogEntry, Membership, Message, Report
from conftest import make_room, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def rude(carol, lobby):
    """carol's message in the lobby."""
    return post_message(Membership.objects.enter(carol, "lobby"), "rude <b>words</b>")[0]


def report(user, room, seq=1, reason=""):
    """Report a message as a user."""
    return report_message(Membership.objects.enter(user, room.slug), seq, reason)


def open_reports(room):
    """Return the number of messages with open reports that the room knows."""
    room.refresh_from_db()
    return room.open_reports


def test_a_message_is_reported_once_per_person_and_counted_once(alice, bob, lobby, rude):
    report(bob, lobby, reason="Spam")
    report(alice, lobby)
    with pytest.raises(ValidationError, match="already reported"):
        report(bob, lobby)
    assert open_reports(lobby) == 1 and Report.objects.count() == 2


def test_reporting_and_closing_reports_leave_entries_in_the_log(signed_in, alice, bob, lobby, rude):
    report(alice, lobby, reason="Spam")
    assert signed_in(bob).post("/rooms/lobby/messages/1/resolve/").status_code == 302
    entries = list(LogEntry.objects.order_by("pk").values_list("actor__username", "verb", "target__username", "detail"))
    assert entries == [
        ("alice", "report", "carol", {"seq": 1, "reason": "Spam"}),
        ("bob", "resolve", "carol", {"seq": 1}),
    ]
    page = signed_in(bob).get("/rooms/lobby/log/").content.decode()
    assert "reported a message by" in page and "closed the reports about" in page


def test_ones_own_and_deleted_messages_cannot_be_reported(bob, carol, lobby, rude):
    with pytest.raises(ValidationError, match="your own"):
        report(carol, lobby)
    Message.objects.update(deleted_at=rude.created_at)
    with pytest.raises(ValidationError, match="doesn't exist"):
        report(bob, lobby)


def test_the_form_keeps_what_was_typed_and_says_why(signed_in, bob, lobby, rude):
    client = signed_in(bob)
    assert "rude" in client.get("/rooms/lobby/messages/1/report/").content.decode()
    page = client.post("/rooms/lobby/messages/1/report/", {"reason": "x" * 501})
    assert page.status_code == 422 and "x" * 501 in page.content.decode()
    assert client.post("/rooms/lobby/messages/1/report/", {"reason": "Spam"}).status_code == 302
    again = client.post("/rooms/lobby/messages/1/report/", {"reason": "Spam"})
    assert again.status_code == 422 and "already reported" in again.content.decode()


def test_moderators_work_through_the_list(signed_in, alice, bob, lobby, rude):
    report(alice, lobby, reason="Spam <i>")
    client = signed_in(bob)
    page = client.get("/rooms/lobby/reports/").content.decode()
    assert "Spam &lt;i&gt;" in page and "alice" in page and "/members/carol/" in page
    assert client.post("/rooms/lobby/messages/1/settle/").url == "/rooms/lobby/reports/"
    assert Message.objects.get().deleted_at is not None
    assert Report.objects.get().resolver == bob and open_reports(lobby) == 0
    assert client.post("/rooms/lobby/messages/1/resolve/").status_code == 422


def test_the_list_costs_the_same_for_one_and_for_twenty(signed_in, alice, lobby, django_assert_num_queries):
    client = signed_in(alice)

    def fill(start, end):
        for n in range(start, end):
            author = make_user(f"author-{n}")
            Membership.objects.create(room=lobby, user=author)
            message, _ = post_message(Membership.objects.enter(author, "lobby"), f"message {n}")
            report(alice, lobby, message.seq, "Spam")

    def cost():
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as queries:
            assert client.get("/rooms/lobby/reports/").status_code == 200
        return len(queries)

    fill(0, 2)
    few = cost()
    fill(2, 25)
    assert cost() == few
    page = client.get("/rooms/lobby/reports/").content.decode()
    assert page.count('class="case"') == 20 and "?after=" in page


def test_a_report_from_a_direct_message_is_for_administrators(signed_in, alice, bob):
    room = open_direct_room(alice, bob)
    post_message(Membership.objects.enter(bob, room.slug), "rude")
    report(alice, room, reason="Rude")
    assert signed_in(alice).get(f"/rooms/{room.slug}/reports/").status_code == 403
    root = type(alice).objects.create_superuser("root", password="x")
    assert "rude" in signed_in(root).get("/admin/a_rtchat/report/").content.decode()


@pytest.mark.parametrize(
    "path", ["reports/", "log/", "settings/", "settings/members/", "settings/bans/", "members/carol/"]
)
def test_only_moderators_read_the_pages_of_moderation(path, signed_in, alice, bob, carol, mallory, studio):
    make_room("elsewhere", "closed", owner=mallory)
    for user, status in ((alice, 200), (bob, 200), (carol, 403), (mallory, 404)):
        assert signed_in(user).get(f"/rooms/studio/{path}").status_code == status
    hidden = signed_in(mallory).get(f"/rooms/studio/{path}").content
    assert hidden.replace(b"studio", b"nowhere") == signed_in(mallory).get(f"/rooms/nowhere/{path}").content


def test_a_moderators_report_is_for_administrators_and_nothing_in_the_room_tells_of_it(
    signed_in, alice, bob, carol, lobby
):
    post_message(Membership.objects.enter(bob, "lobby"), "insult")
    report(carol, lobby, reason="bully")
    assert open_reports(lobby) == 0 and not LogEntry.objects.exists()
    for moderator in (alice, bob):
        assert "bully" not in signed_in(moderator).get("/rooms/lobby/reports/").content.decode()
    assert signed_in(bob).post("/rooms/lobby/messages/1/resolve/").status_code == 422
    assert Report.objects.get().resolved_at is None and Report.objects.get().is_for_administrators


def test_the_reported_text_is_kept_until_the_report_is_closed(signed_in, alice, carol, lobby, rude):
    report(alice, lobby)
    assert signed_in(carol).post("/rooms/lobby/messages/1/edit/", {"body": "kittens"}).status_code == 302
    page = signed_in(alice).get("/rooms/lobby/reports/").content.decode()
    assert "kittens" in page and "rude &lt;b&gt;words" in page
    signed_in(carol).post("/rooms/lobby/messages/1/delete/")
    assert "rude &lt;b&gt;words" in signed_in(alice).get("/rooms/lobby/reports/").content.decode()
    signed_in(alice).post("/rooms/lobby/messages/1/resolve/")
    assert Report.objects.get().body == ""
