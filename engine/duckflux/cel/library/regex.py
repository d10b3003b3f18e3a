"""Implement regular expressions: by RE2 if google-re2 is installed, else by an automaton of our own.

Both take time linear in the text, whatever the pattern.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from typing import Final

from ..errors import Failure
from .linear_regex import PatternError, TooCostlyError, compile_pattern

_BAD_PATTERN: Final = "the pattern is not a valid RE2 regular expression"

Matcher = Callable[[str], bool]


def matches(text: str, pattern: str) -> bool:
    """Return whether ``pattern`` matches anywhere in ``text``. Raise Failure for an invalid pattern."""
    return matcher(pattern)(text)


@lru_cache(256)
def matcher(pattern: str) -> Matcher:
    """Return a function that tests whether a text matches ``pattern``. Raise Failure for an invalid pattern."""
    found = _re2_matcher(pattern)
    if found is not None:
        return found
    try:
        return _own_matcher(pattern)
    except PatternError as error:
        raise Failure(f"{_BAD_PATTERN}: {error}") from None


@lru_cache(256)
def schema_matcher(pattern: str) -> Matcher:
    """Return a function that tests whether a text matches a JSON Schema's pattern, which may look around.

    Raise Failure for an invalid pattern.
    """
    try:
        found = _re2_matcher(pattern)
    except Failure:
        found = None
    if found is not None:
        return found
    try:
        return _own_matcher(pattern, look_around=True)
    except PatternError as error:
        raise Failure(str(error)) from None


def _re2_matcher(pattern: str) -> Matcher | None:
    try:
        re2 = import_module("re2")
    except ImportError:
        return None
    options = re2.Options()
    options.log_errors = False
    try:
        search = re2.compile(pattern, options).search
    except (re2.error, UnicodeEncodeError) as error:
        raise Failure(_BAD_PATTERN) from error

    def is_match(text: str) -> bool:
        try:
            return search(text) is not None
        except UnicodeEncodeError:
            raise Failure("the string is not valid Unicode") from None

    return is_match


def _own_matcher(pattern: str, look_around: bool = False) -> Matcher:
    """Return a matcher. Raise PatternError for an invalid pattern."""
    automaton = compile_pattern(pattern, look_around)

    def is_match(text: str) -> bool:
        try:
            return automaton.is_match(text)
        except TooCostlyError:
            raise Failure(
                "the pattern takes too long on this text without google-re2", "too-costly"
            ) from None

    return is_match
