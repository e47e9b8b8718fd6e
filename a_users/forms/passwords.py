"""allauth's form for changing a password, with our limits."""

from allauth.account.adapter import get_adapter
from allauth.account.forms import ChangePasswordForm as AllauthChangePasswordForm


class ChangePasswordForm(AllauthChangePasswordForm):
    """Change a password by entering the current one."""

    def clean_oldpassword(self) -> str:
        """Return the current password. Raises ValidationError for a wrong one, and Limited after too many."""
        adapter, password = get_adapter(), self.cleaned_data["oldpassword"]
        if not adapter.reauthenticate(self.user, password):
            raise adapter.validation_error("enter_current_password")
        return password
