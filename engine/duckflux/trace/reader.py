"""Reads trace files: ours, with what a journal beside them adds, and the reference's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from .journal import is_left, journal_of, read_journal
from .model import Execution, Step, Trace
from .writers.json import write_trace


class TraceError(Exception):
    """A file that is no readable trace; the text is a sentence for people."""


def read(path: Path) -> Trace:
    """The trace of a JSON file, up to the last event of a run that still runs or broke off. Raises TraceError."""
    # The journal first: when it is gone, the file is complete.
    return read_journal(journal_of(path)) or _from_json(path)


def interrupted(path: Path, trace: Trace) -> bool:
    """Whether the run of a trace just read from `path` broke off, and so neither runs nor has ended."""
    if trace.execution.status != "running":
        return False
    journal = journal_of(path)
    return not journal.exists() or is_left(journal)


def fold(path: Path) -> Trace:
    """`read`; and a journal that a run left when it broke off goes into the file. Raises TraceError."""
    trace = read(path)
    journal = journal_of(path)
    if is_left(journal):
        try:
            write_trace(path, trace)
            journal.unlink()
        except OSError as error:
            raise TraceError(f"{path}: {error.strerror}") from None
    return trace


def _from_json(path: Path) -> Trace:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise TraceError(f"{path}: {error.strerror}") from None
    try:
        document = msgspec.json.decode(content)
    except (ValueError, RecursionError) as error:
        raise TraceError(f"{path}: not a JSON trace: {error}") from None
    return _trace(path, document)


def _trace(path: Path, document: Any) -> Trace:
    if not isinstance(document, dict) or not isinstance(document.get("execution"), dict):
        raise TraceError(f"{path}: not a duckflux trace: there is no `execution` in it")
    steps = document.get("steps", [])
    if not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
        raise TraceError(f"{path}: not a duckflux trace: `steps` is no list of steps")
    try:
        execution = msgspec.convert(_tolerant(document["execution"]), Execution, strict=False)
        records = [msgspec.convert(_tolerant(step), Step, strict=False) for step in steps]
    except msgspec.ValidationError as error:
        raise TraceError(f"{path}: not a duckflux trace: {error}") from None
    return Trace(execution, tuple(sorted(records, key=lambda step: step.seq)))


def _tolerant(record: dict[str, Any]) -> dict[str, Any]:
    """The reference leaves out what it does not know; durations may have fractions, versions be numbers."""
    known = {"finishedAt": "", "duration": 0, "inputs": None, "output": None} | record
    if "seq" in record:
        del known["inputs"]
        if "output" not in record:
            del known["output"]
    if isinstance(known["duration"], float):
        known["duration"] = round(known["duration"])
    if isinstance(version := known.get("workflowVersion"), int | float):
        known["workflowVersion"] = str(version)
    return known
