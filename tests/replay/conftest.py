"""Runs a workflow, and runs it again on what the first run left."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from duckflux.replay.recorded_run import RecordedRun
from duckflux.runtime.events import Event, StepStarted
from duckflux.trace.model import Trace, trace_from_events

from ..runtime.conftest import Flows, Ran


class Again(Flows):
    """Workflows whose commands write down each of their runs in `ran.txt`."""

    @property
    def ran(self) -> list[str]:
        """What has run so far, in order; asking forgets it."""
        path = self.folder / "ran.txt"
        lines = path.read_text().split() if path.exists() else []
        path.unlink(missing_ok=True)
        return lines

    def history(self, trace: Trace) -> RecordedRun:
        return RecordedRun(trace, str(self.folder / "main.duck.yaml"))


@pytest.fixture
def again(tmp_path: Path) -> Again:
    return Again(tmp_path)


def cut(ran: Ran, keep: Callable[[Event], bool]) -> Trace:
    """The trace as a kill leaves it: with the events up to the first that is not to be kept."""
    events: list[Event] = []
    for event in ran.events:
        if not keep(event):
            break
        events.append(event)
    return trace_from_events(events)


def before(name: str, iterations: tuple[int, ...] = ()) -> Callable[[Event], bool]:
    """Up to the start of a step."""

    def keep(event: Any) -> bool:
        return not (isinstance(event, StepStarted) and event.name == name and event.iterations == iterations)

    return keep
