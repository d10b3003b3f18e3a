"""Records from maps of fields, which may be anybody's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from ..model import Execution, Step, Trace
from .error import TraceError

_EXECUTION = {"finishedAt": "", "duration": 0, "inputs": None, "output": None}
_STEP = {"startedAt": "", "finishedAt": "", "duration": 0}


def parse_trace(path: Path, execution: Any, steps: Any) -> Trace:
    """A trace from fields by their names in JSON. Raises TraceError."""
    if not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
        raise TraceError(f"{path}: not a duckflux trace: `steps` is no list of steps")
    read_execution = parse_execution(path, execution)
    try:
        records = [msgspec.convert(_tolerant(_STEP | step), Step, strict=False) for step in steps]
    except msgspec.ValidationError as error:
        raise TraceError(f"{path}: not a duckflux trace: {error}") from None
    return Trace(read_execution, tuple(sorted(records, key=lambda step: step.seq)))


def parse_execution(path: Path, fields: Any) -> Execution:
    """An execution from fields by their names in JSON. Raises TraceError."""
    if not isinstance(fields, dict):
        raise TraceError(f"{path}: not a duckflux trace: there is no `execution` in it")
    try:
        return msgspec.convert(_tolerant(_EXECUTION | fields), Execution, strict=False)
    except msgspec.ValidationError as error:
        raise TraceError(f"{path}: not a duckflux trace: {error}") from None


def _tolerant(fields: dict[str, Any]) -> dict[str, Any]:
    """The reference's durations may have fractions, its versions be numbers."""
    if isinstance(fields["duration"], float):
        fields["duration"] = round(fields["duration"])
    if isinstance(version := fields.get("workflowVersion"), int | float):
        fields["workflowVersion"] = str(version)
    return fields
