"""Searching by name without joining large tables: matching users and rooms are found first, by themselves."""

from django.db.models import Q, QuerySet

from a_rtchat.models import Room
from a_users.models import User


def users_named(query: str) -> QuerySet:
    """Return the ids of users whose username or display name contains a query."""
    named = Q(username__icontains=query) | Q(profile__display_name__icontains=query)
    return User.objects.filter(named).order_by().values("pk")


def rooms_named(query: str) -> QuerySet:
    """Return the ids of rooms whose name or slug contains a query."""
    return Room.objects.filter(Q(name__icontains=query) | Q(slug__icontains=query)).order_by().values("pk")
