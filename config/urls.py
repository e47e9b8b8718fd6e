"""Every page's address; each app keeps its own."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("a_home.urls")),
    path("", include("a_users.urls")),
    path("", include("a_rtchat.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
