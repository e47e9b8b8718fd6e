"""Source text to the HTML that is stored: the Markdown people use in a chat, and nothing that could harm."""

import nh3
from markdown_it import MarkdownIt

# Headings, rules, images, indented code and raw HTML stay what was typed: they surprise in a chat.
_parser = (
    MarkdownIt("commonmark", {"html": False, "linkify": True, "breaks": True})
    .enable(["linkify", "strikethrough"])
    .disable(["heading", "lheading", "hr", "image", "code", "html_block", "html_inline", "reference"])
)
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
