"""What the client was told of each text: a report that says the same again is not sent again."""

from __future__ import annotations

from itertools import count

from lsprotocol import types


class Reports:
    """The last diagnostics of each URI under an id; the id stays as long as they do."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[str, list[types.Diagnostic]]] = {}
        self._ids = map(str, count(1))

    def id_for(self, uri: str, diagnostics: list[types.Diagnostic]) -> str:
        """The result id of these diagnostics."""
        known = self._last.get(uri)
        if known is not None and known[1] == diagnostics:
            return known[0]
        self._last[uri] = next(self._ids), diagnostics
        return self._last[uri][0]

    def forget(self, uri: str) -> None:
        self._last.pop(uri, None)
