"""How people get in: allauth's forms, in plain words."""

from typing import Any

from allauth.account.forms import LoginForm, SignupForm
from django.core.validators import MaxLengthValidator
from django.forms import BaseForm, Form
from django.utils.translation import gettext_lazy as _

LONGEST_LOGIN = 254  # characters, of an email address


def focus_on_error(form: BaseForm) -> None:
    """Have the browser begin at the first field that was refused, or at the first field of a form that was."""
    refused = [name for name in form.fields if name in form.errors] or list(form.fields)[:1]
    if form.errors:
        form.fields[refused[0]].widget.attrs["autofocus"] = True


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
        self.fields["login"].validators.append(MaxLengthValidator(LONGEST_LOGIN))
        self.fields["login"].widget.attrs["autocomplete"] = "username"


class SignUpForm(SignupForm):
    """Username and password, once; the email is optional."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        drop_placeholders(self)
        self.fields["username"].label = _("Username")
        self.fields["email"].help_text = _("Only to get back in when you forget your password.")
        self.fields["password1"].help_text = _("At least 8 characters, and not one that everybody uses.")
