"""Implement ``matches``: by RE2 if google-re2 is installed, else by the part of ``re`` that agrees with it."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from typing import Any, Final

from ..errors import Failure

_MAX_PATTERN: Final = 1_000
_MAX_STEPS: Final = 100_000_000
_BAD_PATTERN: Final = "the pattern is not a valid RE2 regular expression"

Matcher = Callable[[str], bool]


def matches(text: str, pattern: str) -> bool:
    """Return whether ``pattern`` matches anywhere in ``text``. Raise Failure for an invalid pattern."""
    return matcher(pattern)(text)


@lru_cache(256)
def matcher(pattern: str) -> Matcher:
    """Return a function that tests whether a text matches ``pattern``. Raise Failure for an invalid pattern."""
    return _re2_matcher(pattern) or _re_matcher(pattern)


def _re2_matcher(pattern: str) -> Matcher | None:
    try:
        re2 = import_module("re2")
    except ImportError:
        return None
    options = re2.Options()
    options.log_errors = False
    try:
        search = re2.compile(pattern, options).search
    except (re2.error, UnicodeEncodeError):
        raise Failure(_BAD_PATTERN) from None

    def is_match(text: str) -> bool:
        try:
            return search(text) is not None
        except UnicodeEncodeError:
            raise Failure("the string is not valid Unicode") from None

    return is_match


def _re_matcher(pattern: str) -> Matcher:
    if len(pattern) > _MAX_PATTERN:
        raise Failure("the pattern is too long without google-re2", "too-costly")
    try:
        with warnings.catch_warnings():
            # How a later Python reads the pattern is not a problem of its author.
            warnings.simplefilter("ignore", FutureWarning)
            compiled = re.compile(_to_re(pattern), re.ASCII)
            repeats = _unbounded_repeats(pattern)
    except (re.error, OverflowError, RecursionError):
        raise Failure(_BAD_PATTERN) from None

    def is_match(text: str) -> bool:
        # Each unbounded repeat, and the start of the search, may try every position.
        if (len(text) + 1) ** (repeats + 1) > _MAX_STEPS:
            raise Failure("the pattern may take too long on this string without google-re2", "too-costly")
        return compiled.search(text) is not None

    return is_match


_SYNTAX = re.compile(r"\\[\s\S]|\[\^?\]?(?:\\[\s\S]|\[:\^?\w+:\]|[^\]\\])*\]|\$|\(\?[a-zA-Z-]+[:)]")


def _to_re(pattern: str) -> str:
    r"""Return ``pattern`` with RE2's ``$`` and ``\z``, which match only at the very end, spelled as in ``re``."""

    def replace(match: re.Match[str]) -> str:
        part = match[0]
        if part in ("$", r"\z"):
            return r"\Z"
        if part == r"\Z" or "[:" in part or (part.startswith("(?") and "m" in part):
            raise re.error(_BAD_PATTERN)
        return part

    return _SYNTAX.sub(replace, pattern)


def _unbounded_repeats(pattern: str) -> int:
    """Return the number of unbounded repeats in a pattern.

    Raise Failure for syntax that RE2 lacks, and for nested repeats.
    """
    from re import _constants as codes  # type: ignore[attr-defined]
    from re import _parser as parser  # type: ignore[attr-defined]

    repeats = (codes.MAX_REPEAT, codes.MIN_REPEAT)
    refused = {codes.ASSERT, codes.ASSERT_NOT, codes.GROUPREF, codes.GROUPREF_EXISTS}
    refused |= {codes.ATOMIC_GROUP, codes.POSSESSIVE_REPEAT}

    def count(part: Any, in_repeat: bool) -> int:
        if isinstance(part, (list, parser.SubPattern)):
            return sum(count(item, in_repeat) for item in part)
        # A range such as `[+-1]` is a pair of plain numbers, which may equal an opcode's.
        if not isinstance(part, tuple) or not part or not isinstance(part[0], type(codes.MAX_REPEAT)):
            return sum(count(item, in_repeat) for item in part) if isinstance(part, tuple) else 0
        if part[0] in refused:
            raise Failure(_BAD_PATTERN)
        if part[0] not in repeats:
            return sum(count(item, in_repeat) for item in part)
        _, highest, body = part[1]
        if highest <= 1:
            return count(body, in_repeat)
        if in_repeat:
            raise Failure("nested repeats need google-re2", "too-costly")
        return 1 + count(body, True)

    return count(parser.parse(_to_re(pattern), re.ASCII), False)
