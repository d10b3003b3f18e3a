"""Makes the overlay of a trace file on the workflow that is open in the editor."""

from __future__ import annotations

from pathlib import Path

from duckflux.language.analysis import Analysis
from duckflux.trace.folder import read_with_state
from duckflux.trace.model import mark_interrupted
from duckflux.trace.readers import TraceError
from duckflux.trace.view.locate_steps import locate_steps, shown_file

from .overlay import Overlay


def overlay_of_trace(path: Path, workflow: Path | None, analysis: Analysis) -> Overlay:
    """Return the results of a trace on a workflow. Raises TraceError, also for a trace of another workflow."""
    trace, state = read_with_state(path)
    trace = mark_interrupted(trace) if state == "interrupted" else trace
    trace = locate_steps(trace, analysis.workflow)
    file = shown_file(trace, workflow, analysis.document.digest)
    steps = [step for step in trace.steps if step.path is not None and step.workflow == file]
    if trace.steps and not steps:
        raise TraceError(f"{path.name}: the trace does not tell where its steps belong in this workflow")
    overlay = Overlay(analysis, path.parent)
    same = file is not None or trace.execution.workflow_hash in (None, analysis.document.digest)
    overlay.load(path, trace.execution, steps, file, same_text=same)
    return overlay
