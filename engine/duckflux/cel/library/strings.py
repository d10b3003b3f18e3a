"""Implement the functions on strings and the strings extension; offsets count code points."""

from __future__ import annotations

from typing import Any

from .. import literals
from ..cost import MAX_SIZE
from ..errors import Failure
from .operators import sized

_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_UPPER = {code: code - 32 for code in range(ord("a"), ord("z") + 1)}
# Unicode's White_Space, which is not what str.strip() takes (it also strips U+001C to U+001F).
_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))


def contains(text: str, part: str) -> bool:
    return part in text


def char_at(text: str, index: int) -> str:
    return text[_offset(text, index) : index + 1]


def index_of(text: str, part: str) -> int:
    return text.find(part)


def index_of_from(text: str, part: str, start: int) -> int:
    return text.find(part, _offset(text, start))


def last_index_of(text: str, part: str) -> int:
    return text.rfind(part)


def last_index_of_from(text: str, part: str, start: int) -> int:
    return text.rfind(part, 0, _offset(text, start) + len(part))


def substring_from(text: str, start: int) -> str:
    return text[_offset(text, start) :]


def substring(text: str, start: int, end: int) -> str:
    if _offset(text, start) > _offset(text, end):
        raise Failure("the range ends before it starts")
    return text[start:end]


def _offset(text: str, index: int) -> int:
    if not 0 <= index <= len(text):
        raise Failure("the offset is outside of the string", "out-of-range")
    return index


def trim(text: str) -> str:
    return text.strip(_SPACE)


def lower_ascii(text: str) -> str:
    return text.translate(_LOWER)


def upper_ascii(text: str) -> str:
    return text.translate(_UPPER)


def reverse(text: str) -> str:
    return text[::-1]


def quote(text: str) -> str:
    return str(sized(literals.quote(text)))


def replace(text: str, old: str, new: str) -> str:
    return replace_some(text, old, new, -1)


def replace_some(text: str, old: str, new: str, limit: int) -> str:
    occurrences = text.count(old) if limit < 0 else min(text.count(old), limit)
    if len(text) + occurrences * (len(new) - len(old)) > MAX_SIZE:
        raise Failure("the result is too long", "too-costly")
    return text.replace(old, new, max(limit, -1))


def split(text: str, separator: str) -> list[str]:
    return split_some(text, separator, -1)


def split_some(text: str, separator: str, limit: int) -> list[str]:
    if limit == 0:
        return []
    if not separator:
        return list(text) if limit < 0 or limit >= len(text) else [*text[: limit - 1], text[limit - 1 :]]
    return text.split(separator, limit - 1 if limit > 0 else -1)


def join(parts: list[Any]) -> str:
    return join_with(parts, "")


def join_with(parts: list[Any], separator: str) -> str:
    if not all(isinstance(part, str) for part in parts):
        raise Failure("only strings can be joined", "no-such-overload")
    if sum(map(len, parts)) + len(separator) * len(parts) > MAX_SIZE:
        raise Failure("the result is too long", "too-costly")
    return str(sized(separator.join(parts)))
