"""The sign-in and sign-up forms."""

from typing import Any

from allauth.account.forms import LoginForm, SignupForm
from django.core.validators import MaxLengthValidator
from django.forms import Form
from django.utils.translation import gettext_lazy as _

LOGIN_MAX_LENGTH = 254  # the longest valid email address


def drop_placeholders(form: Form) -> None:
    """Remove placeholders, which only repeat the labels."""
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)


class SignInForm(LoginForm):
    """Username or email, and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        drop_placeholders(self)
        self.fields["login"].label = _("Username or email")
        self.fields["login"].validators.append(MaxLengthValidator(LOGIN_MAX_LENGTH))
        self.fields["login"].widget.attrs["autocomplete"] = "username"


class SignUpForm(SignupForm):
    """Username, password (once), and an optional email address."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        drop_placeholders(self)
        self.fields["username"].label = _("Username")
        self.fields["email"].help_text = _("For password resets and security alerts.")
        self.fields["password1"].help_text = _("At least 8 characters; avoid common passwords.")
