"""Makes records from maps of fields, whoever has written them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from ..model import Execution, Step, Trace
from .error import TraceError

_EXECUTION = {"finishedAt": "", "duration": 0, "inputs": None, "output": None}
_MAX_DURATION = 2**53
_STEP = {"startedAt": "", "finishedAt": "", "duration": 0}


def parse_trace(path: Path, execution: Any, steps: Any) -> Trace:
    """Return the trace of fields with their JSON names. Raises TraceError."""
    if not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
        raise TraceError(f"{path}: not a duckflux trace: `steps` must be a list of steps")
    read_execution = parse_execution(path, execution)
    try:
        records = [msgspec.convert(_normalized(_STEP | step), Step, strict=False) for step in steps]
    except msgspec.ValidationError as error:
        raise TraceError(f"{path}: not a duckflux trace: {error}") from None
    return Trace(read_execution, tuple(sorted(records, key=lambda step: step.seq)))


def parse_execution(path: Path, fields: Any) -> Execution:
    """Return the execution of fields with their JSON names. Raises TraceError."""
    if not isinstance(fields, dict):
        raise TraceError(f"{path}: not a duckflux trace: `execution` is missing")
    try:
        return msgspec.convert(_normalized(_EXECUTION | fields), Execution, strict=False)
    except msgspec.ValidationError as error:
        raise TraceError(f"{path}: not a duckflux trace: {error}") from None


def _normalized(fields: dict[str, Any]) -> dict[str, Any]:
    """Return fields with whole durations and versions as text, which the reference may write otherwise."""
    duration = fields["duration"]
    if isinstance(duration, int | float):
        if not abs(duration) <= _MAX_DURATION:
            raise msgspec.ValidationError("`duration` is not a number of milliseconds")
        fields["duration"] = round(duration)
    if isinstance(version := fields.get("workflowVersion"), int | float):
        fields["workflowVersion"] = str(version)
    return fields
