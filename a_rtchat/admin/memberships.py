"""Memberships in the admin."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from a_rtchat.actions.members import record_change, record_joined, remove_member
from a_rtchat.admin.search import rooms_named, users_named
from a_rtchat.models import Membership


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin):
    """Members of all rooms."""

    list_display = ["user", "room", "role", "notify", "banned_at", "joined_at"]
    list_filter = ["role", "notify", "joined_at", ("banned_at", admin.EmptyFieldListFilter), "room__kind"]
    list_select_related = ["user", "room"]
    search_fields = ["user__username", "room__name"]
    search_help_text = "The name of a member or of a room."
    autocomplete_fields = ["user", "room"]
    readonly_fields = ["last_read_seq", "joined_at"]
    ordering = ["-pk"]
    list_per_page = 50
    show_full_result_count = False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Membership], search_term: str
    ) -> tuple[QuerySet[Membership], bool]:
        """Return the memberships of users or in rooms with this name."""
        term = search_term.strip()
        if not term:
            return queryset, False
        return queryset.filter(Q(user__in=users_named(term)) | Q(room__in=rooms_named(term))), False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Allow the list of one room's members, to which the room's page leads."""
        return lookup == "room__id__exact" or super().lookup_allowed(lookup, value, request)

    def save_model(self, request: HttpRequest, obj: Membership, form: ModelForm, change: bool) -> None:
        """Save a membership and announce the change."""
        super().save_model(request, obj, form, change)
        if change:
            record_change(obj)
        else:
            record_joined(obj)

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        """Remove a member from a room and close their sockets."""
        remove_member(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        """Remove members from rooms and close their sockets."""
        for membership in queryset.select_related("room"):
            remove_member(membership)
