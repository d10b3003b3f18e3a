"""Remembers which diagnostics the client has of each document, so that equal ones are not sent again."""

from __future__ import annotations

from itertools import count

from lsprotocol import types


class ResultIds:
    """The result id of the last diagnostics of each URI; it stays the same while they do."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[str, list[types.Diagnostic]]] = {}
        self._ids = map(str, count(1))

    def id_for(self, uri: str, diagnostics: list[types.Diagnostic]) -> str:
        """Return the result id of these diagnostics."""
        known = self._last.get(uri)
        if known is not None and known[1] == diagnostics:
            return known[0]
        self._last[uri] = next(self._ids), diagnostics
        return self._last[uri][0]

    def forget(self, uri: str) -> None:
        """Forget the diagnostics of a document."""
        self._last.pop(uri, None)
