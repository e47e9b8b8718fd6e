"""Reports and the log in the admin. Reports from direct messages have no other readers."""

from __future__ import annotations

from django.contrib import admin
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from a_rtchat.actions.locking import lock_room
from a_rtchat.actions.reports import close_reports
from a_rtchat.admin.read_only import ReadOnlyAdmin
from a_rtchat.admin.search import rooms_named, users_named
from a_rtchat.log_sentences import line_of
from a_rtchat.models import LogEntry, Report
from a_users.models import User


@admin.register(Report)
class ReportAdmin(ReadOnlyAdmin):
    """Reports of messages, newest first."""

    list_display = ["message", "room", "author", "reporter", "reason", "body", "created_at", "resolved_at", "resolver"]
    list_filter = [("resolved_at", admin.EmptyFieldListFilter), "is_for_administrators", "room__kind", "created_at"]
    list_select_related = ["message__author", "room", "reporter", "resolver"]
    search_fields = ["reason"]
    search_help_text = "A reason, or the name of a reporter or a room."
    ordering = ["-pk"]
    actions = ["resolve"]

    @admin.display(description="author")
    def author(self, report: Report) -> str:
        """Return who wrote the message."""
        return report.message.author.username

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Report], search_term: str
    ) -> tuple[QuerySet[Report], bool]:
        """Return the reports with this reason, or of people or rooms with this name."""
        term = search_term.strip()
        if not term:
            return queryset, False
        named = Q(reporter__in=users_named(term)) | Q(room__in=rooms_named(term))
        return queryset.filter(Q(reason__icontains=term) | named), False

    @admin.action(description="Close selected reports", permissions=["view"])
    def resolve(self, request: HttpRequest, reports: QuerySet[Report]) -> None:
        """Close reports, and tell the moderators of their rooms how many are left."""
        administrator = User.objects.get(pk=request.user.pk)
        pks, closed = list(reports.values_list("pk", flat=True)), 0
        still_open = Report.objects.filter(pk__in=pks, resolved_at=None).order_by("room_id")
        for room_id in list(still_open.values_list("room_id", flat=True).distinct()):
            with transaction.atomic():
                closed += close_reports(lock_room(room_id), administrator, Report.objects.filter(pk__in=pks))
        self.message_user(request, f"Reports closed: {closed}.")


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    """Who did what in which room, newest first."""

    list_display = ["created_at", "room", "sentence", "actor", "target"]
    list_filter = ["verb", "created_at"]
    list_select_related = ["room", "actor__profile", "target__profile"]
    search_fields = ["verb"]
    search_help_text = "The name of a person or a room."

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[LogEntry], search_term: str
    ) -> tuple[QuerySet[LogEntry], bool]:
        """Return the entries about people or rooms with this name, also deleted rooms."""
        term = search_term.strip()
        if not term:
            return queryset, False
        people, deleted = users_named(term), Q(room=None, detail__name__icontains=term)
        about = Q(actor__in=people) | Q(target__in=people) | Q(room__in=rooms_named(term))
        return queryset.filter(about | deleted), False

    @admin.display(description="what")
    def sentence(self, entry: LogEntry) -> SafeString:
        """Return what happened, as moderators read it."""
        line = line_of(entry)
        details = format_html_join("", "<br>{}", ((detail,) for detail in line.details))
        return format_html("{}{}", line.sentence, details)
