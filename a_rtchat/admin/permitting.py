"""Permitting many users in rooms, and withdrawing it: a page in between asks in which rooms, or whom."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.widgets import AutocompleteSelectMultiple
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from a_rtchat.actions.log import record
from a_rtchat.actions.members import admit, remove_member
from a_rtchat.commands.form import IdField
from a_rtchat.models import Membership, Room
from a_users.models import User

MOST = 1_000  # users times rooms at once; more would keep the administrator waiting
DONE = "permit"  # the name of the button on the page in between


def permit(actor: User, users: Iterable[User], rooms: Iterable[Room]) -> int:
    """Add users to rooms; return how many memberships are new."""
    pairs = [(user, room) for room in rooms for user in users]
    inside = set(Membership.objects.filter(room__in={room for _, room in pairs}).values_list("user_id", "room_id"))
    new = [(user, room) for user, room in pairs if (user.pk, room.pk) not in inside]
    for user, room in new:
        admit(room, user)
        record(room, actor, "admit", user)
    return len(new)


def withdraw(actor: User, users: Iterable[User], rooms: Iterable[Room]) -> int:
    """Remove users from rooms; return how many memberships have gone. Bans stay."""
    inside = Membership.objects.filter(user__in=list(users), room__in=list(rooms), banned_at=None)
    gone = list(inside.select_related("room", "user").order_by("room_id"))
    for membership in gone:
        remove_member(membership)
        record(membership.room, actor, "remove", membership.user)
    return len(gone)


class Picker(AutocompleteSelectMultiple):
    """Django's field that completes names; keys that nobody could have chosen are not looked up."""

    def optgroups(self, name: str, value: Any, attrs: Any = None) -> Any:
        """Return the chosen options."""
        return super().optgroups(name, [key for key in value if _is_key(key)], attrs)


class PickedField(forms.ModelMultipleChoiceField):
    """Rooms or users that were picked."""

    def clean(self, value: Any) -> Any:
        """Return them. Raises ValidationError, also for a key that no database could look up."""
        for key in value or ():
            IdField().clean(key)
        return super().clean(value)


def _is_key(value: Any) -> bool:
    try:
        return bool(IdField().clean(value))
    except ValidationError:
        return False


class RoomsForm(forms.Form):
    """The rooms that users are permitted in."""

    rooms = PickedField(
        queryset=Room.objects.exclude(kind=Room.Kind.DIRECT),
        widget=Picker(Membership._meta.get_field("room"), admin.site),
    )


class UsersForm(forms.Form):
    """The users who are permitted in rooms."""

    users = PickedField(
        queryset=User.objects.filter(is_active=True),
        widget=Picker(Membership._meta.get_field("user"), admin.site),
    )


Work = Callable[[User, Iterable[User], Iterable[Room]], int]


@admin.action(description="Permit in rooms…")
def permit_users(modeladmin: Any, request: HttpRequest, users: QuerySet[User]) -> HttpResponse | None:
    """Ask for rooms, then add the selected users to them."""
    return _ask(modeladmin, request, users.filter(is_active=True), RoomsForm, permit)


@admin.action(description="Withdraw from rooms…")
def withdraw_users(modeladmin: Any, request: HttpRequest, users: QuerySet[User]) -> HttpResponse | None:
    """Ask for rooms, then remove the selected users from them."""
    return _ask(modeladmin, request, users, RoomsForm, withdraw)


@admin.action(description="Permit users in selected rooms…")
def permit_in_rooms(modeladmin: Any, request: HttpRequest, rooms: QuerySet[Room]) -> HttpResponse | None:
    """Ask for users, then add them to the selected rooms."""
    return _ask(modeladmin, request, rooms.exclude(kind=Room.Kind.DIRECT), UsersForm, permit)


@admin.action(description="Withdraw users from selected rooms…")
def withdraw_from_rooms(modeladmin: Any, request: HttpRequest, rooms: QuerySet[Room]) -> HttpResponse | None:
    """Ask for users, then remove them from the selected rooms."""
    return _ask(modeladmin, request, rooms.exclude(kind=Room.Kind.DIRECT), UsersForm, withdraw)


def _ask(
    modeladmin: Any, request: HttpRequest, selected: QuerySet, form_class: type[forms.Form], work: Work
) -> HttpResponse | None:
    """Show the page in between, or do the work once its form was sent."""
    if not request.user.has_perm("a_rtchat.change_membership"):
        raise PermissionDenied
    form = form_class(request.POST if DONE in request.POST else None)
    if not form.is_valid():
        return _show(modeladmin, request, selected, form)
    chosen = list(next(iter(form.cleaned_data.values())))
    marked = list(selected[: MOST + 1])
    if len(chosen) * len(marked) > MOST:
        modeladmin.message_user(request, f"At most {MOST} memberships can be changed at once.", messages.ERROR)
        return _show(modeladmin, request, selected, form)
    users, rooms = (marked, chosen) if form_class is RoomsForm else (chosen, marked)
    changed = work(request.user, users, rooms)  # type: ignore[arg-type]
    modeladmin.message_user(request, f"Memberships changed: {changed}.", messages.SUCCESS)
    return None


def _show(modeladmin: Any, request: HttpRequest, selected: Iterable[Any], form: forms.Form) -> HttpResponse:
    shown = list(selected)[:20]
    context = modeladmin.admin_site.each_context(request) | {
        "title": "Choose rooms" if isinstance(form, RoomsForm) else "Choose users",
        "form": form,
        "selected": shown,
        "pks": request.POST.getlist(ACTION_CHECKBOX_NAME),
        "checkbox": ACTION_CHECKBOX_NAME,
        "action": request.POST["action"],
        "select_across": request.POST.get("select_across", "0"),
        "done": DONE,
        "media": modeladmin.media + form.media,
        "opts": modeladmin.opts,
    }
    return render(request, "admin/permit.html", context)
