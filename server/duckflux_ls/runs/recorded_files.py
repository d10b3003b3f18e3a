"""Makes files out of the last run of a workflow: a test, mocks, inputs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
from duckflux.ide.refactors import NewFile
from duckflux.language.workflow_files import WORKFLOW_SUFFIXES

from .inputs import inputs_file
from .last_run import LastRun


class RecordedFile(msgspec.Struct, frozen=True):
    """A file that a code action creates; `refused` says why it can't, and then there is no `file`."""

    title: str
    file: NewFile | None = None
    refused: str = ""


def recorded_files(run: LastRun, workflow: Path) -> Iterator[RecordedFile]:
    """Yield the files that the last run of a workflow gives. Looks for files: not for the event loop."""
    from duckflux.testing.recorded_test import NotRecordedError, recorded_mocks, recorded_test

    trace, model = run.trace, run.workflow
    makers: tuple[tuple[str, str, Callable[[], str]], ...] = (
        (
            "Write a test from the last run",
            "ducktest.yaml",
            lambda: recorded_test(trace, model, workflow.name),
        ),
        ("Write mocks from the last run", "mocks.yaml", lambda: recorded_mocks(trace, model)),
    )
    for title, suffix, text in makers:
        try:
            yield RecordedFile(title, NewFile(_free_path(workflow, suffix), text()))
        except NotRecordedError as error:
            yield RecordedFile(title, refused=str(error))
    yield from _inputs(run, inputs_file(workflow))


def _inputs(run: LastRun, path: Path) -> Iterator[RecordedFile]:
    """Yield the file of inputs that later runs from the editor take."""
    execution = run.trace.execution
    if not execution.inputs or path.exists():
        return
    title = "Keep the inputs of the last run for later runs"
    if execution.masked or execution.truncated:
        yield RecordedFile(title, refused="inputs of the run are masked or cut in its trace")
        return
    text = json.dumps(execution.inputs, indent=2, ensure_ascii=False)
    yield RecordedFile(title, NewFile(path, f"{text}\n"))


def _free_path(workflow: Path, suffix: str) -> Path:
    """Return a path beside a workflow where no file is."""
    suffixes = (end for end in WORKFLOW_SUFFIXES if workflow.name.endswith(end))
    stem = workflow.name.removesuffix(next(suffixes, workflow.suffix))
    number, path = 1, workflow.with_name(f"{stem}.{suffix}")
    while path.exists():
        number += 1
        path = workflow.with_name(f"{stem}-{number}.{suffix}")
    return path
