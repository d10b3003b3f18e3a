"""The value that flows from step to step, and how it merges with explicit inputs (LANGUAGE section 3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

ABSENT: Any = msgspec.UNSET


class ChainValue(NamedTuple):
    """A chain value; `text` is the JSON text it was parsed from, if it was."""

    value: Any
    text: bytes | None = None


class MergeError(Exception):
    """Two inputs that can't be merged; the text says what to do."""


def chain_value(value: Any, text: bytes | None = None) -> ChainValue | None:
    """What a step's output leaves on the chain: empty text and null clear it."""
    return None if value is None or value == "" else ChainValue(value, text)


def merge(left: Any, right: Any, left_name: str, right_name: str) -> Any:
    """Merge two inputs, either may be ABSENT; `right` wins. Raises MergeError, which uses the names."""
    if right is ABSENT or right is None:
        return left
    if left is ABSENT or left is None or left is right:
        return right
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return {**left, **right}
    if isinstance(left, str) and isinstance(right, str):
        return right
    raise MergeError(
        f"{left_name} is {_a_type(left)} and {right_name} is {_a_type(right)}, which can't be merged: "
        + _advice(left, right_name)
    )


def parse_output(data: bytes | bytearray) -> tuple[Any, bytes | None]:
    """(value, JSON text or None) of a command's output: strict JSON is parsed, anything else kept as text."""
    if _may_be_json(data):
        try:
            return msgspec.json.decode(data), bytes(data)
        except (ValueError, RecursionError):
            pass
    return data.decode("utf-8", "replace"), None


def json_text(value: Any) -> bytes:
    """A JSON value as compact JSON."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        import json

        # Half a surrogate pair, as an environment variable of foreign bytes holds it, is in no UTF-8.
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")


_JSON_STARTS = frozenset(b'{["-0123456789tfn')
_JSON_SPACE = b" \t\r\n"


def _may_be_json(data: bytes | bytearray) -> bool:
    head = bytes(data[:64]).lstrip(_JSON_SPACE) or bytes(data).lstrip(_JSON_SPACE)[:1]
    return bool(head) and head[0] in _JSON_STARTS


def _a_type(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, Mapping):
        return "a map"
    if isinstance(value, list | tuple):
        return "an array"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        return "a number"
    return "a string" if isinstance(value, str) else f"a {type(value).__name__.lower()}"


def _advice(left: Any, right_name: str) -> str:
    if isinstance(left, str):
        return f"give {right_name} as one expression, or let the step before print a JSON object"
    if isinstance(left, Mapping):
        return f"give {right_name} as a map of names"
    return f"pass on what is needed by name, with a `set` or a named step before, and read it in {right_name}"
