"""Masks secrets as `***` in traces, events and messages (docs/language.md#secrets)."""

from __future__ import annotations

import re
from binascii import b2a_base64
from collections.abc import Iterator, Mapping
from typing import Any

MASK = "***"
_MIN_LENGTH = 6
# `PWD` alone is the current folder, and a key of these kinds is no secret.
_SECRET_NAME = re.compile(
    r"(?:^|[_.-])(?:token|secret|password|passwd|passphrase|passcode|pass|pat|credentials?)(?:$|[_.-])"
    r"|[_.-]pwd$|^sshpass$|webhook[_-]?url$"
    r"|(?:api|access|private|secret|signing|encryption|account|auth|deploy)[_-]?key"
    r"|(?<!public)(?<!primary)(?<!foreign)(?<!sort)(?<!cache)(?<!partition)[_.-]keys?$"
    r"|(?:token|secret|password)s?$",
    re.IGNORECASE,
)
# `://USER:PASSWORD@`, and `://TOKEN@` of web addresses; begins with fixed text to be found fast.
_URL_PASSWORD = re.compile(r"""(://[^\s/?#@:"'<>\\]*:)([^\s/?#@"'<>\\]+)(?=@)""")
_URL_PASSWORD_BYTES = re.compile(_URL_PASSWORD.pattern.encode())
_URL_TOKEN = re.compile(r"https?://([^\s/?#@:]{16,})@")
# An address or connection string: `scheme://user:password@host`, `Server=host;Password=...`.
_OWN_URL_PASSWORD = re.compile(r"://[^\s/@:]*:(.+)@")
_SETTING = re.compile(
    r"\b(?:password|pwd|accountkey|sharedaccesskey|sharedaccesssignature)=([^;&\s]+)", re.IGNORECASE
)
_XML = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"))


class Secrets:
    """The texts to mask, recognized by the names of their variables or told by `learn`.

    Passwords in URLs are masked everywhere.
    """

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._texts: set[str] = set()
        self._compiled: tuple[re.Pattern[str], re.Pattern[bytes]] | None = None
        self.learn_variables(environment or {})

    def learn_variables(self, variables: Mapping[str, Any]) -> None:
        """Mask the values of variables whose names look like those of secrets, and passwords in addresses."""
        for name, value in variables.items():
            if not isinstance(value, str):
                continue
            if _SECRET_NAME.search(name):
                self.learn(value)
            if "://" in value or "=" in value:
                self.learn_address(value)

    def learn_address(self, text: str) -> None:
        """Mask the passwords in a URL or connection string."""
        found = [*_OWN_URL_PASSWORD.findall(text), *_URL_TOKEN.findall(text), *_SETTING.findall(text)]
        for password in found:
            self.learn(password)
            self.learn(_from_percents(password))

    def learn_headers(self, headers: Mapping[str, str]) -> None:
        """Mask the values of headers that look like secrets."""
        self.learn_variables(headers)
        for name, value in headers.items():
            if name.lower() in ("authorization", "proxy-authorization"):
                self.learn(value.rpartition(" ")[2])

    def learn(self, value: Any) -> None:
        """Mask this text and each of its lines, also where they are encoded.

        Short ones are ignored: masking them would hide too much.
        """
        if not isinstance(value, str):
            return
        lines = value.splitlines()
        texts = (value, value.strip(), *lines, *(line.strip() for line in lines))
        new = {text for text in texts if len(text) >= _MIN_LENGTH} - self._texts
        if new:
            self._texts |= new
            self._compiled = None

    def mask(self, text: str) -> str:
        """Return a text with its secrets masked."""
        if self._texts:
            text = self._patterns()[0].sub(MASK, text)
        return _URL_PASSWORD.sub(rf"\1{MASK}", text) if "://" in text and "@" in text else text

    def occur_in(self, json: bytes) -> bool:
        """Return whether a value, given as compact JSON, may contain a secret. Fast, with false positives."""
        if self._texts and self._patterns()[1].search(json) is not None:
            return True
        return b"://" in json and b"@" in json and _URL_PASSWORD_BYTES.search(json) is not None

    def _patterns(self) -> tuple[re.Pattern[str], re.Pattern[bytes]]:
        """Return the patterns that find secrets in texts and in JSON. Made on first use: many runs have none."""
        if self._compiled is None:
            forms = {form for text in self._texts for form in _forms(text)}
            # Longest first, because one secret may contain another.
            ordered = sorted(forms, key=len, reverse=True)
            text = re.compile("|".join(map(re.escape, ordered)))
            json = re.compile(b"|".join(re.escape(_in_json(form)) for form in ordered))
            self._compiled = text, json
        return self._compiled

    def mask_value(self, value: Any) -> Any:
        """Return a JSON value with the secrets in its texts, keys and numbers masked."""
        if isinstance(value, str):
            return self.mask(value)
        if isinstance(value, Mapping):
            return {self.mask(str(key)): self.mask_value(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.mask_value(item) for item in value]
        if isinstance(value, int | float) and not isinstance(value, bool):
            masked = self.mask(repr(value))
            return value if masked == repr(value) else masked
        return value


def _forms(text: str) -> Iterator[str]:
    """Yield a text as it is and as programs encode it: for JSON, URLs and XML, and in base64."""
    yield text
    yield _in_json(text).decode()
    yield "".join(char if ord(char) < 128 else _ascii_escape(char) for char in _in_json(text).decode())
    encoded = text.encode("utf-8", "replace")
    percents = "".join(chr(byte) if _is_unreserved(byte) else f"%{byte:02X}" for byte in encoded)
    yield percents
    yield percents.replace("%2F", "/")
    yield percents.replace("%20", "+")
    for char, entity in _XML:
        text = text.replace(char, entity)
    yield text
    for quote, apostrophe in (
        ("&quot;", "&apos;"),
        ("&quot;", "&#39;"),
        ("&quot;", "&#x27;"),
        ("&#34;", "&#39;"),
    ):
        yield text.replace('"', quote).replace("'", apostrophe)
    for form in _in_base64(encoded):
        yield form
        yield form.replace("+", "-").replace("/", "_")


def _in_base64(data: bytes) -> Iterator[str]:
    """Yield the base64 of data, and the characters that stand for it alone where it is inside other data."""
    yield b2a_base64(data, newline=False).decode()
    for before, shared in ((0, 0), (1, 2), (2, 3)):
        whole = b2a_base64(bytes(before) + data, newline=False).decode()
        inside = whole[shared:].rstrip("=")
        # The last character of an incomplete group also depends on what follows.
        inside = inside[:-1] if (before + len(data)) % 3 else inside
        if len(inside) >= _MIN_LENGTH:
            yield inside


def _is_unreserved(byte: int) -> bool:
    return byte < 128 and (chr(byte).isalnum() or chr(byte) in "-._~")


def _ascii_escape(char: str) -> str:
    units = char.encode("utf-16-be", "replace")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def _from_percents(text: str) -> str:
    """Return a text with its percent encoding undone."""
    if "%" not in text:
        return text
    from urllib.parse import unquote

    return unquote(text)


def _in_json(text: str) -> bytes:
    import msgspec

    return msgspec.json.encode(text.encode("utf-8", "replace").decode())[1:-1]
