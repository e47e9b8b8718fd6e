"""Mentions in Markdown: the parser marks every possible one, and `fill` replaces the marks once their people are known.

A mark is a `<bdi>`, which nothing that people write can become.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from a_users.usernames import MAX_LENGTH, fold

# A username (a_users/usernames.py), whose accents can be characters of their own; not in an email address or a path.
_NAME = rf"[^\W_](?:[\w.\-\u0300-\u036f]{{0,{2 * MAX_LENGTH}}}[^\W_]|[\u0300-\u036f])?"
_MENTION = re.compile(rf"(?<![\w@/])@({_NAME})")
_MARK = re.compile(r"<bdi>@([^<]*)</bdi>")
OPEN = "<bdi>"


def rule(state: StateCore) -> None:
    """Mark mentions in the text of a message, but not in its links or code: a core rule of markdown-it."""
    if "@" not in state.src:
        return
    for block in state.tokens:
        if block.type == "inline" and block.children and "@" in block.content:
            block.children = list(_marked(block.children))


def _marked(tokens: list[Token]) -> Iterator[Token]:
    depth, before = 0, ""
    for token in tokens:
        depth += token.nesting if token.type.startswith("link_") else 0
        if token.type == "text" and not depth:
            yield from _split(token, before)
        else:
            yield token
        before = token.content[-1:] if token.type.startswith("text") else ""


def _split(token: Token, before: str) -> Iterator[Token]:
    """Yield a text as tokens of text and marks; `before` is the character before it."""
    text, start = before + token.content, len(before)
    for found in _MENTION.finditer(text, start):
        yield _token("text", text[start : found.start()])
        yield _token("html_inline", f"{OPEN}@{found[1]}</bdi>")
        start = found.end()
    yield _token("text", text[start:])


def _token(kind: str, content: str) -> Token:
    return Token(kind, "", 0, content=content)


def keys_in(html: str) -> set[str]:
    """Return the keys of all names that could be meant in marked HTML."""
    return {fold(name) for name in _MARK.findall(html)}


def fill(html: str, link: Callable[[str], str | None]) -> str:
    """Return marked HTML with its marks replaced: by the link for a key, or by the text if nobody is meant."""
    return _MARK.sub(lambda found: link(fold(found[1])) or f"@{found[1]}", html)
