"""What one changes about one's own account."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from a_users.models import User
from a_users.models.user import TAKEN
from a_users.usernames import LONGEST, VALIDATORS, normalize


class UsernameForm(forms.Form):
    """Another username for a user."""

    username = forms.CharField(
        label=_("Username"),
        max_length=LONGEST,
        strip=True,
        error_messages={"required": _("Enter a username."), "max_length": _("A username has 2 to 150 characters.")},
        help_text=_("Links to your former name still lead to you."),
    )

    def __init__(self, data: Any = None, *, user: User) -> None:
        super().__init__(data, initial={"username": user.username})
        self.user = user
        self.fields["username"].widget.attrs |= {"autocomplete": "username", "autocapitalize": "none"}

    def clean_username(self) -> str:
        """Return the username as it is stored. Raises ValidationError for a bad or a taken one."""
        username = normalize(self.cleaned_data["username"])
        for validate in VALIDATORS:
            validate(username)
        if not User.objects.is_free(username, but=self.user):
            raise ValidationError(TAKEN, code="unique")
        return username


class AppearanceForm(forms.ModelForm):
    """How Backchat looks to one user."""

    language = forms.ChoiceField(
        label=_("Language"), choices=[("", _("As my browser")), *settings.LANGUAGES], required=False
    )

    class Meta:
        model = User
        fields = ["theme", "language"]
        labels = {"theme": _("Theme")}
        widgets = {"theme": forms.RadioSelect}


class DeleteAccountForm(forms.Form):
    """The password, to show that it is not somebody else at an open screen."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": _("Enter your password.")},
    )

    def __init__(self, data: Any = None, *, user: User) -> None:
        super().__init__(data)
        self.user = user
        if not user.has_usable_password():  # came by another site: the re-authentication has to do
            del self.fields["password"]

    def clean_password(self) -> str:
        """Return the password. Raises ValidationError for a wrong one."""
        password = self.cleaned_data["password"]
        if not self.user.check_password(password):
            raise ValidationError(_("This is not your password."), code="password")
        return password
