"""Masks secrets as `***` in traces, events and messages (docs/language.md#secrets)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

MASK = "***"
_MIN_LENGTH = 6
_SECRET_NAME = re.compile(
    r"(?:^|[_.-])(?:token|secret|password|passwd|passphrase|pat|credentials?)(?:$|[_.-])"
    r"|(?:api|access|private|secret|signing|encryption|account|auth)[_-]?key"
    r"|(?:token|secret|password)s?$",
    re.IGNORECASE,
)


class Secrets:
    """The texts to mask, recognized by the names of their variables or told by `learn`."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._texts: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self._quoted: re.Pattern[bytes] | None = None
        self.learn_variables(environment or {})

    def learn_variables(self, variables: Mapping[str, Any]) -> None:
        """Mask the values of variables whose names look like those of secrets."""
        for name, value in variables.items():
            if isinstance(value, str) and _SECRET_NAME.search(name):
                self.learn(value)

    def learn(self, value: Any) -> None:
        """Mask this text and each of its lines. Short ones are ignored: masking them would hide too much."""
        if not isinstance(value, str):
            return
        new = {
            text for text in (value, value.strip(), *value.splitlines()) if len(text) >= _MIN_LENGTH
        } - self._texts
        if not new:
            return
        self._texts |= new
        # Longest first, because one secret may contain another.
        ordered = sorted(self._texts, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, ordered)))
        self._quoted = re.compile(b"|".join(re.escape(_in_json(text)) for text in ordered))

    def mask(self, text: str) -> str:
        """Return a text with its secrets masked."""
        return self._pattern.sub(MASK, text) if self._pattern else text

    def occur_in(self, json: bytes) -> bool:
        """Return whether a value, given as compact JSON, may contain a secret. Fast, with false positives."""
        return self._quoted is not None and self._quoted.search(json) is not None

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


def _in_json(text: str) -> bytes:
    import msgspec

    return msgspec.json.encode(text.encode("utf-8", "replace").decode())[1:-1]
