"""Finds what differs between two JSON values, part by part."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

import msgspec

MISSING: Any = type("Missing", (), {"__repr__": lambda self: "MISSING"})()
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MAX_TEXT = 60


class Change(msgspec.Struct, frozen=True):
    """A part that differs: its path, as expressions write it, and its two values.

    `MISSING` stands for a part that one of the values does not have.
    """

    path: str
    before: Any
    after: Any

    def __str__(self) -> str:
        """Return `output.score: 7 → 8`, with long values cut."""
        where = f"{self.path}: " if self.path else ""
        if self.before is MISSING:
            return f"{where}{value_text(self.after)} is new"
        if self.after is MISSING:
            return f"{where}{value_text(self.before)} is gone"
        before, after = _texts(self.before, self.after)
        return f"{where}{before} → {after}"


def value_changes(before: Any, after: Any, path: str = "") -> Iterator[Change]:
    """Yield the smallest parts in which two JSON values differ, in their order."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            yield from value_changes(before.get(key, MISSING), after.get(key, MISSING), _member(path, key))
    elif isinstance(before, list) and isinstance(after, list):
        for index, (old, new) in enumerate(zip_longest(before, after, fillvalue=MISSING)):
            yield from value_changes(old, new, f"{path}[{index}]")
    elif type(before) is not type(after) or before != after:
        yield Change(path, before, after)


def value_text(value: Any, length: int = _MAX_TEXT) -> str:
    """Return a JSON value on one line, cut to a length."""
    return _cut(json.dumps(value, ensure_ascii=False), 0, length)


def _texts(before: Any, after: Any) -> tuple[str, str]:
    """Return two different values on one line each, cut so that what differs is seen."""
    old, new = (json.dumps(value, ensure_ascii=False) for value in (before, after))
    pairs = enumerate(zip(old, new, strict=False))
    first = next((index for index, (one, other) in pairs if one != other), min(len(old), len(new)))
    start = max(0, first - _MAX_TEXT // 3) if first > _MAX_TEXT * 2 // 3 else 0
    return _cut(old, start, _MAX_TEXT), _cut(new, start, _MAX_TEXT)


def _cut(text: str, start: int, length: int) -> str:
    head = "…" if start else ""
    rest = text[start:]
    return head + (rest if len(rest) <= length else f"{rest[: length - 1]}…")


def _member(path: str, key: str) -> str:
    if not _NAME.fullmatch(key):
        return f"{path}[{json.dumps(key, ensure_ascii=False)}]"
    return f"{path}.{key}" if path else key
