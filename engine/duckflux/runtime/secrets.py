"""Masks secrets as `***` in traces, events and messages (docs/language.md#secrets)."""

from __future__ import annotations

import re
import threading
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

MASK = "***"
_MIN_LENGTH = 6
# `PWD` alone is the current folder, and a key of these kinds is not a secret.
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
_BEGIN_OF_URL_PASSWORD = re.compile(r"""(?:://[^\s/?#@:"'<>\\]*(?::[^\s/?#@"'<>\\]*)?|:/?)\Z""")
_END_OF_URL_PASSWORD = re.compile(r"""([^\s/?#@"'<>\\]+)@""")
_MAX_HELD = 4096
_URL_TOKEN = re.compile(r"https?://([^\s/?#@:]{16,})@")
# An address or connection string: `scheme://user:password@host`, `Server=host;Password=...`.
_OWN_URL_PASSWORD = re.compile(r"://[^\s/@:]*:(.+)@")
_SETTING = re.compile(
    r"\b(?:password|pwd|accountkey|sharedaccesskey|sharedaccesssignature)=([^;&\s]+)", re.IGNORECASE
)
# Of PEM files, and of the program `base64` and MIME.
_BASE64_LINES = (64, 76)
_XML = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"))


class Secrets:
    """The texts to mask, recognized by the names of their variables or told by `learn`.

    Passwords in URLs are masked everywhere. Threads may mask while others learn.
    """

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._texts: set[str] = set()
        # Their forms are made when they are first needed: many runs mask nothing.
        self._new: list[str] = []
        self._forms = _Forms()
        self._lock = threading.Lock()
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
            match name.lower():
                case "authorization" | "proxy-authorization":
                    self.learn(value.rpartition(" ")[2])
                    self.learn(_password_of(value))
                case "cookie":
                    for cookie in value.split(";"):
                        self.learn(cookie.partition("=")[2].strip())
                case _:
                    pass

    def learn(self, value: Any) -> None:
        """Mask this value: a text and each of its lines, a number, or all that is in a list or map.

        Also where they are encoded. Short ones are ignored: masking them would hide too much.
        """
        if isinstance(value, Mapping):
            for item in value.values():
                self.learn(item)
        elif isinstance(value, list | tuple):
            for item in value:
                self.learn(item)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            self._learn_text(repr(value))
        elif isinstance(value, str):
            self._learn_text(value)

    def _learn_text(self, value: str) -> None:
        lines = value.splitlines()
        texts = (value, value.strip(), *lines, *(line.strip() for line in lines))
        new = {text for text in texts if len(text) >= _MIN_LENGTH} - self._texts
        self._texts |= new
        self._new += new

    def mask(self, text: str) -> str:
        """Return a text with its secrets masked."""
        if self._texts and (spans := [*self._known_forms().spans(text)]):
            text = _masked(text, spans)
        return _URL_PASSWORD.sub(rf"\1{MASK}", text) if "://" in text and "@" in text else text

    def mask_beginning(self, text: str) -> str:
        """Return a text whose end was cut off, with its secrets masked, also a part of one at its end."""
        begin = self.begin_of_unfinished(text)
        return self.mask(text[:begin]) + (MASK if begin < len(text) else "")

    def mask_end(self, text: str) -> str:
        """Return a text whose beginning was cut off, with its secrets masked, also a part of one at its begin."""
        # The first bytes may be those of half a character.
        text = text.lstrip("\ufffd")
        part = _END_OF_URL_PASSWORD.match(text)
        length = len(part[1]) if part else 0
        if self._texts:
            forms = self._known_forms()
            length = max(length, forms.length_of_end(text))
            # What is shown must not begin inside of a whole form either.
            length = next((end for start, end in forms.spans(text) if start < length < end), length)
        return f"{MASK}{self.mask(text[length:])}" if length else self.mask(text)

    def occur_in(self, json: bytes) -> bool:
        """Return whether a value, given as compact JSON, may contain a secret. Fast, with false positives."""
        if self._texts:
            text = str(json, "utf-8", "replace")
            if next(self._known_forms().spans(text), None) is not None:
                return True
        return b"://" in json and b"@" in json and _URL_PASSWORD_BYTES.search(json) is not None

    def places(self, text: str) -> tuple[tuple[int, int], ...]:
        """Return (start, end) of each secret in a text, also of those inside of others."""
        return tuple(self._known_forms().places(text)) if self._texts else ()

    def begin_of_unfinished(self, text: str) -> int:
        """Return where an end of a text begins that may begin a secret, or the text's length if none does."""
        unfinished = _BEGIN_OF_URL_PASSWORD.search(text, max(0, len(text) - _MAX_HELD))
        begin = unfinished.start() if unfinished else len(text)
        return min(begin, self._known_forms().begin_of_unfinished(text)) if self._texts else begin

    def begin_of_secret_at(self, text: str, offset: int) -> int:
        """Return where the secret begins that an offset is inside of, or the offset if it is in none."""
        return self._known_forms().begin_of_form_at(text, offset) if self._texts else offset

    def _known_forms(self) -> _Forms:
        if self._new:
            with self._lock:
                # Taken away only afterwards: another thread must not mask without them.
                count = len(self._new)
                self._forms.add({form for text in self._new[:count] for form in _forms(text)})
                del self._new[:count]
        return self._forms

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


class MaskingStream:
    """Masks a text that comes in parts: what may begin a secret is held back until its rest comes."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._rest = ""

    def feed(self, text: str) -> str:
        """Take the next part and return what can be shown now."""
        text = self._rest + text
        begin = self._secrets.begin_of_unfinished(text)
        if begin < len(text):
            # With its line, which would be shown as two.
            line = max(text.rfind("\n", 0, begin), text.rfind("\r", 0, begin)) + 1
            begin = self._secrets.begin_of_secret_at(text, line) if begin - line <= _MAX_HELD else begin
        self._rest = text[begin:]
        return self._secrets.mask(text[:begin])

    def close(self) -> str:
        """Return what was held back, at the end of the text."""
        rest, self._rest = self._rest, ""
        return self._secrets.mask(rest)


class _Forms:
    """All texts that stand for secrets, in an index that finds thousands of them as fast as one.

    A text can hold a form only where its first characters are those of one; a regular expression of character
    classes finds such places, a dictionary of keys (the first `_MIN_LENGTH` characters) tells whether it does.
    """

    def __init__(self) -> None:
        self._forms: set[str] = set()
        self._by_key: dict[str, list[str]] = {}
        self._lengths: dict[str, list[int]] = {}
        self._starts: set[str] = set()
        self._classes: list[set[str]] = [set() for _ in range(_MIN_LENGTH)]
        self._candidates = re.compile("(?!)")
        self._longest = 0

    def add(self, forms: set[str]) -> None:
        """Add forms, each at least as long as a key."""
        keys = set()
        for form in forms - self._forms:
            key = form[:_MIN_LENGTH]
            self._by_key.setdefault(key, []).append(form)
            lengths = self._lengths.get(key, [])
            if len(form) not in lengths:
                self._lengths[key] = sorted((*lengths, len(form)), reverse=True)
            self._longest = max(self._longest, len(form))
            keys.add(key)
        self._forms |= forms
        for key in keys:
            self._starts |= {key[:length] for length in range(1, _MIN_LENGTH)}
            for characters, char in zip(self._classes, key, strict=True):
                characters.add(char)
        first, *others = (f"[{re.escape(''.join(sorted(characters)))}]" for characters in self._classes)
        self._candidates = re.compile(f"{first}(?={''.join(others)})")

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield (start, end) of each form in a text; those that overlap are one."""
        begin = end = -1
        for start, form_end in self.places(text):
            if start >= end:
                if end > 0:
                    yield begin, end
                begin = start
            end = max(end, form_end)
        if end > 0:
            yield begin, end

    def places(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield (start, end) of each form in a text, also of those inside of others."""
        for start in self._possible_starts(text, 0):
            for length in self._lengths.get(text[start : start + _MIN_LENGTH], ()):
                if text[start : start + length] in self._forms:
                    yield start, start + length

    def begin_of_unfinished(self, text: str) -> int:
        """Return where the end of a text begins that a form begins with; the text's length if none does."""
        begin = next(self._unfinished(text), None)
        if begin is None:
            return len(text)
        # What is shown must not end inside of a form either.
        return self.begin_of_form_at(text, begin)

    def begin_of_form_at(self, text: str, offset: int) -> int:
        """Return where the form begins that an offset is inside of, or the offset if it is in none."""
        return next((start for start, end in self.spans(text) if start < offset < end), offset)

    def _unfinished(self, text: str) -> Iterator[int]:
        for start in self._possible_starts(text, max(0, len(text) - self._longest)):
            rest = text[start:]
            forms = self._by_key.get(rest[:_MIN_LENGTH], ())
            if any(len(form) > len(rest) and form.startswith(rest) for form in forms):
                yield start
        for start in range(max(0, len(text) - _MIN_LENGTH + 1), len(text)):
            if text[start:] in self._starts:
                yield start

    def length_of_end(self, text: str) -> int:
        """Return how many characters at the beginning of a text are the end of a form."""
        key = text[:_MIN_LENGTH]
        longest = 0
        for form in self._forms:
            at = form.find(key, 1)
            while at >= 0 and not text.startswith(form[at:]):
                at = form.find(key, at + 1)
            if at >= 0:
                longest = max(longest, len(form) - at)
        if longest:
            return longest
        ends = (length for length in range(_MIN_LENGTH - 1, 0, -1) if length <= len(text))
        return next((n for n in ends if any(form.endswith(text[:n]) for form in self._forms)), 0)

    def _possible_starts(self, text: str, begin: int) -> Iterator[int]:
        return (found.start() for found in self._candidates.finditer(text, begin))


def _masked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    parts: list[str] = []
    shown = 0
    for start, end in spans:
        parts += (text[shown:start], MASK)
        shown = end
    return "".join((*parts, text[shown:]))


def _password_of(authorization: str) -> str:
    """Return the password of basic authentication, empty if there is none."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return a2b_base64(encoded).decode("utf-8", "replace").partition(":")[2]
    except ValueError:
        return ""


def _forms(text: str) -> Iterator[str]:
    """Yield a text as it is and as programs encode it, and each of these as it is written in JSON.

    Also in JSON that is itself a text in JSON: so is a trace's value of which a program printed the JSON.
    """
    for form in _encoded_forms(text):
        yield form
        if not form.isalnum() or not form.isascii():
            for json in _json_texts(form):
                yield json
                yield from _json_texts(json)


def _encoded_forms(text: str) -> Iterator[str]:
    """Yield a text as it is and as programs encode it: for JSON, URLs and XML, and in base64."""
    yield text
    encoded = text.encode("utf-8", "replace")
    for form in _in_base64(encoded):
        yield form
        yield form.replace("+", "-").replace("/", "_")
    if text.isalnum() and text.isascii():
        return
    yield from _json_texts(text)
    percents = "".join(chr(byte) if _is_unreserved(byte) else f"%{byte:02X}" for byte in encoded)
    for form in (percents, percents.replace("%2F", "/"), percents.replace("%20", "+")):
        yield form
        yield _with_small_percents(form)
    for char, entity in _XML:
        text = text.replace(char, entity)
    yield text
    for quote, apostrophe in (
        ("&quot;", "'"),
        ("&quot;", "&apos;"),
        ("&quot;", "&#39;"),
        ("&quot;", "&#x27;"),
        ("&#34;", "&#39;"),
    ):
        yield text.replace('"', quote).replace("'", apostrophe)


def _json_texts(text: str) -> Iterator[str]:
    """Yield a text as it is written in JSON, also in JSON of ASCII alone."""
    json = _in_json(text)
    yield json
    if not json.isascii():
        yield "".join(char if ord(char) < 128 else _ascii_escape(char) for char in json)


def _with_small_percents(text: str) -> str:
    return re.sub("%..", lambda found: found[0].lower(), text) if "%" in text else text


def _in_base64(data: bytes) -> Iterator[str]:
    """Yield the base64 of data, and the characters that stand for it alone where it is inside other data.

    Also the lines that programs break the base64 of long data into.
    """
    yield b2a_base64(data, newline=False).decode()
    for before, shared in ((0, 0), (1, 2), (2, 3)):
        whole = b2a_base64(bytes(before) + data, newline=False).decode()
        inside = whole[shared:].rstrip("=")
        # The last character of an incomplete group also depends on what follows.
        inside = inside[:-1] if (before + len(data)) % 3 else inside
        if len(inside) >= _MIN_LENGTH:
            yield inside
        if before == 0:
            for length in _BASE64_LINES:
                lines = (inside[at : at + length] for at in range(0, len(inside), length))
                yield from (line for line in lines if len(line) >= _MIN_LENGTH)


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


def _in_json(text: str) -> str:
    import msgspec

    return msgspec.json.encode(text.encode("utf-8", "replace").decode())[1:-1].decode()
