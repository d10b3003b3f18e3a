"""Reads JSON as other programs write it: the one place where a text from outside becomes a value.

A byte order mark is not part of the text, and a lone surrogate is U+FFFD. What cannot be a value is an error that
tells the line and the column.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any, NoReturn, TypeVar, overload

import msgspec

_T = TypeVar("_T")

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# Compiled on first use, which few runs come to.
_ESCAPE = (
    rb"(?s)\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)"
)
_LONE_SURROGATE = "[\ud800-\udfff]"
_STRING_OR_NUMBER = rb'(?s)"(?:[^"\\]|\\.)*(?:"|\\?\Z)|-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?'
_MALFORMED = r"JSON is malformed: (.*) \(byte ([0-9]+)\)"
_MAX_SHOWN = 30


class JsonError(ValueError):
    """A text is not JSON; `reason` is for people, `line` and `column` count from 1."""

    def __init__(self, reason: str, text: bytes, offset: int) -> None:
        before = text[:offset].decode("utf-8", "replace")
        self.reason = reason
        self.line = before.count("\n") + 1
        self.column = len(before) - (before.rfind("\n") + 1) + 1
        super().__init__(f"line {self.line}, column {self.column}: {reason}")


class NumberError(JsonError):
    """A text is JSON, but holds a number that no double can hold."""


@overload
def parse_json(content: bytes | bytearray | str) -> Any: ...


@overload
def parse_json(content: bytes | bytearray | str, type_: type[_T]) -> _T: ...


def parse_json(content: bytes | bytearray | str, type_: Any = Any) -> Any:
    """Return the value of a JSON text, converted to a type.

    Raises JsonError, or msgspec.ValidationError if the value does not have the type.
    """
    text = without_mark(_encoded(content) if isinstance(content, str) else content)
    try:
        return msgspec.json.decode(text, type=type_)
    except (ValueError, RecursionError):
        return _parse_again(bytes(text), type_)


def non_finite_path(value: Any, path: str = "$") -> str | None:
    """Return where a value that another library has read holds no number but infinity or NaN, None if nowhere."""
    if isinstance(value, float):
        return None if math.isfinite(value) else path
    entries: Iterable[tuple[str, Any]] = ()
    if isinstance(value, dict):
        entries = ((f"{path}.{key}", entry) for key, entry in value.items())
    elif isinstance(value, list):
        entries = ((f"{path}[{index}]", entry) for index, entry in enumerate(value))
    return next((found for at, entry in entries if (found := non_finite_path(entry, at))), None)


def without_mark(content: bytes | bytearray) -> bytes | bytearray:
    """Return a text without the byte order mark before it."""
    return content[len(BYTE_ORDER_MARK) :] if content.startswith(BYTE_ORDER_MARK) else content


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        return re.sub(_LONE_SURROGATE, "\ufffd", text).encode()


def _parse_again(text: bytes, type_: Any) -> Any:
    """Return the value of a text that msgspec refuses for its lone surrogates. Raises as `parse_json` does."""
    repaired = re.sub(_ESCAPE, lambda escape: rb"\ufffd" if escape[1] else escape[0], text)
    try:
        return msgspec.json.decode(repaired, type=type_)
    except msgspec.ValidationError:
        _refuse_numbers(repaired)
        raise
    except (ValueError, RecursionError) as error:
        _refuse(text, error)


def _refuse_numbers(text: bytes) -> None:
    """Raise NumberError for the first number that is out of range, JsonError if the text is not JSON."""
    found: list[re.Match[bytes]] = []

    def in_range(match: re.Match[bytes]) -> bytes:
        if match[0].startswith(b'"') or not _is_out_of_range(match[0]):
            return match[0]
        found.append(match)
        return b"0".ljust(len(match[0]))

    # The rest is checked too: of a text that is not JSON, no number is at fault.
    rest = re.sub(_STRING_OR_NUMBER, in_range, text)
    if not found:
        return
    try:
        msgspec.json.decode(rest)
    except (ValueError, RecursionError) as error:
        _refuse(rest, error)
    digits = found[0][0].decode()
    shown = digits if len(digits) <= _MAX_SHOWN else f"{digits[:_MAX_SHOWN]}..."
    raise NumberError(f"the number {shown} is out of range: write it as a string", text, found[0].start())


def _is_out_of_range(number: bytes) -> bool:
    try:
        msgspec.json.decode(number)
    except msgspec.ValidationError:
        return True
    except msgspec.DecodeError:
        # It is not a number, as `01`, which makes the whole text invalid JSON.
        return False
    return False


def _refuse(text: bytes, error: Exception) -> NoReturn:
    """Raise the JsonError that says what msgspec's error does."""
    if isinstance(error, RecursionError):
        raise JsonError("it is nested too deeply", text, 0) from None
    if isinstance(error, UnicodeDecodeError):
        try:
            text.decode()
        except UnicodeDecodeError as invalid:
            raise JsonError("it is not UTF-8", text, invalid.start) from None
    if (malformed := re.fullmatch(_MALFORMED, str(error))) is not None:
        reason, offset = malformed[1], int(malformed[2])
        # msgspec counts the first of them.
        offset -= reason == "trailing characters"
        raise JsonError(reason, text, min(offset, len(text))) from None
    raise JsonError("it ends too early" if text.strip() else "it is empty", text, len(text)) from None
