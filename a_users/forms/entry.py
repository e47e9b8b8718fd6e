"""How people get in: allauth's forms, in plain words."""

from typing import Any

from allauth.account.forms import LoginForm, SignupForm
from django.forms import Form
from django.utils.translation import gettext_lazy as _


def drop_placeholders(form: Form) -> None:
    """Remove placeholders that only repeat the label and look like something typed."""
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)


class LogInForm(LoginForm):
    """Username or email, and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        drop_placeholders(self)
        self.fields["login"].label = _("Username or email")
        self.fields["login"].widget.attrs["autocomplete"] = "username"


class SignUpForm(SignupForm):
    """Username and password, once; the email is optional."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        drop_placeholders(self)
        self.fields["username"].label = _("Username")
        self.fields["email"].help_text = _("Only to get back in when you forget your password.")
        self.fields["password1"].help_text = _("At least 8 characters, and not one that everybody uses.")
