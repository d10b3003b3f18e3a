"""Writes a run's summary in Markdown, by itself under GitHub Actions, and annotates the step that failed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from ..runtime.events import UNSET, Event
from ..trace.model import Step, Trace, TraceBuilder
from ..trace.view.error_lines import error_lines
from .github_commands import annotation

if TYPE_CHECKING:
    from ..runtime.errors import StepError
    from ..runtime.secrets import Secrets

# More steps than a summary has rows need not be kept.
_MAX_STEPS = 5_000
_MAX_MESSAGE_LINES = 10


class RunSummary:
    """A listener that keeps the steps of a run, without their values."""

    wants_output = False
    wants_digests = False
    congested = False

    def __init__(self) -> None:
        self._builder = TraceBuilder()
        self._steps: dict[int, Step] = {}

    def notify(self, event: Event) -> None:
        """Take an event."""
        record = self._builder.apply(event)
        if isinstance(record, Step) and (len(self._steps) < _MAX_STEPS or record.status == "failure"):
            self._steps[record.seq] = msgspec.structs.replace(record, input=UNSET, output=UNSET)

    def markdown(self, secrets: Secrets) -> str:
        """Return the summary, with secrets masked; empty if nothing ran."""
        from ..trace.export.markdown import export

        execution = self._builder.execution
        if execution is None:
            return ""
        trace = Trace(execution, tuple(self._steps[seq] for seq in sorted(self._steps)))
        return secrets.mask(export(trace, execution.status).decode())


def job_target() -> list[tuple[str, str]]:
    """Return the file of the job's summary, if it has one, with the mode to open it in."""
    job = os.environ.get("GITHUB_STEP_SUMMARY")
    # All steps of a job have one file.
    return [(job, "a")] if job else []


def write_summaries(targets: list[tuple[str, str]], text: str) -> Iterator[str]:
    """Write a summary to files, and yield a warning for each that cannot be written."""
    for path, mode in targets:
        try:
            with open(path, mode, encoding="utf-8", errors="replace") as file:
                file.write(text)
        except OSError as error:
            yield f"the summary {path} cannot be written: {error.strerror}"


def annotate_failure(error: StepError, secrets: Secrets) -> None:
    """Print the command that shows an error at its line."""
    place = error.location
    where: dict[str, str | int] = {}
    if place is not None:
        where = {"file": _relative(place.file), "line": place.line, "col": place.column}
    title = f"step {error.step}" if error.step else "workflow"
    message = "\n".join(error_lines(error.message, _MAX_MESSAGE_LINES))
    print(secrets.mask(annotation("error", message, **where, title=title)), file=sys.stderr)


def _relative(file: str) -> str:
    """Return the path in the repository, which annotations need."""
    root = os.environ.get("GITHUB_WORKSPACE")
    return os.path.relpath(file, root) if root and file.startswith(root.rstrip("/") + "/") else file
