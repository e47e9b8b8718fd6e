"""Rooms, members and messages in the admin."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from a_rtchat.actions.members import record_change, record_joined, record_left, remove_member
from a_rtchat.actions.rooms import delete_room, record_details
from a_rtchat.models import Membership, Message, Room


class MembershipInline(admin.TabularInline):
    """The members of a room."""

    model = Membership
    extra = 1
    autocomplete_fields = ["user"]
    fields = ["user", "role", "notify", "last_read_seq", "banned_at", "joined_at"]
    readonly_fields = ["last_read_seq", "joined_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        """Return the memberships with their users and rooms."""
        return super().get_queryset(request).select_related("user", "room")


@admin.register(Room)
class RoomAdmin(admin.ModelAdmin):
    """Rooms with their members; adding a member shows the room on their open pages immediately."""

    list_display = ["__str__", "kind", "slug", "member_count", "message_count", "created_at"]
    list_filter = ["kind", "created_at"]
    search_fields = [
        "name",
        "slug",
        "memberships__user__username",
        "memberships__user__profile__display_name",
    ]
    readonly_fields = ["picture", "last_seq", "revision", "created_at"]
    inlines = [MembershipInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Room]:
        """Return the rooms with their number of members, in one query."""
        people = Count("memberships", filter=Q(memberships__banned_at=None), distinct=True)
        return super().get_queryset(request).annotate(people=people)

    @admin.display(description="members", ordering="people")
    def member_count(self, room: Room) -> int:
        """Return the number of members."""
        return room.people  # type: ignore[attr-defined]

    @admin.display(description="messages", ordering="last_seq")
    def message_count(self, room: Room) -> int:
        """Return the number of messages, which is the newest seq, so that no query counts them."""
        return room.last_seq

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer open and private rooms; direct ones are only opened by their members."""
        if db_field.name == "kind":
            kwargs["choices"] = [choice for choice in Room.Kind.choices if choice[0] != Room.Kind.DIRECT]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def get_form(self, request: HttpRequest, obj: Room | None = None, change: bool = False, **kwargs: Any) -> Any:
        """Require a name, except for a direct room."""
        form = super().get_form(request, obj, change, **kwargs)
        if "name" in form.base_fields:
            form.base_fields["name"].required = obj is None or obj.kind != Room.Kind.DIRECT
        return form

    def get_readonly_fields(self, request: HttpRequest, obj: Room | None = None) -> list[str]:
        """Make the kind and slug of a direct room read-only."""
        is_direct = obj is not None and obj.kind == Room.Kind.DIRECT
        return [*self.readonly_fields, *(["kind", "slug"] if is_direct else [])]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Suggest a slug that can be shared as a code."""
        return {"slug": Room.new_slug("room")}

    def save_formset(self, request: HttpRequest, form: ModelForm, formset: Any, change: bool) -> None:
        """Save the members and announce the changes."""
        super().save_formset(request, form, formset, change)
        for membership in formset.new_objects:
            record_joined(membership)
        for membership, _ in formset.changed_objects:
            record_change(membership)
        for membership in formset.deleted_objects:
            record_left(membership)

    def save_model(self, request: HttpRequest, obj: Room, form: ModelForm, change: bool) -> None:
        """Save a room and announce its new name and slug."""
        super().save_model(request, obj, form, change)
        if change and form.changed_data:
            record_details(obj)

    def delete_model(self, request: HttpRequest, obj: Room) -> None:
        """Delete a room and close its sockets."""
        delete_room(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Room]) -> None:
        """Delete rooms and close their sockets."""
        for room in queryset:
            delete_room(room)


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin):
    """Members of all rooms."""

    list_display = ["user", "room", "role", "notify", "banned_at", "joined_at"]
    list_filter = ["role", "notify", "joined_at", ("banned_at", admin.EmptyFieldListFilter), "room__kind"]
    list_select_related = ["user", "room"]
    search_fields = ["user__username", "user__profile__display_name", "room__name", "room__slug"]
    autocomplete_fields = ["user", "room"]
    readonly_fields = ["last_read_seq", "joined_at"]

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
        for membership in queryset:
            remove_member(membership)


@admin.register(Message)
class MessageAdmin(admin.ModelAdmin):
    """Messages, read-only: changing them here wouldn't update open pages."""

    list_display = ["__str__", "author", "room", "seq", "created_at"]
    list_filter = ["created_at", "room__kind"]
    list_select_related = ["author", "room"]
    search_fields = ["body", "author__username", "room__name", "room__slug"]
    date_hierarchy = "created_at"
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        """Return False."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        """Return False."""
        return False
