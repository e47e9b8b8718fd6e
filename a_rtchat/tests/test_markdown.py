"""Rendering Markdown."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from a_rtchat import markdown
from a_rtchat.markdown import render


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("**bold** *soft* ~~gone~~ `code`", "<p><strong>bold</strong> <em>soft</em> <s>gone</s> <code>code</code></p>"),
        ("one\ntwo", "<p>one<br>\ntwo</p>"),
        ("# not a heading", "<p># not a heading</p>"),
        ("> quoted", "<blockquote>\n<p>quoted</p>\n</blockquote>"),
        ("```\na < b\n```", "<pre><code>a &lt; b\n</code></pre>"),
    ],
)
def test_markdown_is_rendered(body, html):
    assert render(body) == html


@pytest.mark.parametrize(
    "body",
    [
        "<b>hi</b>",
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        '<div style="position:fixed">',
        "![x](https://example.com/track.png)",
    ],
)
def test_html_is_escaped(body):
    html = render(body)
    assert "<script" not in html and "<img" not in html and "<div" not in html and "<b>" not in html


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd"])
def test_dangerous_urls_do_not_become_links(url):
    assert "href" not in render(f"[click]({url}) and <{url}>")


def test_links_open_a_new_tab_without_a_referrer():
    html = render("see https://example.com/a?b=1&c=2")
    assert 'href="https://example.com/a?b=1&amp;c=2"' in html
    assert 'rel="noopener noreferrer nofollow ugc"' in html
    assert 'target="_blank"' in html


@pytest.mark.parametrize("name", ["a.py", "notes.md", "www.example.com", "me@example.com"])
def test_a_file_name_is_not_a_link(name):
    assert "<a" not in render(f"look into {name}")


def test_a_url_is_shown_as_typed():
    assert ">http://xn--80ak6aa92e.com<" in render("http://xn--80ak6aa92e.com")


PLAIN_ALPHABET = st.characters(codec="utf-8") | st.sampled_from("abc xyz.,!?'\"();%…–— -1_*<&:/@\\")


@settings(max_examples=1_500, deadline=None)
@given(st.text(PLAIN_ALPHABET, min_size=1, max_size=40))
@example("Really? Yes (100 %); she said: no")
@example("it's 5 o'clock -- \"now\"  and   then")
@example("e.g. www.example.org a.b@c.de")
@example("a - b")
@example("ﷺ ſ İ ǅ")
def test_the_shortcut_for_plain_text_changes_nothing(body):
    """A line of plain text skips the parser, with the same result."""
    long_way = markdown._cleaner.clean(markdown._parser.render(body)).strip()
    assert markdown.render(body) == long_way


@pytest.mark.parametrize("body", ["hello", "Good morning, everyone!", "Straße in Köln", "北川さん おはよう"])
def test_plain_text_takes_the_shortcut(body, monkeypatch):
    monkeypatch.setattr(markdown, "_parser", None)
    assert markdown.render(body).startswith("<p>")
