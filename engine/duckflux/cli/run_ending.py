"""Says how a run ended, where its trace is, and how to continue it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..runtime.events import Event, ExecutionFinished, ExecutionStarted, StepFinished, StepStarted
from ..trace.usage import Usage, added, reported_usage
from ..trace.view.event_lines import CONSTRUCTS, SYMBOLS
from ..trace.view.labels import duration_text

if TYPE_CHECKING:
    import argparse

_CANCELLED = "cancelled"
# What a continued run needs again, because it is not in the trace.
_KEPT_OPTIONS = (
    "cwd",
    "event_backend",
    "nats_url",
    "nats_stream",
    "redis_addr",
    "redis_db",
    "event_option",
    "trace_dir",
    "trace_format",
)
_DEFAULTS = ("memory", "json", None)


class RunEnding:
    """A listener that keeps how a run ended.

    `cancelled` are the steps that ran when it was cancelled; `usage` is the sum of what steps report.
    """

    wants_output = False
    wants_digests = False
    congested = False

    def __init__(self) -> None:
        self.execution_id = ""
        self.finished: ExecutionFinished | None = None
        self.cancelled: list[str] = []
        self.usage: Usage | None = None
        self._running: dict[int, StepStarted] = {}

    def notify(self, event: Event) -> None:
        """Take an event."""
        match event:
            case ExecutionStarted():
                self.execution_id = event.id
            case StepStarted() if event.type not in CONSTRUCTS:
                self._running[event.seq] = event
            case StepFinished() if event.seq in self._running:
                started = self._running.pop(event.seq)
                if event.error == _CANCELLED:
                    self.cancelled.append(started.name)
                if not event.reused:
                    self.usage = added(self.usage, reported_usage(started.type, event.output))
            case ExecutionFinished():
                self.finished = event
            case _:
                pass


def ending_lines(
    args: argparse.Namespace, ending: RunEnding, trace: str | None, failed_step: str | None
) -> Iterator[str]:
    """Yield the lines for the end of a run: what became of it, and the command that continues it."""
    if ending.finished is None:
        return
    parts = [_outcome(ending.finished)]
    # Steps are cancelled by a failure of another branch too.
    if steps := [failed_step] if failed_step else ending.cancelled:
        parts.append(f"step{'s' if len(steps) > 1 else ''} {', '.join(steps)}")
    if ending.usage is not None:
        parts.append(str(ending.usage))
    if trace is not None:
        parts.append(f"trace: {trace}")
    yield f"{SYMBOLS[ending.finished.status]} {' · '.join(parts)}"
    if trace is not None and ending.finished.status == "failure" and not args.trace_no_values:
        yield f"to continue: {_resume_command(args, trace)}"


def _outcome(finished: ExecutionFinished) -> str:
    spent = duration_text(finished.duration)
    return f"cancelled after {spent}" if finished.error == _CANCELLED else f"{finished.status} in {spent}"


def _resume_command(args: argparse.Namespace, trace: str) -> str:
    import shlex

    words = ["duckflux", "run", args.file, "--resume", trace]
    for option in _KEPT_OPTIONS:
        value = getattr(args, option)
        for each in value if isinstance(value, list) else [value]:
            if each not in _DEFAULTS:
                words += [f"--{option.replace('_', '-')}", each]
    return shlex.join(words)


def trace_file(args: argparse.Namespace, folder: str, execution_id: str) -> str | None:
    """Return the path of a run's trace, None if it could not be written."""
    path = os.path.join(folder, f"{execution_id}.{args.trace_format}")
    return path if os.path.exists(path) else None
