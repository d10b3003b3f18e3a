"""Sends the state of a run, and what its steps print, to a client that shows runs."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import msgspec
from duckflux.runtime.events import Event, ExecutionFinished, ExecutionStarted
from duckflux.terminal_text import printable, printable_line

from ..session.client import Client
from .overlay import Overlay

# Sent at a time: a step may print faster than anybody reads.
_MAX_CHARACTERS = 64_000


class RunUpdates:
    """Collects what to send from a run's events, if the client wants it.

    Secrets in events are masked already, by the run itself.
    """

    def __init__(self, client: Client, uri: str, overlay: Overlay) -> None:
        self.wanted = client.shows_runs
        self._client = client
        self._uri = uri
        self._overlay = overlay
        self._printed = io.StringIO()
        if self.wanted:
            from duckflux.trace.view.event_lines import EventLines

            self._lines = EventLines(self._printed, starts=True)

    def take(self, event: Event) -> None:
        """Take in the next event of the run, after the overlay has."""
        if not self.wanted:
            return
        if isinstance(event, ExecutionStarted):
            self._printed.write(f"── {printable_line(Path(event.workflow_path).name)}, {event.started_at}\n")
        self._lines.consume([event])
        if isinstance(event, ExecutionFinished):
            self._printed.write(f"── {self._overlay.summary}\n{printable(_result(event))}\n")

    def send(self) -> None:
        """Send the state of the run, and what was printed since the last time."""
        if not self.wanted:
            return
        self._client.notify_run(run_state(self._uri, self._overlay), _shortened(self._printed.getvalue()))
        self._printed.seek(0)
        self._printed.truncate()


def run_state(uri: str, overlay: Overlay, *, restored: bool = False) -> dict[str, Any]:
    """Return how a run stands, as clients are told.

    `restored` says that it ended earlier, and is known from its trace.
    """
    return {
        "uri": uri,
        "state": overlay.state,
        "current": overlay.current,
        "waiting": [waiting._asdict() for waiting in overlay.waiting],
        "summary": overlay.summary,
        "tracePath": str(overlay.trace_path) if overlay.trace_path else None,
        "restored": restored,
    }


def _shortened(text: str) -> str:
    if len(text) <= _MAX_CHARACTERS:
        return text
    half = _MAX_CHARACTERS // 2
    return f"{text[:half]}\n… {len(text) - 2 * half:,} characters left out …\n{text[-half:]}"


def _result(event: ExecutionFinished) -> str:
    """Return the workflow's output as text, or why there is none."""
    if event.error:
        return f"{event.error}\n"
    if event.output is msgspec.UNSET or event.output is None:
        return ""
    if isinstance(event.output, str):
        return f"{event.output.rstrip()}\n"
    return msgspec.json.format(msgspec.json.encode(event.output), indent=2).decode() + "\n"
