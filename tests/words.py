"""Finds words that people read and that nobody has marked for translation, in templates and in code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from django.template.base import Lexer, Token, TokenType

NAMES = re.compile(r"\b(Backchat|Google|GitHub)\b")  # what has the same name in every language
SPOKEN = {"alt", "aria-label", "aria-description", "aria-placeholder", "label", "placeholder", "title"}  # attributes
LITERAL = re.compile(r'(?<!_\()"([^"]*)"')
SENTENCE = re.compile(r"[A-Z][a-z]|[a-z] [a-z]")  # tells words for people from names of files and fields


def says_something(text: str | None) -> bool:
    """Tell whether a text holds letters beside names and signs."""
    return any(char.isalpha() for char in NAMES.sub("", text or ""))


class Reader(HTMLParser):
    """Reads a page as people do: its text, and the attributes that are shown or read out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.silent = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the attributes that people read."""
        self.silent = tag in ("script", "style")
        spoken = SPOKEN | ({"content"} if ("name", "description") in attrs else set())
        self.found += [value or "" for name, value in attrs if name in spoken and says_something(value)]

    def handle_endtag(self, tag: str) -> None:
        """Come out of a script or a style."""
        self.silent = False

    def handle_data(self, data: str) -> None:
        """Take the text."""
        if not self.silent and says_something(data):
            self.found.append(data.strip())


def bare_in_template(path: Path) -> list[str]:
    """Return the words of a template that stand outside of translate tags."""
    tokens = list(untranslated(Lexer(path.read_text()).tokenize()))
    reader = Reader()
    reader.feed("".join(token.contents for token in tokens if token.token_type == TokenType.TEXT))
    reader.close()
    tags = [token.contents for token in tokens if token.token_type != TokenType.TEXT]
    literals = [literal for contents in tags for literal in LITERAL.findall(contents)]
    return reader.found + [literal for literal in literals if SENTENCE.search(NAMES.sub("", literal))]


def untranslated(tokens: list[Token]) -> Iterator[Token]:
    """Yield what stands outside of translate tags, comments and class names."""
    end = ""
    for token in tokens:
        tag = token.contents.split(maxsplit=1)[0] if token.token_type == TokenType.BLOCK else ""
        if end:
            end = "" if tag == end else end
        elif tag in ("blocktranslate", "blocktrans", "comment"):
            end = f"end{tag}"
        elif token.contents.endswith("_class"):  # a block of class names
            end = "endblock"
        elif tag not in ("translate", "trans") and token.token_type != TokenType.COMMENT:
            yield token


def bare_in_code(path: Path) -> list[str]:
    """Return the words that a module tells people without having marked them."""
    spoken = [said for node in ast.walk(ast.parse(path.read_text())) for said in said_by(node)]
    return [ast.unparse(said) for said in spoken if is_bare(said)]


def said_by(node: ast.AST) -> Iterator[ast.expr]:
    """Yield what a piece of code tells people: reasons, flashes, labels, help and error messages of fields."""
    if isinstance(node, ast.Call):
        called = ast.unparse(node.func)
        if called.endswith(("ValidationError", "add_error")) or re.match(
            r"messages\.(success|info|warning|error)", called
        ):
            yield from node.args
        yield from (keyword.value for keyword in node.keywords if keyword.arg in ("label", "help_text"))
        for keyword in node.keywords:
            if keyword.arg == "error_messages" and isinstance(keyword.value, ast.Dict):
                yield from keyword.value.values


def is_bare(said: ast.expr) -> bool:
    """Tell whether this is a text as such, and not a call that translates one."""
    if isinstance(said, ast.List):
        return any(is_bare(part) for part in said.elts)
    return isinstance(said, ast.JoinedStr) or (
        isinstance(said, ast.Constant) and isinstance(said.value, str) and bool(SENTENCE.search(said.value))
    )
