"""Forms of pages that are not commands: a room's code, a page of history."""

from django import forms
from django.utils.translation import gettext_lazy as _

from a_users.forms.fields import TextField


class CodeForm(forms.Form):
    """A room's code, as someone passed it on: also with capitals, or as the room's whole address."""

    code = TextField(label=_("Code"), max_length=200, error_messages={"required": _("Enter the room's code.")})

    def clean_code(self) -> str:
        """Return the slug in what was typed."""
        return self.cleaned_data["code"].rstrip("/").rpartition("/")[2].lower()


class HistoryForm(forms.Form):
    """Which page of history, or of changes."""

    before = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    since = forms.IntegerField(min_value=0, max_value=2**63 - 1, required=False)
