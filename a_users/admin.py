"""The admin pages for users and their profiles."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse

from a_live.closing import close_user
from a_users.actions.accounts import announce_site_ban, deactivate, reactivate
from a_users.forms.profile import AvatarForm
from a_users.models import Profile, User

MINE = User.objects.filter(pk=OuterRef("pk")).order_by().values("pk")
ROOMS_IN = Subquery(MINE.annotate(rooms_in=Count("memberships")).values("rooms_in"))  # for the shown users only


def _administrator(request: HttpRequest) -> User:
    return User.objects.get(pk=request.user.pk)


class ProfileInline(admin.StackedInline):
    """A user's profile; not on the form for a new user, whose profile the signal creates."""

    model = Profile
    form = AvatarForm
    can_delete = False
    fields = ["display_name", "color", "about", "avatar"]
    extra = 0
    max_num = 0


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    """Users with their profile and their number of rooms."""

    list_display = [
        "username",
        "profile",
        "email",
        "is_staff",
        "is_active",
        "room_count",
        "date_joined",
        "last_seen_at",
    ]
    list_filter = ["is_active", "is_staff", "is_superuser", "date_joined", "last_seen_at"]
    readonly_fields = ["last_login", "date_joined", "last_seen_at", "deleted_at"]
    actions = ["deactivate_selected", "reactivate_selected"]
    list_per_page = 50
    show_full_result_count = False
    list_select_related = ["profile"]
    search_fields = ["username", "email", "profile__display_name", "former_usernames__username"]
    inlines = [ProfileInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Return the users with their profile and room count in one query."""
        return super().get_queryset(request).select_related("profile").annotate(rooms_in=ROOMS_IN)

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm, change: bool) -> None:
        """Save a user; close the sockets of a deactivated one."""
        super().save_model(request, obj, form, change)
        if change and "is_active" in form.changed_data:
            announce_site_ban([obj], _administrator(request), not obj.is_active)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """Set a user's password and close their sockets."""
        response = super().user_change_password(request, id, form_url)
        if request.method == "POST" and response.status_code == 302:
            close_user(int(id))
        return response

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Add an "Activity" fieldset to Django's."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None:
            return fieldsets
        return [*fieldsets, ("Activity", {"fields": ["last_seen_at", "deleted_at"]})]

    @admin.action(description="Ban selected users from the site (deactivate; messages stay)", permissions=["change"])
    def deactivate_selected(self, request: HttpRequest, users: QuerySet[User]) -> None:
        """Deactivate the selected users, but never oneself."""
        administrator = _administrator(request)
        count = deactivate(*users.exclude(pk=administrator.pk), actor=administrator)
        self.message_user(request, f"Users deactivated: {count}.")

    @admin.action(description="Lift the ban of selected users (reactivate)", permissions=["change"])
    def reactivate_selected(self, request: HttpRequest, users: QuerySet[User]) -> None:
        """Let the selected users sign in again, except deleted accounts."""
        count = reactivate(*users, actor=_administrator(request))
        self.message_user(request, f"Users reactivated: {count}.")

    @admin.display(description="rooms", ordering="rooms_in")
    def room_count(self, user: User) -> int:
        """Return how many rooms the user is in."""
        return user.rooms_in  # type: ignore[attr-defined]
