"""Convert literals to values and back (CEL spec, "Lexis" and "String and Bytes Values")."""

from __future__ import annotations

import re

from .errors import Failure
from .values import INT_MAX, INT_MIN, UINT_MAX, Uint

_SIMPLE = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
    "\\": "\\", "?": "?", '"': '"', "'": "'", "`": "`",
}  # fmt: skip
_ESCAPE = re.compile(
    r"\\(?:([abfnrtv\\?\"'`])|([0-3][0-7]{2})|[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|)"
)
_QUOTED = {
    "\a": r"\a",
    "\b": r"\b",
    "\f": r"\f",
    "\n": r"\n",
    "\r": r"\r",
    "\t": r"\t",
    "\v": r"\v",
    "\\": r"\\",
    '"': r"\"",
}
_TO_QUOTE = re.compile(r'[\a\b\f\n\r\t\v\\"]')


class LiteralError(Failure):
    """A literal is invalid; ``offset`` and ``length`` are the range in its text, in code points."""

    def __init__(self, message: str, offset: int = 0, length: int | None = None) -> None:
        super().__init__(message, "syntax")
        self.offset = offset
        self.length = length


def number(text: str) -> int | float | Uint:
    """Return the value of a number literal, which may begin with ``-``.

    Raise LiteralError when it does not fit 64 bits.
    """
    digits = text.lstrip("-")
    if digits[-1] in "uU":
        return _unsigned(text)
    if digits[:2] in ("0x", "0X"):
        return _in_range(int(text, 16))
    if digits.isdigit():
        return _in_range(_decimal(text))
    return float(text)


def _unsigned(text: str) -> Uint:
    if text[0] == "-":
        raise LiteralError("an unsigned integer cannot be negative")
    value = int(text[:-1], 16) if text[:2] in ("0x", "0X") else _decimal(text[:-1])
    if value > UINT_MAX:
        raise LiteralError("the number does not fit an unsigned 64-bit integer")
    return Uint(value)


def _decimal(digits: str) -> int:
    # int() rejects, or is slow with, thousands of digits.
    return int(digits) if len(digits.lstrip("-0")) < 30 else UINT_MAX + 1


def _in_range(value: int) -> int:
    if not INT_MIN <= value <= INT_MAX:
        raise LiteralError("the number does not fit a 64-bit integer")
    return value


def string(text: str) -> str | bytes:
    """Return the value of a string or bytes literal, written with its prefix and quotes.

    Raise LiteralError at an invalid escape.
    """
    opening = min(i for i in (text.find("'"), text.find('"')) if i >= 0)
    prefix = text[:opening].lower()
    quotes = 3 if len(text) - opening >= 6 and text[opening : opening + 3] == text[opening] * 3 else 1
    body = text[opening + quotes : -quotes]
    if "r" in prefix or "\\" not in body:
        return body.encode("utf-8", "surrogatepass") if "b" in prefix else body
    return _unescape_bytes(body, opening + quotes) if "b" in prefix else _unescape(body, opening + quotes)


def _unescape(body: str, offset: int) -> str:
    def replace(match: re.Match[str]) -> str:
        simple, octal, hexadecimal, short, long = match.groups()
        if simple:
            return _SIMPLE[simple]
        if octal:
            return chr(int(octal, 8))
        digits = hexadecimal or short or long
        if not digits:
            raise _bad_escape(match, offset)
        code = int(digits, 16)
        if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            raise LiteralError("the escape is not a Unicode character", offset + match.start(), len(match[0]))
        return chr(code)

    return _ESCAPE.sub(replace, body)


def _unescape_bytes(body: str, offset: int) -> bytes:
    result = bytearray()
    position = 0
    for match in _ESCAPE.finditer(body):
        result += body[position : match.start()].encode("utf-8", "surrogatepass")
        position = match.end()
        simple, octal, hexadecimal, short, long = match.groups()
        if short or long:
            raise LiteralError("bytes cannot contain \\u escapes", offset + match.start(), len(match[0]))
        if not (simple or octal or hexadecimal):
            raise _bad_escape(match, offset)
        result += (
            _SIMPLE[simple].encode() if simple else bytes([int(octal, 8) if octal else int(hexadecimal, 16)])
        )
    return bytes(result) + body[position:].encode("utf-8", "surrogatepass")


def _bad_escape(match: re.Match[str], offset: int) -> LiteralError:
    return LiteralError("unknown escape sequence", offset + match.start(), 2)


def quote(text: str) -> str:
    """Return ``text`` as a double-quoted literal."""
    return '"' + _TO_QUOTE.sub(lambda match: _QUOTED[match[0]], text) + '"'


def quote_bytes(value: bytes) -> str:
    """Return ``value`` as a bytes literal."""
    return 'b"' + "".join(chr(b) if 32 <= b < 127 and b not in b'"\\' else f"\\x{b:02x}" for b in value) + '"'
