"""Rooms, members and messages for administrators."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from a_rtchat.actions.rooms import announce_admitted
from a_rtchat.models import Membership, Message, Room


class MembershipInline(admin.TabularInline):
    """The members of a room."""

    model = Membership
    extra = 1
    autocomplete_fields = ["user"]
    fields = ["user", "role", "notify", "last_read_seq", "banned_at", "joined_at"]
    readonly_fields = ["last_read_seq", "joined_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        """Return the memberships with what each line names."""
        return super().get_queryset(request).select_related("user", "room")


@admin.register(Room)
class RoomAdmin(admin.ModelAdmin):
    """Rooms with their members; putting someone in shows the room on their open pages at once."""

    list_display = ["__str__", "kind", "slug", "member_count", "message_count", "created_at"]
    list_filter = ["kind", "created_at"]
    search_fields = [
        "name",
        "slug",
        "memberships__user__username",
        "memberships__user__profile__display_name",
    ]
    readonly_fields = ["last_seq", "revision", "created_at"]
    inlines = [MembershipInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Room]:
        """Return the rooms with their number of members, counted in the same query."""
        people = Count("memberships", filter=Q(memberships__banned_at=None), distinct=True)
        return super().get_queryset(request).annotate(people=people)

    @admin.display(description="members", ordering="people")
    def member_count(self, room: Room) -> int:
        """How many people are in the room."""
        return room.people  # type: ignore[attr-defined]

    @admin.display(description="messages", ordering="last_seq")
    def message_count(self, room: Room) -> int:
        """How many messages were posted; the room numbers them, so nothing is counted."""
        return room.last_seq

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Suggest a slug that works as a code."""
        return {"slug": Room.new_slug("room")}

    def save_formset(self, request: HttpRequest, form: ModelForm, formset: Any, change: bool) -> None:
        """Save the members and tell the new ones."""
        super().save_formset(request, form, formset, change)
        for membership in formset.new_objects:
            announce_admitted(membership)


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin):
    """Who is in which room."""

    list_display = ["user", "room", "role", "notify", "banned_at", "joined_at"]
    list_filter = ["role", "notify", "joined_at", ("banned_at", admin.EmptyFieldListFilter), "room__kind"]
    list_select_related = ["user", "room"]
    search_fields = ["user__username", "user__profile__display_name", "room__name", "room__slug"]
    autocomplete_fields = ["user", "room"]
    readonly_fields = ["last_read_seq", "joined_at"]

    def save_model(self, request: HttpRequest, obj: Membership, form: ModelForm, change: bool) -> None:
        """Save a membership and tell a new member."""
        super().save_model(request, obj, form, change)
        if not change:
            announce_admitted(obj)


@admin.register(Message)
class MessageAdmin(admin.ModelAdmin):
    """What was said, to read: a message changes only through the product's own actions, which tell the readers."""

    list_display = ["__str__", "author", "room", "seq", "created_at"]
    list_filter = ["created_at", "room__kind"]
    list_select_related = ["author", "room"]
    search_fields = ["body", "author__username", "room__name", "room__slug"]
    date_hierarchy = "created_at"
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody speaks through the admin."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        """Nobody rewrites through the admin."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        """Nobody deletes through the admin: the readers would not be told."""
        return False
