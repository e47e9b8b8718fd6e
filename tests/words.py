"""Find user-facing strings in templates and code that are not marked for translation."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from django.template.base import Lexer, Token, TokenType

NAMES = re.compile(r"\b(Backchat|Google|GitHub)\b")  # the same in every language
READABLE = {"alt", "aria-label", "aria-description", "aria-placeholder", "label", "placeholder", "title"}  # attributes
LITERAL = re.compile(r'(?<!_\()"([^"]*)"')
SENTENCE = re.compile(r"[A-Z][a-z]|[a-z] [a-z]")  # tells text from names of files and fields


def has_words(text: str | None) -> bool:
    """Return whether a text contains letters other than product names."""
    return any(char.isalpha() for char in NAMES.sub("", text or ""))


class TextParser(HTMLParser):
    """Collects a page's text and its user-facing attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.ignore = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect user-facing attributes."""
        self.ignore = tag in ("script", "style")
        names = READABLE | ({"content"} if ("name", "description") in attrs else set())
        self.found += [value or "" for name, value in attrs if name in names and has_words(value)]

    def handle_endtag(self, tag: str) -> None:
        self.ignore = False

    def handle_data(self, data: str) -> None:
        if not self.ignore and has_words(data):
            self.found.append(data.strip())


def unmarked_in_template(path: Path) -> list[str]:
    """Return a template's strings outside translate tags."""
    tokens = list(outside_translate_tags(Lexer(path.read_text()).tokenize()))
    parser = TextParser()
    parser.feed("".join(token.contents for token in tokens if token.token_type == TokenType.TEXT))
    parser.close()
    tags = [token.contents for token in tokens if token.token_type != TokenType.TEXT]
    literals = [literal for contents in tags for literal in LITERAL.findall(contents)]
    return parser.found + [literal for literal in literals if SENTENCE.search(NAMES.sub("", literal))]


def outside_translate_tags(tokens: list[Token]) -> Iterator[Token]:
    """Yield the tokens outside translate tags, comments and class-name blocks."""
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


def unmarked_in_code(path: Path) -> list[str]:
    """Return a module's user-facing strings that are not marked."""
    strings = [string for node in ast.walk(ast.parse(path.read_text())) for string in user_facing(node)]
    return [ast.unparse(string) for string in strings if is_unmarked(string)]


def user_facing(node: ast.AST) -> Iterator[ast.expr]:
    """Yield what a call shows to users: errors, flash messages, labels, help texts and error messages."""
    if isinstance(node, ast.Call):
        function = ast.unparse(node.func)
        shows_errors = function.endswith(("ValidationError", "add_error"))
        if shows_errors or re.match(r"messages\.(success|info|warning|error)", function):
            yield from node.args
        yield from (keyword.value for keyword in node.keywords if keyword.arg in ("label", "help_text"))
        for keyword in node.keywords:
            if keyword.arg == "error_messages" and isinstance(keyword.value, ast.Dict):
                yield from keyword.value.values


def is_unmarked(string: ast.expr) -> bool:
    """Return whether an expression is a plain string, not a gettext call."""
    if isinstance(string, ast.List):
        return any(is_unmarked(part) for part in string.elts)
    return isinstance(string, ast.JoinedStr) or (
        isinstance(string, ast.Constant) and isinstance(string.value, str) and bool(SENTENCE.search(string.value))
    )
