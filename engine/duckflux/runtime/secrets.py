"""Secrets are shown as `***` in traces, events and messages (LANGUAGE section 7)."""

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
    """The texts to hide. Knows them by the names of variables they came in, and by what it is told."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._texts: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self._quoted: re.Pattern[bytes] | None = None
        self.learn_variables(environment or {})

    def learn_variables(self, variables: Mapping[str, Any]) -> None:
        """Hide the texts of those variables whose names look secret."""
        for name, value in variables.items():
            if isinstance(value, str) and _SECRET_NAME.search(name):
                self.learn(value)

    def learn(self, value: Any) -> None:
        """Hide this text (and its lines, if it has several); too short ones would hide half of everything."""
        if not isinstance(value, str):
            return
        new = {
            text for text in (value, value.strip(), *value.splitlines()) if len(text) >= _MIN_LENGTH
        } - self._texts
        if not new:
            return
        self._texts |= new
        # The longest first: one secret may be part of another.
        ordered = sorted(self._texts, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, ordered)))
        self._quoted = re.compile(b"|".join(re.escape(_in_json(text)) for text in ordered))

    def mask(self, text: str) -> str:
        return self._pattern.sub(MASK, text) if self._pattern else text

    def occur_in(self, json: bytes) -> bool:
        """Whether a value, given as compact JSON, may hold a secret. Quick; may be wrong about being so."""
        return self._quoted is not None and self._quoted.search(json) is not None

    def mask_value(self, value: Any) -> Any:
        """A JSON value with every secret in its texts, keys and numbers masked."""
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
