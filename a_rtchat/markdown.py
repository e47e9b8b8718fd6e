"""Source text to the HTML that is stored: the Markdown people use in a chat, and nothing that could harm."""

import nh3
from markdown_it import MarkdownIt


class _Parser(MarkdownIt):
    """CommonMark as people use it in a chat."""

    def normalizeLinkText(self, link: str) -> str:
        """Show an address as it was typed: decoded, a look-alike would pass for the site that it imitates."""
        return link


# Headings, rules, images, indented code and raw HTML stay what was typed: they surprise in a chat.
_parser = (
    _Parser("commonmark", {"html": False, "linkify": True, "breaks": True})
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


def render(body: str) -> str:
    """Return the sanitised HTML of a message's source text."""
    return _cleaner.clean(_parser.render(body)).strip()
