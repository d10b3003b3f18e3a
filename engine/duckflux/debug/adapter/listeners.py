"""Tells a client what happens in a run: what steps print, how they fail, how the run ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...runtime.events import (
    Event,
    ExecutionFinished,
    OutputChunk,
    StepFinished,
    StepStarted,
)
from ..run_target import RunTarget
from ..sites import Position

if TYPE_CHECKING:
    from .session import Session

# Exit codes of runs.
_OK, _FAILED, CANCELLED = 0, 2, 143


class Console:
    """A listener that shows in the client's console what steps print and how they fail."""

    wants_output = True
    wants_digests = False
    congested = False

    def __init__(self, session: Session, target: RunTarget) -> None:
        self._session = session
        self._target = target
        self._running: dict[int, StepStarted] = {}

    def notify(self, event: Event) -> None:
        """Show an event."""
        match event:
            case StepStarted():
                self._running[event.seq] = event
            case OutputChunk():
                self._show(event.seq, event.text, event.stream)
            case StepFinished():
                if event.status == "failure" and event.error:
                    step = self._running.get(event.seq)
                    self._show(event.seq, f"step '{step.name if step else ''}': {event.error}\n", "console")
                self._running.pop(event.seq, None)
            case _:
                pass

    def _show(self, seq: int, text: str, category: str) -> None:
        step = self._running.get(seq)
        file, line = "", 0
        if step is not None and (sites := self._target.loaded_sites(step.workflow)) is not None:
            site = sites.at(Position(step.path))
            file, line = step.workflow, site.line if site is not None else 0
        self._session.show(self._target.secrets.mask(text), category, file, line)


class End:
    """A listener that tells the client how the run ends."""

    wants_output = False
    wants_digests = False
    congested = False

    def __init__(self, session: Session) -> None:
        self._session = session

    def notify(self, event: Event) -> None:
        """Tell the end of the run."""
        if isinstance(event, ExecutionFinished):
            self._session.ended(exit_code(event.status == "success"))


def exit_code(success: bool) -> int:
    """Return the exit code of a run that has ended by itself."""
    return _OK if success else _FAILED
