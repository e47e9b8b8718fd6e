"""Cached HTML: rendered once per state, and never stale."""

import random
from unittest.mock import patch

import pytest
from django.template.loader import render_to_string

from a_rtchat import rendered
from a_rtchat.actions.messages import delete_message, edit_message, post_message
from a_rtchat.html_cache import HTMLCache
from a_rtchat.models import Membership, Message, Room
from a_users.actions.accounts import change_username
from a_users.models import Profile

pytestmark = pytest.mark.django_db

MARKUP = [
    "plain words",
    "**bold** <b>",
    "a <:pk:> gap <:body:>",
    "`%s` {x} {{ y }}",
    "👋 مرحبا",
    "👋 🎉",
    "&amp; \" ' >",
]


def fresh(message):
    """Return a message's HTML, rendered without gaps or a cache."""
    look = rendered.look_of(message.author)
    context = rendered._context(message.room.slug, look) | {"avatar": rendered.avatar.__wrapped__(look)}  # type: ignore[attr-defined]
    own = {"pk": message.pk, "seq": message.seq, "revision": message.revision, "author": message.author_id}
    own |= {"client_id": message.client_id, "body_html": rendered.mark_safe(message.body_html)}
    own |= {"is_edited": bool(message.edited_at), "is_deleted": bool(message.deleted_at)}
    own |= {"created": message.created_at.isoformat(timespec="seconds"), "clock": f"{message.created_at:%H:%M}"}
    own["large"] = " data-large" if message.body == "👋 🎉" else ""
    url = f"/rooms/{message.room.slug}/messages/{message.seq}/"
    return render_to_string("a_rtchat/_message.html", {**context, **own, "url": url})


def shown(room):
    """Return the HTML that a page shows for a room, and the expected HTML."""
    room.refresh_from_db()
    page = [one.html for one in rendered.render_rows(room.messages.order_by("seq").cache_keys(), room.slug)]
    return page, [fresh(message) for message in Message.objects.for_display().filter(room=room).order_by("seq")]


@pytest.mark.parametrize("seed", range(8))
def test_cached_html_equals_fresh_html_after_random_changes(seed, alice, bob, carol, lobby, monkeypatch):
    rng, people = random.Random(seed), [alice, bob, carol]
    if seed % 2:
        monkeypatch.setattr(rendered, "messages", HTMLCache(2_000))  # so small that most entries are dropped
    for n in range(60):
        action = rng.choice(["post", "post", "edit", "delete", "name", "colour", "picture", "username", "slug"])
        user = rng.choice(people)
        membership = Membership.objects.get(user=user, room=lobby)
        mine = list(Message.objects.filter(author=user, deleted_at=None))
        if action == "post" or (action in ("edit", "delete") and not mine):
            post_message(membership, rng.choice(MARKUP))
        elif action == "edit":
            edit_message(membership, rng.choice(mine).seq, f"{rng.choice(MARKUP)} {n}")
        elif action == "delete":
            delete_message(membership, rng.choice(mine).seq)
        elif action == "name":
            Profile.objects.filter(user=user).update(display_name=rng.choice(["", f"Name {n}", "<:pk:>", "<b>x</b>"]))
        elif action == "colour":
            Profile.objects.filter(user=user).update(color=rng.choice(Profile.Color.values))
        elif action == "picture":
            Profile.objects.filter(user=user).update(avatar_small=rng.choice(["", f"avatars/{n}.webp"]))
        elif action == "username":
            change_username(user, f"user-{user.pk}-{n}")
        elif action == "slug":
            Room.objects.filter(pk=lobby.pk).update(slug=f"lobby-{n}")
        page, expected = shown(lobby)
        assert page == expected


def test_a_state_is_rendered_once(alice, membership, lobby):
    with patch("a_rtchat.rendered.render", wraps=rendered.render) as rendering:
        post_message(membership, "hello")
        for _ in range(3):
            shown(lobby)
    assert rendering.call_count == 1


def test_a_page_of_cached_messages_is_one_query(membership, lobby, django_assert_num_queries):
    for n in range(60):
        post_message(membership, f"message {n}")
    with django_assert_num_queries(2):
        rendered.page(lobby)
    with django_assert_num_queries(1):
        assert len(rendered.page(lobby)) == 50


def test_the_cache_is_limited_and_drops_the_least_recently_used():
    cache = HTMLCache(10)
    for key in "abc":
        cache.put(key, "xxxx")
    assert (cache.get("a"), cache.get("b"), cache.size) == (None, "xxxx", 8)
    cache.put("d", "xxxx")
    assert (cache.get("b"), cache.get("c"), cache.get("d")) == ("xxxx", None, "xxxx")
    cache.put("b", "y")
    assert cache.size == 5


def test_a_value_larger_than_the_cache_is_not_stored():
    cache = HTMLCache(10)
    cache.put("a", "x" * 11)
    assert (cache.get("a"), cache.size) == (None, 0)


def test_a_message_deleted_between_the_two_queries_is_omitted(membership, lobby):
    post_message(membership, "one")
    post_message(membership, "two")
    rendered.messages.clear()
    with patch("a_rtchat.rendered._load", lambda pks: Message.objects.for_display().filter(pk__in=pks[:1])):
        assert len(rendered.render_rows(lobby.messages.order_by("seq").cache_keys(), lobby.slug)) == 1
