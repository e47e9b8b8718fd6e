"""Convert a message's Markdown to sanitised HTML."""

import re
from html import unescape

import nh3
from django.core.exceptions import ValidationError
from django.utils.html import strip_tags
from django.utils.translation import gettext_lazy as _
from markdown_it import MarkdownIt

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
_cleaner = nh3.Cleaner(
    tags={"p", "br", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a"},
    attributes={"a": {"href"}, "ol": {"start"}},
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener noreferrer nofollow ugc",
    set_tag_attribute_values={"a": {"target": "_blank"}},
)


# One line that starts with a letter and contains no Markdown, no link and nothing to escape.
PLAIN = re.compile(r"[^\W\d_](?:[^\W_]|[ ,.!?'\"();%…–—-])*")
SHOWS_SOMETHING = re.compile(r">[^<&]*[0-9A-Za-z]")


def render(body: str) -> str:
    """Return the sanitised HTML of a message."""
    if PLAIN.fullmatch(body):
        return f"<p>{body.rstrip()}</p>"
    return _cleaner.clean(_parser.render(body)).strip()


def render_or_raise(body: str) -> str:
    """Return the sanitised HTML of a message. Raises ValidationError if it would look empty, such as a lone ">"."""
    body_html = render(body)
    if not SHOWS_SOMETHING.search(body_html) and is_blank(unescape(strip_tags(body_html))):
        raise ValidationError(_("Write something first."), code="blank")
    return body_html
