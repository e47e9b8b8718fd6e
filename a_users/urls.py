from django.urls import path, register_converter

from a_users.converters import UsernameConverter
from a_users.views import entry, profiles, settings

register_converter(UsernameConverter, "username")

urlpatterns = [
    path("accounts/login/", entry.LogIn.as_view(), name="account_login"),
    path("accounts/signup/", entry.SignUp.as_view(), name="account_signup"),
    path("@<username:username>/", profiles.profile, name="profile"),
    path("profile/settings/", settings.settings, name="settings"),
]
