"""The forms on the settings pages."""

from typing import Any

from allauth.account.adapter import get_adapter
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from a_users.limits import HOUR, Limit
from a_users.models import User
from a_users.usernames import MAX_LENGTH, VALIDATORS, normalize

TOO_MANY_CHANGES = _("You've changed your username several times. Try again in %(time)s.")

changes = Limit("usernames", 5, 24 * HOUR, TOO_MANY_CHANGES)  # per user; each is news in all their rooms


class UsernameForm(forms.Form):
    """Change a username."""

    username = forms.CharField(
        label=_("Username"),
        max_length=MAX_LENGTH,
        strip=True,
        error_messages={"required": _("Enter a username."), "max_length": _("Usernames must be 2 to 150 characters.")},
        help_text=_("Links to your old username will keep working."),
    )

    def __init__(self, data: Any = None, *, user: User) -> None:
        super().__init__(data, initial={"username": user.username})
        self.user = user
        self.fields["username"].widget.attrs |= {"autocomplete": "username", "autocapitalize": "none"}

    def clean_username(self) -> str:
        """Return the normalised username. Raises ValidationError if it is malformed, reserved or taken."""
        username = normalize(self.cleaned_data["username"])
        for validate in VALIDATORS:
            validate(username)
        User.objects.require_free(username, except_for=self.user)
        changes.take(self.user.pk)
        return username


class AppearanceForm(forms.ModelForm):
    """Choose a theme and a language."""

    language = forms.ChoiceField(
        label=_("Language"), choices=[("", _("Same as browser")), *settings.LANGUAGES], required=False
    )

    class Meta:
        model = User
        fields = ["theme", "language"]
        labels = {"theme": _("Theme")}
        widgets = {"theme": forms.RadioSelect}


class PrivacyForm(forms.ModelForm):
    """Choose who can start a direct message."""

    class Meta:
        model = User
        fields = ["direct_from"]
        labels = {"direct_from": _("Who can send you direct messages")}
        help_texts = {"direct_from": _("Conversations that you already have go on.")}
        widgets = {"direct_from": forms.RadioSelect}


class DeleteAccountForm(forms.Form):
    """Confirm the deletion of an account with its password."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": _("Enter your password.")},
    )

    def __init__(self, data: Any = None, *, user: User) -> None:
        super().__init__(data)
        self.user = user
        if not user.has_usable_password():  # signed up with another site: reauthentication is enough
            del self.fields["password"]

    def clean_password(self) -> str:
        """Return the password. Raises ValidationError if it is wrong."""
        password = self.cleaned_data["password"]
        if not get_adapter().reauthenticate(self.user, password):
            raise ValidationError(_("Wrong password."), code="password")
        return password
