"""The root URLconf."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # with two-step sign-in

handler404 = "a_home.errors.not_found"

urlpatterns = [
    path("", include("a_home.urls")),
    path("", include("a_users.urls")),
    path("", include("a_rtchat.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
