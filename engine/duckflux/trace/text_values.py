"""Formats values in text traces: readable as they are, and parsed back to exactly what they were.

A string is written as it is, everything else as JSON. Lines after a value's first are indented, so that no
text can look like a field or a section. A string that would be parsed as something else is written in JSON's
quotes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from duckflux.json_text import JsonError, parse_json
from duckflux.runtime.values import encode_json

ABSENT = "none"
_INDENT = "  "
_JSON_STARTS = frozenset('{["-0123456789tfn \t\r\n')


def format_field(name: str, value: Any) -> str:
    """Return `name: value` and a newline; a value that ends in a newline is on the lines below `name:`."""
    text = format_value(value)
    if "\n" not in text:
        return f"{name}: {text}\n"
    if text.endswith("\n"):
        return f"{name}:\n{_INDENT}" + text[:-1].replace("\n", f"\n{_INDENT}") + "\n"
    return f"{name}: " + text.replace("\n", f"\n{_INDENT}") + "\n"


def format_value(value: Any) -> str:
    """Return a value as text, not yet indented."""
    if value is msgspec.UNSET:
        return ABSENT
    if isinstance(value, str):
        return _quoted(value) if _is_ambiguous(value) else value
    encoded = bytes(value) if isinstance(value, msgspec.Raw) else encode_json(value)
    if encoded.startswith(b'"'):
        return format_value(msgspec.json.decode(encoded))
    return msgspec.json.format(encoded, indent=2).decode()


def parse_value(text: str) -> Any:
    """Return the value of a text, UNSET for `none`."""
    return msgspec.UNSET if text == ABSENT else json_or_text(text)


def json_or_text(text: str) -> Any:
    """Return the value of a text that is JSON, or else the text."""
    if text[:1] in _JSON_STARTS:
        try:
            return parse_json(text)
        except JsonError:
            pass
    return text


def parse_fields(lines: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the name and text of each field in lines that this project has written."""
    name, parts, is_block = "", [""], False
    for line in lines:
        if line.startswith(_INDENT):
            parts.append(line[len(_INDENT) :])
            continue
        if name:
            yield name, _joined(parts, is_block)
        name, colon, first = line.partition(":")
        name = name if colon else ""
        is_block = first == ""
        parts = [] if is_block else [first[1:]]
    if name:
        yield name, _joined(parts, is_block)


def _joined(parts: list[str], is_block: bool) -> str:
    return "".join(f"{part}\n" for part in parts) if is_block else "\n".join(parts)


def _is_ambiguous(text: str) -> bool:
    if text == ABSENT or text[:1] in ("", " ", "\n"):
        return True
    return parse_value(text) is not text


def _quoted(text: str) -> str:
    return encode_json(text).decode()
