"""Keeps the run that the last run of a document is compared with, until that is ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..session.client import Client
from ..session.documents import OpenDocument
from .manager import Runs
from .overlay import Overlay
from .traces import comparison_page

_NOTHING_SHOWN = "open the workflow in the editor, with the results of a run, to compare another run with it"
_SAME_RUN = "these results are those of the same run: choose another one to compare with it"


class Comparisons:
    """The runs before, by the URI of the workflow.

    `on_change` is called with it when a comparison begins or ends.
    """

    def __init__(self, client: Client, runs: Runs, on_change: Callable[[str], None]) -> None:
        self._client = client
        self._runs = runs
        self._on_change = on_change
        self._before: dict[str, Overlay] = {}

    def before(self, uri: str) -> Overlay | None:
        """Return the results of the run that the last one of a document is compared with, None without one."""
        return self._before.get(uri)

    async def begin(self, document: OpenDocument | None, before: Path, after: Path | None) -> dict[str, Any]:
        """Show a trace on a workflow, by default that of the last run, and how it differs from the one before.

        Return the ids of the run that is shown, or a message if that is not possible.
        """
        from duckflux.trace.readers import TraceError

        from .trace_overlay import overlay_of_trace

        if document is not None and after is not None:
            shown = await self._runs.show(document, str(after))
            if shown["executionId"] is None:
                return shown
        overlay = self._runs.overlay(document.uri) if document is not None else None
        if document is None or overlay is None:
            return self._refused(_NOTHING_SHOWN)
        if overlay.trace_path == before:
            return self._refused(_SAME_RUN)
        try:
            found = await asyncio.to_thread(
                overlay_of_trace, before, document.path, await document.analysis()
            )
        except TraceError as error:
            return self._refused(str(error))
        found.reopened(document.text)
        self._before[document.uri] = found
        self._on_change(document.uri)
        return {"executionId": overlay.execution_id, "tracePath": str(overlay.trace_path)}

    def _refused(self, message: str) -> dict[str, Any]:
        self._client.show_error(message)
        return {"executionId": None, "tracePath": None, "message": message}

    async def page(self, uri: str) -> dict[str, Any] | None:
        """Return a page with the compared runs of a document, as `html` with a `title`; None without them."""
        from duckflux.trace.readers import TraceError

        before, after = self.before(uri), self._runs.overlay(uri)
        if before is None or after is None or before.trace_path is None or after.trace_path is None:
            self._client.show_error("no runs are compared: choose two of this workflow first")
            return None
        try:
            return await asyncio.to_thread(comparison_page, before.trace_path, after.trace_path)
        except TraceError as error:
            self._client.show_error(str(error))
            return None

    def end(self, uri: str) -> bool:
        """Show the last run of a document alone again. Return False if it was compared with none."""
        if self._before.pop(uri, None) is None:
            return False
        self._on_change(uri)
        return True

    def forget(self, trace: Path) -> None:
        """End the comparisons with a trace that was removed."""
        for uri, overlay in [*self._before.items()]:
            if overlay.trace_path == trace:
                self.end(uri)
