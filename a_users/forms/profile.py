"""How someone is shown, as they put it themselves."""

import re
import unicodedata
from functools import partial
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from a_users import avatars
from a_users.actions.accounts import announce_profile_changed, locked_account
from a_users.forms.fields import INVISIBLE, TextField, is_blank
from a_users.models import Profile

JOINERS = {"\u200c", "\u200d"}  # make Persian words and composed emoji what they are
TAGS = range(0xE0020, 0xE0080)  # make the flags of Scotland and Wales


def is_harmful(char: str) -> bool:
    """Tell whether a character is a control, or one that turns the direction of what follows."""
    kept = char in JOINERS or ord(char) in TAGS
    return unicodedata.category(char) in INVISIBLE - {"Zs", "Cs"} and not kept  # Cs: TextField says so


TOO_LONG = {"max_length": _("At most %(limit_value)d characters fit; these are %(show_value)d.")}


class LineField(TextField):
    """One line in the usual form of each character, without controls; nothing at all or something that shows."""

    def to_python(self, value: Any) -> str:
        """Return the line; runs of blanks and breaks are one blank. Raises ValidationError."""
        text = unicodedata.normalize("NFC", super().to_python(value))
        if text and is_blank(text):
            raise ValidationError(_("This name would show nothing."), code="blank")
        return " ".join("".join(char for char in text if char.isspace() or not is_harmful(char)).split())


class ParagraphsField(TextField):
    """Some lines without controls, at most one empty line between two."""

    def to_python(self, value: Any) -> str:
        """Return the lines. Raises ValidationError."""
        text = unicodedata.normalize("NFC", super().to_python(value))
        kept = "".join(char for char in text if char == "\n" or not is_harmful(char))
        return re.sub(r"\n\s*\n", "\n\n", kept)


def files_of(profile: Profile) -> set[str]:
    """Return the names of the files that a profile has."""
    return {picture.name for picture in (profile.avatar, profile.avatar_small) if picture.name}


def remove(names: set[str]) -> None:
    """Remove files that no profile has any longer; django-cleanup knows only those of the instance that it saw."""
    for name in names:
        default_storage.delete(name)


class AvatarForm(forms.ModelForm):
    """A profile whose picture is chosen or removed; what is stored of it are avatars in two sizes."""

    avatar = forms.FileField(
        label=_("Picture"),
        required=False,
        widget=forms.ClearableFileInput,
        error_messages={"contradiction": _("Either choose a picture or remove it, not both.")},
    )

    class Meta:
        model = Profile
        fields = ["avatar"]

    def clean_avatar(self) -> Any:
        """Return the large avatar, False to remove it, or the present one; set the small one with it.

        Raises ValidationError where the file is no sound picture.
        """
        chosen = self.cleaned_data["avatar"]
        if isinstance(chosen, UploadedFile):
            chosen, self.instance.avatar_small = map(self._owned, avatars.make_avatar(chosen))
        elif chosen is False:
            self.instance.avatar_small = ""
        return chosen

    def save(self, commit: bool = True) -> Profile:
        """Store the profile of an account that still stands, and let no file stay that it had until now.

        Raises PermissionDenied where the account is deleted.
        """
        with locked_account(self.instance.user) as user:
            before = Profile.objects.get(pk=self.instance.pk)
            profile = super().save(commit)
            announce_profile_changed(user)
            transaction.on_commit(partial(remove, files_of(before) - files_of(profile)))
        return profile

    def _owned(self, avatar: ContentFile) -> ContentFile:
        """Name an avatar by its owner, too: two people with one picture have two files."""
        avatar.name = f"{self.instance.user_id}-{avatar.name}"
        return avatar


class ProfileForm(AvatarForm):
    """What people say about themselves; all of it may stay empty."""

    display_name = LineField(
        label=_("Name"),
        max_length=60,
        required=False,
        error_messages=TOO_LONG,
        widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto"}),
        help_text=_("As others read it. Without one it is your username."),
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
        help_text=_("A few words for your profile page."),
    )

    class Meta(AvatarForm.Meta):
        fields = ["display_name", "color", "about", "avatar"]

    picture_types = ",".join(avatars.TYPES)
    picture_bytes = avatars.MOST_BYTES
    picture_too_large = avatars.TOO_LARGE
    picture_wrong_type = avatars.WRONG_TYPE

    def clean_color(self) -> str:
        """Return the colour; the present one where none was chosen."""
        return self.cleaned_data["color"] or self.instance.color

    def clean(self) -> dict[str, Any]:
        """Ask for a sound picture again where something else is wrong: browsers keep texts, but no files."""
        if self.errors and isinstance(self.cleaned_data.get("avatar"), ContentFile):
            self.add_error("avatar", _("Choose the picture again: browsers do not keep it."))
        return self.cleaned_data
