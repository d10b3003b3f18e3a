"""Resolve plain scalars by the core schema of YAML 1.2 (YAML 1.2.2, section 10.3.2)."""

from __future__ import annotations

import math
import re

from .nodes import ScalarValue

_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]+\Z")
_OCT = re.compile(r"0o[0-7]+\Z")
_HEX = re.compile(r"0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_INF = re.compile(r"[-+]?\.(?:inf|Inf|INF)\Z")
_NAN = frozenset((".nan", ".NaN", ".NAN"))
_MAX_DIGITS = 4000
# What separates tokens; other Unicode spaces and line separators are text.
WHITE_SPACE = " \t\r\n"
_FIRST = frozenset("0123456789+-.~nNtTfF")

CORE_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "str", "seq", "map", "merge")
)


def resolve(text: str) -> ScalarValue:
    """Return the value of a plain scalar. Integers are exact; numbers of more than 4,000 digits stay text."""
    if not text:
        return None
    if text[0] not in _FIRST or len(text) > _MAX_DIGITS:
        return text
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    return _number(text)


def _number(text: str) -> ScalarValue:
    if _INT.match(text):
        return int(text)
    if _OCT.match(text):
        return int(text[2:], 8)
    if _HEX.match(text):
        return int(text[2:], 16)
    if _FLOAT.match(text):
        return float(text)
    if _INF.match(text):
        return float("-inf") if text[0] == "-" else float("inf")
    if text in _NAN:
        return float("nan")
    return text


def is_out_of_range(text: str, value: ScalarValue) -> bool:
    """Return whether a value is infinite that its text does not call so, such as `1e400`."""
    return isinstance(value, float) and math.isinf(value) and not _INF.match(text)


def resolve_tagged(text: str, tag: str) -> ScalarValue:
    """Return the value of a scalar with a core tag. Raise ValueError when the text is not of that type."""
    kind = tag.rpartition(":")[2]
    value = resolve(text)
    match kind:
        case "str":
            return text
        case "null" if value is None:
            return None
        case "bool" if isinstance(value, bool):
            return value
        case "int" if isinstance(value, int) and not isinstance(value, bool):
            return value
        case "float" if isinstance(value, int | float) and not isinstance(value, bool):
            try:
                return float(value)
            except OverflowError:
                return math.copysign(math.inf, value)
    raise ValueError(f"`{text}` is not a valid {kind}")
