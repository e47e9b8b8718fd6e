"""Forms that don't belong to a command: a room's code, a page of history."""

from django import forms
from django.utils.translation import gettext_lazy as _

from a_users.forms.fields import TextField


class CodeForm(forms.Form):
    """A room's code, in any case, or the room's URL."""

    code = TextField(label=_("Code"), max_length=200, error_messages={"required": _("Enter the room's code.")})

    def clean_code(self) -> str:
        """Return the slug in the code or URL."""
        return self.cleaned_data["code"].rstrip("/").rpartition("/")[2].lower()


class HistoryForm(forms.Form):
    """The parameters of a page of history or of changes."""

    before = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    since = forms.IntegerField(min_value=0, max_value=2**63 - 1, required=False)


class MembersForm(forms.Form):
    """The parameter of a page of members: the user before it."""

    after = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
