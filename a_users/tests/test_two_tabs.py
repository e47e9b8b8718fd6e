"""One user saving stale data from two tabs."""

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.datastructures import MultiValueDict

from a_users.actions.accounts import change_preferences, change_username, delete_account
from a_users.forms.profile import ProfileForm
from a_users.models import Profile, User
from a_users.tests.pictures import encode, plain


@pytest.mark.django_db
def test_nothing_is_saved_after_the_account_is_deleted(just_signed_in, alice):
    """A second tab must not restore a deleted account."""
    stale = User.objects.get(pk=alice.pk)
    form = ProfileForm({"display_name": "ghost", "color": "red", "about": "private"}, instance=stale.profile)
    assert form.is_valid()
    delete_account(alice)
    for write in (form.save, lambda: change_username(stale, "ghost"), lambda: delete_account(stale)):
        with pytest.raises(PermissionDenied):
            write()
    change_preferences(stale, theme="dark")
    gone = User.objects.get(pk=alice.pk)
    assert (gone.username, gone.is_active, gone.profile.name) == (f"deleted-{gone.pk}", False, "Deleted user")


@pytest.mark.django_db(transaction=True)
def test_pictures_from_two_tabs_leave_no_orphaned_files(alice, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    tabs = [profile_form(alice, color) for color in ("red", "blue")]
    for tab in tabs:
        tab.save()
    kept = Profile.objects.get(user=alice)
    names = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.webp")}
    assert names == {kept.avatar.name, kept.avatar_small.name}


def profile_form(user, color):
    picture = SimpleUploadedFile("me.png", encode(plain(color)))
    form = ProfileForm({"color": "red"}, MultiValueDict({"avatar": [picture]}), instance=Profile.objects.get(user=user))
    assert form.is_valid()
    return form
