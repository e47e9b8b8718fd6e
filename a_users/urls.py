from allauth.account.decorators import reauthentication_required
from allauth.account.views import password_set
from django.contrib.auth.decorators import login_required
from django.urls import path, re_path, register_converter

from a_users.converters import UsernameConverter
from a_users.views import avatars, devices, emails, entry, leaving, profiles, settings

register_converter(UsernameConverter, "username")

set_password = login_required(reauthentication_required(app="allauth.account")(password_set))

urlpatterns = [
    path("accounts/login/", entry.SignIn.as_view(), name="account_login"),
    path("accounts/signup/", entry.SignUp.as_view(), name="account_signup"),
    path("accounts/email/", login_required(emails.EmailPage.as_view()), name="account_email"),
    path("accounts/password/reset/", emails.PasswordReset.as_view(), name="account_reset_password"),
    path("accounts/password/set/", set_password, name="account_set_password"),
    path("accounts/sessions/", devices.devices, name="usersessions_list"),
    path("accounts/sessions/end/", devices.end_all, name="devices-end"),
    path("accounts/sessions/<int:pk>/end/", devices.end, name="device-end"),
    path("@<username:username>/", profiles.profile, name="profile"),
    path("people/<int:pk>/", profiles.person, name="person"),
    path("welcome/", profiles.welcome, name="welcome"),
    path("profile/edit/", profiles.edit, name="profile-edit"),
    re_path(r"^media/avatars/(?P<name>[\w-]+\.webp)$", avatars.avatar, name="avatar"),
    path("profile/settings/", settings.settings, name="settings"),
    path("profile/settings/username/", settings.username, name="settings-username"),
    path("profile/settings/appearance/", settings.appearance, name="settings-appearance"),
    path("profile/settings/privacy/", settings.privacy, name="settings-privacy"),
    path("profile/settings/export/", leaving.export, name="export"),
    path("profile/settings/export/download/", leaving.download, name="export-download"),
    path("profile/settings/delete/", leaving.delete, name="account-delete"),
]
