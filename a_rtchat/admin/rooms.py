"""Rooms in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from a_rtchat.actions.members import record_change, record_joined, record_left
from a_rtchat.actions.rooms import delete_room, record_details
from a_rtchat.actions.settings import set_archived_by
from a_rtchat.admin.inlines import MembershipInline
from a_rtchat.admin.permitting import permit_in_rooms, withdraw_from_rooms
from a_rtchat.admin.search import users_named
from a_rtchat.models import Membership, Room
from a_users.models import User

COUNTED = Membership.objects.filter(room=OuterRef("pk"), banned_at=None).order_by().values("room")
PEOPLE = Coalesce(Subquery(COUNTED.annotate(people=Count("pk")).values("people")), Value(0))


@admin.register(Room)
class RoomAdmin(admin.ModelAdmin):
    """Rooms with their members; adding a member shows the room on their open pages immediately."""

    list_display = ["__str__", "kind", "slug", "member_count", "message_count", "open_reports", "created_at"]
    list_filter = ["kind", ("archived_at", admin.EmptyFieldListFilter), "is_default", "created_at"]
    search_fields = ["name", "slug"]
    search_help_text = "A room's name or slug, or the name of a member."
    readonly_fields = ["picture", "last_seq", "revision", "created_at", "archived_at", "all_members"]
    inlines = [MembershipInline]
    actions = [permit_in_rooms, withdraw_from_rooms, "archive", "unarchive"]
    list_per_page = 50
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Room]:
        """Return the rooms with their number of members, counted for the shown ones only."""
        return super().get_queryset(request).annotate(people=PEOPLE)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Room], search_term: str
    ) -> tuple[QuerySet[Room], bool]:
        """Return the rooms with this name or slug, or with a member of this name."""
        term = search_term.strip()
        if not term:
            return queryset, False
        theirs = Membership.objects.filter(user__in=users_named(term)).values("room")
        return queryset.filter(Q(name__icontains=term) | Q(slug__icontains=term) | Q(pk__in=theirs)), False

    @admin.display(description="members", ordering="people")
    def member_count(self, room: Room) -> int:
        """Return the number of members."""
        return room.people  # type: ignore[attr-defined]

    @admin.display(description="messages", ordering="last_seq")
    def message_count(self, room: Room) -> int:
        """Return the number of messages, which is the newest seq, so that no query counts them."""
        return room.last_seq

    @admin.display(description="members")
    def all_members(self, room: Room) -> SafeString | str:
        """Return a link to the list of all members."""
        if room.pk is None:
            return "-"
        url = f"{reverse('admin:a_rtchat_membership_changelist')}?room__id__exact={room.pk}"
        return format_html('<a href="{}">All {} members</a>', url, room.people)  # type: ignore[attr-defined]

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
        for membership, names in formset.changed_objects:
            record_change(membership, *names)
        for membership in formset.deleted_objects:
            record_left(membership)

    def save_model(self, request: HttpRequest, obj: Room, form: ModelForm, change: bool) -> None:
        """Save a room and announce its new name and slug."""
        super().save_model(request, obj, form, change)
        if change and form.changed_data:
            record_details(obj)

    def delete_model(self, request: HttpRequest, obj: Room) -> None:
        """Delete a room and close its sockets."""
        delete_room(obj, User.objects.get(pk=request.user.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Room]) -> None:
        """Delete rooms and close their sockets."""
        administrator = User.objects.get(pk=request.user.pk)
        for room in queryset:
            delete_room(room, administrator)

    @admin.action(description="Archive selected rooms", permissions=["change"])
    def archive(self, request: HttpRequest, rooms: QuerySet[Room]) -> None:
        """Make rooms read-only."""
        self._set_archived(request, rooms, True)

    @admin.action(description="Open selected archived rooms again", permissions=["change"])
    def unarchive(self, request: HttpRequest, rooms: QuerySet[Room]) -> None:
        """Open archived rooms again."""
        self._set_archived(request, rooms, False)

    def _set_archived(self, request: HttpRequest, rooms: QuerySet[Room], is_archived: bool) -> None:
        administrator = User.objects.get(pk=request.user.pk)
        pks = rooms.exclude(kind=Room.Kind.DIRECT).values_list("pk", flat=True)
        changed = sum(set_archived_by(administrator, pk, is_archived) for pk in list(pks))
        self.message_user(request, f"Rooms changed: {changed}.")
