"""Converts between JSON values and their text, and names the types of values in messages."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import msgspec

from duckflux.json_text import JsonError, NumberError, parse_json, without_mark

_JSON_STARTS = frozenset(b'{["-0123456789tfn')
_JSON_SPACE = b" \t\r\n"


def parse_output(data: bytes | bytearray) -> tuple[Any, bytes | None]:
    """Return the value of what a command or server printed, and the JSON text if it was JSON.

    Strict JSON is parsed, anything else is kept as text: see docs/language.md#output-of-a-step. Raises
    NumberError for JSON with a number that is out of range.
    """
    text = without_mark(data)
    if _may_be_json(text):
        try:
            return parse_json(text), bytes(text)
        except NumberError:
            raise
        except JsonError:
            pass
    return data.decode("utf-8", "replace"), None


def output_or_text(data: bytes | bytearray) -> Any:
    """Return the value of what a command or server printed when it failed, as text if it is not one."""
    try:
        return parse_output(data)[0]
    except NumberError:
        return data.decode("utf-8", "replace")


def encode_json(value: Any) -> bytes:
    """Return a JSON value as compact JSON in UTF-8."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        import json

        # An environment variable of foreign bytes holds half surrogate pairs, which UTF-8 cannot express.
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")


def unicode_text(text: str) -> str:
    """Return a text, such as the name of a file, with its bytes that are not UTF-8 escaped."""
    if text.isascii():
        return text
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return (
            os.fsencode(text).decode("utf-8", "backslashreplace") if _is_from_bytes(text) else _escaped(text)
        )
    return text


def _is_from_bytes(text: str) -> bool:
    return not any("\ud800" <= char < "\udc80" or "\udcff" < char <= "\udfff" for char in text)


def _escaped(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def describe_type(value: Any) -> str:
    """Return the type of a value with its article, for messages: `a map`, `an array`, `null`."""
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


def _may_be_json(data: bytes | bytearray) -> bool:
    head = bytes(data[:64]).lstrip(_JSON_SPACE) or bytes(data).lstrip(_JSON_SPACE)[:1]
    return bool(head) and head[0] in _JSON_STARTS
