"""Finds the trace of an earlier run that a new one builds on."""

from __future__ import annotations

from pathlib import Path

from ..trace.folder import newest_trace
from ..trace.model import Execution, Trace
from ..trace.readers import recover
from ..trace.readers.error import TraceError


def earlier_run(name: str, file: str, digest: str) -> Trace:
    """Return a trace of a workflow: a file, or the newest one in a folder.

    `file` is the workflow's absolute path, `digest` that of its text. Raises TraceError if the trace is that
    of another workflow, or does not tell where its steps are.
    """

    def is_of_this(execution: Execution) -> bool:
        return execution.workflow_path == file or execution.workflow_hash == digest

    trace = recover(newest_trace(Path(name), is_of_this))
    recorded_file = trace.execution.workflow_path
    if recorded_file is None or any(step.path is None for step in trace.steps):
        raise TraceError(
            f"{name} does not tell where its steps are in the file: it was not written by duckflux"
        )
    if not is_of_this(trace.execution):
        raise TraceError(f"{name} is the trace of another workflow, {recorded_file}")
    return trace
