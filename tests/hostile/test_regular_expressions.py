"""Regular expressions take time linear in the text, the project's own and those of workflows."""

from __future__ import annotations

import ast
import importlib
import re
import time
from collections.abc import Iterator
from pathlib import Path
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

import pytest
from duckflux.cel.library.linear_regex import compile_pattern
from duckflux.runtime.engine.validation import violations

from tests.architecture import SOURCES

_LENGTH = 4_000
_SUSPICIOUS_SECONDS = 0.02
_QUADRATIC_GROWTH = 3.0
_SEARCHING = ("search", "finditer", "findall", "sub", "split")


class Own(NamedTuple):
    """A pattern of a module, and whether it is looked for anywhere in a text."""

    name: str
    pattern: re.Pattern[Any]
    searches: bool


def own_patterns() -> Iterator[Own]:
    """Every pattern that a module compiles when it is imported."""
    for package, folder in SOURCES.items():
        for path in sorted((folder / package).rglob("*.py")):
            if path.name != "__main__.py" and "re.compile(" in (text := path.read_text()):
                yield from _of_module(path.relative_to(folder), ast.parse(text))


def _of_module(path: Path, tree: ast.Module) -> Iterator[Own]:
    module = importlib.import_module(".".join(path.with_suffix("").parts).removesuffix(".__init__"))
    used = {
        (node.value.id, node.attr)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    for name, value in sorted(vars(module).items()):
        if isinstance(value, re.Pattern):
            yield Own(f"{path}:{name}", value, any((name, method) in used for method in _SEARCHING))


def _characters(pattern: re.Pattern[Any]) -> list[str]:
    """Characters that the pattern treats differently."""
    found = {"a", " ", "\n"}

    def add(items: Any) -> None:
        for item in items:
            match item:
                case ((codes.LITERAL | codes.NOT_LITERAL), code):
                    found.add(chr(code))
                case codes.RANGE, (first, _):
                    found.add(chr(first))
                case codes.IN, members:
                    add(members)
                case ((codes.MAX_REPEAT | codes.MIN_REPEAT), (_, _, body)):
                    add(body)
                case codes.SUBPATTERN, (*_, body):
                    add(body)
                case codes.BRANCH, (_, branches):
                    for branch in branches:
                        add(branch)

    source = pattern.pattern
    add(parser.parse(source if isinstance(source, str) else source.decode()))
    return sorted(found)[:14]


def _seconds(own: Own, begin: str, repeated: str, length: int) -> float:
    text: Any = begin + repeated * (length // len(repeated)) + "\x01"
    if isinstance(own.pattern.pattern, bytes):
        text = text.encode()
    start = time.thread_time()
    if own.searches:
        for _ in own.pattern.finditer(text):
            pass
    own.pattern.match(text)
    own.pattern.fullmatch(text)
    return time.thread_time() - start


def _is_quadratic(own: Own, begin: str, repeated: str) -> bool:
    if _seconds(own, begin, repeated, _LENGTH) < _SUSPICIOUS_SECONDS:
        return False
    once, twice = (
        min(_seconds(own, begin, repeated, length) for _ in range(3)) for length in (_LENGTH, 2 * _LENGTH)
    )
    return twice > _QUADRATIC_GROWTH * once


@pytest.mark.promise("regular expressions are linear")
@pytest.mark.parametrize("own", [pytest.param(own, id=own.name) for own in own_patterns()])
def test_own_patterns_are_linear(own: Own) -> None:
    characters = _characters(own.pattern)
    pairs = [first + second for first in characters for second in characters if first != second]
    found = [
        (begin, repeated)
        for begin in ("", *characters[:2])
        for repeated in (*characters, *pairs)
        if _is_quadratic(own, begin, repeated)
    ]
    assert not found


EXPLODING = [
    "^(a+)+$",
    "^(a*)*$",
    "^(a|a)*$",
    "^(a|aa)+$",
    "(.*)*x",
    "^(([a-z])+.)+[A-Z]$",
    "(a?){30}a{30}$",
    r"^(?=(a+)+b).*$",
]


@pytest.mark.promise("regular expressions are linear")
@pytest.mark.parametrize("pattern", EXPLODING)
def test_a_pattern_of_an_input_is_linear(pattern: str) -> None:
    start = time.monotonic()
    assert violations({"type": "string", "pattern": pattern}, "a" * 20_000 + "!")
    assert time.monotonic() - start < 5


@pytest.mark.promise("regular expressions are linear")
@pytest.mark.parametrize("pattern", EXPLODING)
def test_a_pattern_is_linear_without_re2(pattern: str) -> None:
    start = time.monotonic()
    assert not compile_pattern(pattern, look_around=True).is_match("a" * 20_000 + "!")
    assert time.monotonic() - start < 5


@pytest.mark.parametrize(
    ("pattern", "text", "is_match"),
    [
        (r"^(?=.*\d)(?=.*[A-Z]).{8,}$", "aaaaaaA1", True),
        (r"^(?=.*\d)(?=.*[A-Z]).{8,}$", "aaaaaaaA", False),
        (r"^(?!.*admin)[a-z]+$", "user", True),
        (r"^(?!.*admin)[a-z]+$", "sysadmin", False),
        (r"(?<=\$)\d+", "costs $15", True),
        (r"(?<!\$)\b\d+", "costs $15", False),
        (r"(?<year>\d{4})", "in 2026", True),
        (r"^[[:alpha:]]+$", "abc", True),
        (r"(?m)^b$", "a\nb\nc", True),
        (r"(?i)straße", "STRASSE", False),
    ],
)
def test_patterns_of_inputs_may_look_around(pattern: str, text: str, is_match: bool) -> None:
    assert compile_pattern(pattern, look_around=True).is_match(text) is is_match
    assert (not violations({"type": "string", "pattern": pattern}, text)) is is_match
