"""Convert a message's Markdown to sanitised HTML."""

import re
import unicodedata
from html import unescape

import nh3
from django.core.exceptions import ValidationError
from django.utils.html import strip_tags
from django.utils.translation import gettext_lazy as _
from markdown_it import MarkdownIt

from a_rtchat import mention_marks
from a_users.forms.fields import is_blank


class _Parser(MarkdownIt):
    """CommonMark with links shown as they were typed."""

    def normalizeLinkText(self, link: str) -> str:
        """Return the URL unchanged: a decoded one could imitate another site."""
        return link


# Headings, rules, images, indented code and raw HTML stay plain text: they are usually accidental in a chat.
_parser = (
    _Parser("commonmark", {"html": False, "linkify": True, "breaks": True, "maxNesting": 100})
    .enable(["linkify", "strikethrough"])
    .disable(["heading", "lheading", "hr", "image", "code", "html_block", "html_inline", "reference"])
)
assert _parser.linkify is not None
_parser.linkify.set({"fuzzy_link": False, "fuzzy_email": False})  # a.py is a file, not a site
_parser.core.ruler.before("text_join", "mention", mention_marks.rule)  # before it: an escaped @ is no mention
_cleaner = nh3.Cleaner(
    tags={"p", "br", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a", "bdi"},
    attributes={"a": {"href"}, "ol": {"start"}},
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener noreferrer nofollow ugc",
    set_tag_attribute_values={"a": {"target": "_blank"}},
)


# One line that starts with a letter and contains no Markdown, no link and nothing to escape.
PLAIN = re.compile(r"[^\W\d_](?:[^\W_]|[ ,.!?'\"();%…–—-])*")
SHOWS_SOMETHING = re.compile(r">[^<&]*[0-9A-Za-z]")


def render(body: str) -> str:
    """Return the sanitised HTML of a message, in which possible mentions are marked (mention_marks.py)."""
    if PLAIN.fullmatch(body):
        return f"<p>{body.rstrip()}</p>"
    return _cleaner.clean(_parser.render(body)).strip()


def render_or_raise(body: str) -> str:
    """Return the sanitised HTML of a message. Raises ValidationError if it would look empty, such as a lone ">"."""
    body_html = render(body)
    if not SHOWS_SOMETHING.search(body_html) and is_blank(unescape(strip_tags(body_html))):
        raise ValidationError(_("Write something first."), code="blank")
    return body_html


# One to three emoji and nothing else. Written so that scripts can use it as well: no escapes that only Python knows.
_SYMBOL = (
    "(?:[\u231a\u231b\u23e9-\u23f3\u25fd\u25fe\u2614\u2615\u2648-\u2653\u267f\u2693\u26a1\u26aa\u26ab\u26bd\u26be"
    "\u26c4\u26c5\u26ce\u26d4\u26ea\u26f2-\u26f5\u26fa\u26fd\u2705\u270a\u270b\u2728\u274c\u274e\u2753-\u2757\u2795-\u2797"
    "\u27b0\u27bf\u2b1b\u2b1c\u2b50\u2b55\U0001f004-\U0001f0cf\U0001f18e-\U0001f19a\U0001f201-\U0001f251\U0001f300-\U0001faff]"
    "\ufe0f?[\U0001f3fb-\U0001f3ff]?[\U000e0020-\U000e007f]*|[\u00a9\u00ae\u203c-\u3299]\ufe0f[\U0001f3fb-\U0001f3ff]?)"
)
_EMOJI = f"(?:[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3|{_SYMBOL}(?:\u200d{_SYMBOL})*)"
EMOJI = f"\\s*(?:{_EMOJI}\\s*){{1,3}}"
_is_emoji = re.compile(EMOJI).fullmatch


_is_one_emoji = re.compile(_EMOJI).fullmatch


def one_emoji(text: str) -> str:
    """Return the single emoji that a text is, completed if it lacks the mark that makes it one, or ""."""
    completed = f"{text}\ufe0f" if len(text) == 1 and unicodedata.category(text).startswith("S") else text
    found = next(filter(_is_one_emoji, (text, completed)), "")
    return "" if unicodedata.category(found[:1] or " ") == "Lo" else found  # a letter with that mark


def is_emoji(body: str) -> bool:
    """Return whether a message is one to three emoji, which are shown large."""
    return _is_emoji(body) is not None
