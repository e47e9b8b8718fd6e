from django.urls import path, re_path, register_converter

from a_users.converters import UsernameConverter
from a_users.views import avatars, entry, profiles, settings

register_converter(UsernameConverter, "username")

urlpatterns = [
    path("accounts/login/", entry.LogIn.as_view(), name="account_login"),
    path("accounts/signup/", entry.SignUp.as_view(), name="account_signup"),
    path("@<username:username>/", profiles.profile, name="profile"),
    path("welcome/", profiles.welcome, name="welcome"),
    path("profile/edit/", profiles.edit, name="profile-edit"),
    re_path(r"^media/avatars/(?P<name>[\w-]+\.webp)$", avatars.avatar, name="avatar"),
    path("profile/settings/", settings.settings, name="settings"),
]
