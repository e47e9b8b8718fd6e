"""The sign-in and sign-up forms."""

from typing import Any

from allauth.account.forms import LoginForm, SignupForm
from allauth.core import context
from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.forms import Form
from django.utils.translation import gettext_lazy as _

from a_live.clients import network_of
from a_users.limits import HOUR, MINUTE, Limit

EMAIL_HELP = _("For password resets and security alerts.")
NO_EMAIL_HELP = _(
    "You can sign in with it. This server can't send email, so it won't help if you forget your password."
)
TOO_MANY = _("Many people have signed up from your network. Try again in %(time)s.")

# Per network address: 40 at once, so that an office or a class can sign up together, then 20 an hour.
sign_ups = Limit("sign-ups", 100, 2 * HOUR, TOO_MANY)
tries = Limit("sign-up-tries", 120, 2 * MINUTE, TOO_MANY)  # also invalid ones

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
        self.fields["email"].help_text = EMAIL_HELP if settings.CAN_SEND_MAIL else NO_EMAIL_HELP
        self.fields["password1"].help_text = _("At least 8 characters; avoid common passwords.")

    def clean(self) -> dict[str, Any]:
        """Count the sign-up if it is valid. Raises Limited."""
        cleaned = super().clean()
        address = network_of(context.request.META)
        tries.take(address)
        if not self.errors:
            sign_ups.take(address)
        return cleaned
