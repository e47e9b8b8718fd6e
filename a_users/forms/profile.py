"""The forms for a profile and its picture."""

import re
import unicodedata
from functools import partial
from typing import Any

from django import forms
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from a_users import avatars
from a_users.actions.accounts import announce_profile_changed, locked_account
from a_users.forms.fields import LineField, TextField, is_unsafe
from a_users.limits import MINUTE, Limit
from a_users.models import Profile

TOO_MANY_SAVES = _("You've changed your profile many times. Try again in %(time)s.")
TOO_LONG = {"max_length": _("%(limit_value)d characters at most (you have %(show_value)d).")}


saves = Limit("profiles", 20, 20 * MINUTE, TOO_MANY_SAVES)  # per user; each is news in all their rooms


class ParagraphsField(TextField):
    """Normalised text without controls; at most one empty line in a row."""

    def to_python(self, value: Any) -> str:
        """Return the normalised text. Raises ValidationError."""
        text = unicodedata.normalize("NFC", super().to_python(value))
        kept = "".join(char for char in text if char == "\n" or not is_unsafe(char))
        return re.sub(r"\n\s*\n", "\n\n", kept)


def avatar_files(profile: Profile) -> set[str]:
    """Return the names of a profile's avatar files."""
    return {picture.name for picture in (profile.avatar, profile.avatar_small) if picture.name}


def delete_files(names: set[str]) -> None:
    """Delete replaced files; django-cleanup misses those that a concurrent request stored."""
    for name in names:
        default_storage.delete(name)


class AvatarForm(forms.ModelForm):
    """Choose or remove a profile's picture; it is stored as avatars in two sizes."""

    avatar = forms.FileField(
        label=_("Picture"),
        required=False,
        widget=forms.ClearableFileInput,
        error_messages={"contradiction": _("Choose a new picture or remove the current one, not both.")},
    )

    class Meta:
        model = Profile
        fields = ["avatar"]

    def clean_avatar(self) -> Any:
        """Return the large avatar, False to remove it, or the current one; set the small one too.

        Raises ValidationError for an invalid picture.
        """
        chosen = self.cleaned_data["avatar"]
        if isinstance(chosen, UploadedFile):
            chosen, self.instance.avatar_small = map(self._add_owner, self._make_avatar(chosen))
        elif chosen is False:
            self.instance.avatar_small = ""
        return chosen

    def save(self, commit: bool = True) -> Profile:
        """Save the profile and delete the files it replaces.

        Raises PermissionDenied if the account has been deleted.
        """
        with locked_account(self.instance.user) as user:
            before = Profile.objects.get(pk=self.instance.pk)
            profile = super().save(commit)
            announce_profile_changed(user)
            transaction.on_commit(partial(delete_files, avatar_files(before) - avatar_files(profile)))
        return profile

    def _make_avatar(self, upload: UploadedFile) -> tuple[ContentFile, ContentFile]:
        return avatars.make_avatar(upload, self.instance.user_id)

    def _add_owner(self, avatar: ContentFile) -> ContentFile:
        """Add the owner to an avatar's name, so that two people with one picture have two files."""
        avatar.name = f"{self.instance.user_id}-{avatar.name}"
        return avatar


class ProfileForm(AvatarForm):
    """Edit a profile; every field is optional."""

    display_name = LineField(
        label=_("Name"),
        max_length=60,
        required=False,
        error_messages=TOO_LONG,
        widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto"}),
        help_text=_("Shown to others. Leave blank to use your username."),
    )
    color = forms.ChoiceField(
        label=_("Colour"), choices=Profile.Color.choices, widget=forms.RadioSelect, required=False
    )
    about = ParagraphsField(
        label=_("About you"),
        max_length=500,
        required=False,
        error_messages=TOO_LONG,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
        help_text=_("A few words for your profile."),
    )

    class Meta(AvatarForm.Meta):
        fields = ["display_name", "color", "about", "avatar"]

    picture_types = ",".join(avatars.TYPES)
    picture_bytes = avatars.MAX_BYTES
    picture_too_large = avatars.TOO_LARGE
    picture_wrong_type = avatars.WRONG_TYPE

    def clean_color(self) -> str:
        """Return the chosen colour, or the current one."""
        return self.cleaned_data["color"] or self.instance.color

    def clean(self) -> dict[str, Any]:
        """Ask for a valid picture again if another field has an error: browsers don't resubmit files.

        Raises Limited.
        """
        if self.errors and isinstance(self.cleaned_data.get("avatar"), ContentFile):
            self.add_error("avatar", _("Please choose the picture again."))
        elif not self.errors:
            saves.take(self.instance.user_id)
        return self.cleaned_data
