"""Merges the chain, the value that flows from step to step, with explicit inputs (docs/language.md#chain)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ..values import describe_type

ABSENT: Any = msgspec.UNSET


class ChainValue(msgspec.Struct, frozen=True):
    """A value on the chain; `text` is the JSON text that it was parsed from, if any."""

    value: Any
    text: bytes | None = None


class MergeError(Exception):
    """Two inputs cannot be merged; the message says how to solve it."""


def chain_value(value: Any, text: bytes | None = None) -> ChainValue | None:
    """Return what a step's output leaves on the chain: None, an empty chain, for empty text and null."""
    return None if value is None or value == "" else ChainValue(value, text)


def merge(left: Any, right: Any, left_name: str, right_name: str) -> Any:
    """Return the merge of two inputs, where `right` wins; either may be ABSENT.

    Raises MergeError if their types do not allow it; its message uses the names of the inputs.
    """
    if right is ABSENT or right is None:
        return left
    if left is ABSENT or left is None or left is right:
        return right
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return {**left, **right}
    if isinstance(left, str) and isinstance(right, str):
        return right
    raise MergeError(
        f"{left_name} is {describe_type(left)} and {right_name} is {describe_type(right)}, "
        f"which can't be merged: {_advice(left, right_name)}"
    )


def _advice(left: Any, right_name: str) -> str:
    if isinstance(left, str):
        return f"give {right_name} as one expression, or let the step before print a JSON object"
    if isinstance(left, Mapping):
        return f"give {right_name} as a map of names"
    return f"pass the values by name, with a `set` or a named step before, and read them in {right_name}"
