"""Finds the variables of a recorded run at one of its steps."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..files import read_named_file
from ..language.model.workflow import build
from ..language.syntax import MAX_BYTES, parse
from ..trace.folder import newest_trace
from ..trace.model import Step, Trace
from ..trace.readers import read
from ..trace.readers.error import TraceError
from ..trace.view.locate_steps import locate_steps
from .step_selectors import StepSelector
from .trace_values import TraceValues


def recorded_variables(path: Path, at: str | None) -> Mapping[str, Any]:
    """Return the variables that the expressions of a step saw, those at the end of the run for None.

    `path` is a trace, or a folder for its newest one. `at` is a step selector (`review`, `/flow/2`, `review@1`);
    without iterations it is the last execution. Raises TraceError if there is no such step, or if the workflow
    of the run can't be read.
    """
    trace = read(newest_trace(path))
    file = trace.execution.workflow_path
    if file is None:
        raise TraceError(f"{path}: the trace does not tell its workflow")
    try:
        workflow = build(parse(read_named_file(file, MAX_BYTES).decode()))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not a text"
        raise TraceError(f"{file}, the workflow of the trace, can't be read: {reason}") from None
    trace = locate_steps(trace, workflow)
    step = _selected(trace, StepSelector.parse(at)) if at is not None else None
    return TraceValues(trace).variables(step, None, workflow)


def _selected(trace: Trace, selector: StepSelector) -> Step:
    step = selector.find(reversed(trace.steps))
    if step is not None:
        return step
    any_iteration = selector._replace(iterations=None)
    last = any_iteration.find(reversed(trace.steps))
    if last is None:
        raise TraceError(f"the run has not come to a step `{selector.step}`")
    if not last.iterations:
        raise TraceError(f"the step `{selector.step}` is in no loop: leave out its iteration")
    iteration = ".".join(map(str, last.iterations))
    raise TraceError(
        f"the step `{selector.step}` has not run in that iteration: iterations count from 0, and its last one "
        f"is `{selector.step}@{iteration}`"
    )
