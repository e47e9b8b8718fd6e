"""The members of a room on its page: the first ones, with a link to all."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from a_rtchat.models import Membership

LIMIT = 50  # members on a room's page; the list of memberships shows all
SENT_LIMIT = 1_000  # what is read of a form


class PlainUser(forms.HiddenInput):
    """A user as text: a select box would cost a query for each member."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    @property
    def is_hidden(self) -> bool:
        """Whether the form hides the column."""
        return False

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Return the user's name, and their id as a hidden field."""
        return format_html("{} {}", self.name, super().render(name, value, attrs, renderer))


class MemberForm(forms.ModelForm):
    """A member, whose user can't be exchanged."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk:
            self.fields["user"].disabled = True
            self.fields["user"].widget = PlainUser(self.instance.user.username)


class FirstMembers(BaseInlineFormSet):
    """The first members of a room, or those that a form was sent for."""

    def get_queryset(self) -> QuerySet[Membership]:
        """Return the members with a form."""
        if not hasattr(self, "_queryset"):
            members = super().get_queryset()
            self._queryset = members.filter(pk__in=self._sent()) if self.is_bound else members[:LIMIT]
        return self._queryset

    def _sent(self) -> list[int]:
        """Return the ids of the members that the form was sent for."""
        count = min(self.initial_form_count(), SENT_LIMIT)
        sent = [self.data.get(f"{self.add_prefix(place)}-id", "") for place in range(count)]
        return [int(pk) for pk in sent if pk.isascii() and pk.isdigit() and len(pk) < 19]


class MembershipInline(admin.TabularInline):
    """The first members of a room, owners and moderators before the others, and a form to add one."""

    model = Membership
    form = MemberForm
    formset = FirstMembers
    extra = 1
    autocomplete_fields = ["user"]
    fields = ["user", "role", "notify", "last_read_seq", "banned_at", "joined_at"]
    readonly_fields = ["last_read_seq", "joined_at"]
    ordering = ["-role", "pk"]
    verbose_name_plural = f"members (the first {LIMIT})"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        """Return the memberships with their users and rooms."""
        return super().get_queryset(request).select_related("user", "room")
