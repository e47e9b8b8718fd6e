"""Finding mentions in Markdown: only in text, and nothing that people write becomes markup."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from a_rtchat.markdown import render
from a_rtchat.mention_marks import OPEN, fill, keys_in

TAG = re.compile(r"</?([a-z]+)")
PIECES = ["@ann", "@", "@@", "ann", " ", "\n", "`", "```\n", "*", "_", "\\", "[", "](https://a.b/@ann)"]
PIECES += ["<", ">", "&amp;", "https://a.b/@ann", "@ann.", "@ann_b", "> ", "- ", "~~", "@\u0301", "é", "@everyone"]
PIECES += ["<bdi>", "</bdi>", "\u202e"]


def linked(body):
    """Return the HTML of a text in which ann and élodie are meant."""
    return fill(render(body), lambda key: f"[{key}]" if key in ("ann", "élodie") else None)


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("hi @ann, @Ann's and (@ANN).", "<p>hi [ann], [ann]'s and ([ann]).</p>"),
        ("@nobody", "<p>@nobody</p>"),
        ("**@ann** > @ann", "<p><strong>[ann]</strong> &gt; [ann]</p>"),
        ("@elodie @élodie @e\u0301lodie", "<p>@elodie [élodie] [élodie]</p>"),
        ("ann@ann.example a/@ann @@ann", "<p>ann@ann.example a/@ann @@ann</p>"),
        ("`@ann`", "<p><code>@ann</code></p>"),
        ("```\n@ann\n```", "<pre><code>@ann\n</code></pre>"),
        (r"\@ann", "<p>@ann</p>"),
        ("@ann- @ann_ @annb", "<p>[ann]- [ann]_ @annb</p>"),
        ("<bdi>@ann</bdi>", "<p>&lt;bdi&gt;[ann]&lt;/bdi&gt;</p>"),
    ],
)
def test_a_mention_is_a_name_in_text(body, html):
    assert linked(body) == html


def test_links_hold_no_mentions():
    html = render("[@ann](https://a.b) https://a.b/@ann <https://a.b/@ann>")
    assert not keys_in(html) and OPEN not in html


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=300), st.lists(st.sampled_from(PIECES), max_size=30).map("".join)))
@example("@" * 4_000)
@example("@a" * 2_000)
@example("@" + "a.-_" * 999)
def test_marks_only_replace_text(body):
    marked = render(body)
    plain, named = fill(marked, lambda key: None), fill(marked, lambda key: "")
    assert OPEN not in plain and "bdi" not in TAG.findall(plain)
    assert TAG.findall(plain) == TAG.findall(named) == [tag for tag in TAG.findall(marked) if tag != "bdi"]
    assert all("<" not in key and "&" not in key and '"' not in key for key in keys_in(marked))
    assert not keys_in(marked) or "@" in body
