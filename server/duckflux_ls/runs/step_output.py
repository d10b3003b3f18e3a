"""Reads what a step of a run has printed, for the editor to show while it runs and later."""

from __future__ import annotations

from pathlib import Path

from duckflux.trace.model import Step
from duckflux.trace.output_log import log_path, read_output
from duckflux.trace.view.printed_lines import printed_lines

_NOT_KEPT = (
    "What the steps of this run print is not kept with its trace: see the setting duckflux.trace.output."
)


def step_output(trace: Path | None, step: Step) -> str:
    """Return the lines of one execution of a step with their times. Reads a file: not for the event loop."""
    if trace is None:
        return f"{_NOT_KEPT}\n"
    lines = read_output(trace, (step.seq,))
    if lines:
        return "".join(printed_lines(lines))
    return (
        "(nothing printed so far)\n"
        if log_path(trace).exists() or step.status == "running"
        else f"{_NOT_KEPT}\n"
    )
