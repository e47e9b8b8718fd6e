"""Kept HTML: rendered once for each state, and never wrong."""

import random
from unittest.mock import patch

import pytest
from django.template.loader import render_to_string

from a_rtchat import rendered
from a_rtchat.actions.messages import delete_message, edit_message, post_message
from a_rtchat.models import Membership, Message, Room
from a_rtchat.rendered import Kept
from a_users.actions.accounts import change_username
from a_users.models import Profile

pytestmark = pytest.mark.django_db

MARKUP = ["plain words", "**bold** <b>", "a <:pk:> gap <:body:>", "`%s` {x} {{ y }}", "👋 مرحبا", "&amp; \" ' >"]


def fresh(message):
    """Return a message's HTML made from its template in one go, without anything that is kept."""
    look = rendered.look_of(message.author)
    context = rendered._context(message.room.slug, look) | {"avatar": rendered.avatar.__wrapped__(look)}  # type: ignore[attr-defined]
    own = {"pk": message.pk, "seq": message.seq, "revision": message.revision, "author": message.author_id}
    own |= {"client_id": message.client_id, "body_html": rendered.mark_safe(message.body_html)}
    own |= {"is_edited": bool(message.edited_at), "is_deleted": bool(message.deleted_at)}
    own |= {"created": message.created_at.isoformat(timespec="seconds"), "clock": f"{message.created_at:%H:%M}"}
    url = f"/rooms/{message.room.slug}/messages/{message.seq}/"
    return render_to_string("a_rtchat/_message.html", {**context, **own, "url": url})


def shown(room):
    """Return what a page shows of a room, and what it should show."""
    room.refresh_from_db()
    page = [one.html for one in rendered.show(room.messages.order_by("seq").kept(), room.slug)]
    return page, [fresh(message) for message in Message.objects.for_display().filter(room=room).order_by("seq")]


@pytest.mark.parametrize("seed", range(8))
def test_what_is_kept_equals_what_is_made_afresh_after_random_changes(seed, alice, bob, carol, lobby, monkeypatch):
    dice, people = random.Random(seed), [alice, bob, carol]
    if seed % 2:
        monkeypatch.setattr(rendered, "messages", Kept(2_000))  # so small that most is dropped again
    for n in range(60):
        deed = dice.choice(["post", "post", "edit", "delete", "name", "colour", "picture", "username", "slug"])
        user = dice.choice(people)
        membership = Membership.objects.get(user=user, room=lobby)
        mine = list(Message.objects.filter(author=user, deleted_at=None))
        if deed == "post" or (deed in ("edit", "delete") and not mine):
            post_message(membership, dice.choice(MARKUP))
        elif deed == "edit":
            edit_message(membership, dice.choice(mine).seq, f"{dice.choice(MARKUP)} {n}")
        elif deed == "delete":
            delete_message(membership, dice.choice(mine).seq)
        elif deed == "name":
            Profile.objects.filter(user=user).update(display_name=dice.choice(["", f"Name {n}", "<:pk:>", "<b>x</b>"]))
        elif deed == "colour":
            Profile.objects.filter(user=user).update(color=dice.choice(Profile.Color.values))
        elif deed == "picture":
            Profile.objects.filter(user=user).update(avatar_small=dice.choice(["", f"avatars/{n}.webp"]))
        elif deed == "username":
            change_username(user, f"user-{user.pk}-{n}")
        elif deed == "slug":
            Room.objects.filter(pk=lobby.pk).update(slug=f"lobby-{n}")
        page, expected = shown(lobby)
        assert page == expected


def test_a_state_is_rendered_once_whoever_shows_it(alice, membership, lobby):
    with patch("a_rtchat.rendered.render", wraps=rendered.render) as rendering:
        post_message(membership, "hello")
        for _ in range(3):
            shown(lobby)
    assert rendering.call_count == 1


def test_a_page_of_kept_messages_is_one_query(membership, lobby, django_assert_num_queries):
    for n in range(60):
        post_message(membership, f"message {n}")
    with django_assert_num_queries(2):
        rendered.page(lobby)
    with django_assert_num_queries(1):
        assert len(rendered.page(lobby)) == 50


def test_what_is_kept_is_bounded_and_drops_the_least_recently_used():
    kept = Kept(10)
    for key in "abc":
        kept.put(key, "xxxx")
    assert (kept.get("a"), kept.get("b"), kept.size) == (None, "xxxx", 8)
    kept.put("d", "xxxx")
    assert (kept.get("b"), kept.get("c"), kept.get("d")) == ("xxxx", None, "xxxx")
    kept.put("b", "y")
    assert kept.size == 5


def test_a_value_larger_than_the_whole_bound_is_not_kept():
    kept = Kept(10)
    kept.put("a", "x" * 11)
    assert (kept.get("a"), kept.size) == (None, 0)


def test_a_message_deleted_by_hand_between_two_queries_is_left_out(membership, lobby):
    post_message(membership, "one")
    post_message(membership, "two")
    rendered.messages.clear()
    with patch("a_rtchat.rendered._load", lambda pks: Message.objects.for_display().filter(pk__in=pks[:1])):
        assert len(rendered.show(lobby.messages.order_by("seq").kept(), lobby.slug)) == 1
