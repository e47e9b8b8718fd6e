"""Forms that don't belong to a command: a room's code, a page of history."""

from django import forms
from django.utils.translation import gettext_lazy as _

from a_users.forms.fields import TextField


class CodeForm(forms.Form):
    """A room's code, or an invite, or a URL of either (see codes.py)."""

    code = TextField(
        label=_("Code or link"),
        max_length=300,
        error_messages={"required": _("Enter a code or a link."), "max_length": _("No room matches that code.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )


class HistoryForm(forms.Form):
    """The parameters of a page of history or of changes."""

    before = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    since = forms.IntegerField(min_value=0, max_value=2**63 - 1, required=False)
    unread = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)


class MembersForm(forms.Form):
    """The parameter of a page of members: the user before it."""

    after = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
