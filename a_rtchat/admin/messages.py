"""Messages in the admin."""

from django.contrib import admin

from a_rtchat.admin.read_only import ReadOnlyAdmin
from a_rtchat.models import Message


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    """Messages, read-only: changing them here wouldn't update open pages."""

    list_display = ["__str__", "author", "room", "seq", "created_at"]
    list_filter = ["created_at", "room__kind"]
    list_select_related = ["author", "room"]
    search_fields = ["body", "author__username", "room__name", "room__slug"]
    date_hierarchy = "created_at"
