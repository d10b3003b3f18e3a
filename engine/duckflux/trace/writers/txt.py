"""Writes text traces: a section is appended for each finished step (docs/traces.md).

While the run lasts, a journal lies beside the file, as for JSON. The end of the run replaces the file,
because the first section then contains the result; readers never see half of it.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from ..journal import Journal
from ..model import Execution, Step, Trace
from ..private_files import create_file, make_folder, replace_atomically
from ..text_values import ABSENT, format_field, format_value

_COPY = 1024 * 1024
_RARE_FIELDS = {
    "workflow": "workflow",
    "branch": "branch",
    "attempts": "attempts",
    "exitCode": "exit_code",
    "reason": "reason",
    "digest": "digest",
    "reused": "reused",
    "queued": "queued",
    "awaits": "awaits",
    "lastValues": "last_values",
    "answeredBy": "answered_by",
    "answeredAt": "answered_at",
    "truncated": "truncated",
    "masked": "masked",
}
_EXECUTION_FIELDS = {
    "error": "error",
    "workflowId": "workflow_id",
    "workflowName": "workflow_name",
    "workflowVersion": "workflow_version",
    "workflowPath": "workflow_path",
    "workflowHash": "workflow_hash",
    "resumedFrom": "resumed_from",
    "truncated": "truncated",
    "masked": "masked",
}
FORM = "indented"


class TxtWriter:
    """Writes `<directory>/<id>.txt`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._head_size = 0
        self._path: Path
        self._file: BinaryIO
        self._journal: Journal

    def open(self, execution: Execution) -> None:
        make_folder(self._directory)
        self._path = self._directory / f"{execution.id}.txt"
        self._journal = Journal(self._path)
        self._journal.write(execution)
        self._journal.flush()
        self._file = create_file(self._path)
        head = _head(execution)
        self._head_size = len(head)
        self._file.write(head)
        self.flush()

    def step(self, step: Step) -> None:
        self._journal.write(step)
        if step.status != "running":
            self._file.write(_section(step))

    def flush(self) -> None:
        self._journal.flush()
        self._file.flush()

    def close(self, execution: Execution) -> None:
        self._journal.write(execution)
        self._file.write(_end(execution))
        self.flush()
        self._file.close()
        with self._path.open("rb") as source, replace_atomically(self._path) as file:
            source.seek(self._head_size)
            file.write(_head(execution))
            shutil.copyfileobj(source, file, _COPY)
        self._journal.remove()


def write_trace(path: Path, trace: Trace) -> None:
    """Write a whole trace at once. Raises OSError."""
    with replace_atomically(path) as file:
        file.write(_head(trace.execution))
        file.writelines(map(_section, trace.steps))
        if trace.execution.status != "running":
            file.write(_end(trace.execution))


def _head(execution: Execution) -> bytes:
    version = f" (v{execution.workflow_version})" if execution.workflow_version is not None else ""
    label = execution.workflow_name or execution.workflow_id or "unnamed"
    lines = [
        "# execution\n",
        format_field("id", execution.id),
        format_field("workflow", label + version),
        f"startedAt: {execution.started_at}\n",
        f"status: {execution.status}\n",
    ]
    if execution.finished_at:
        lines += (f"finishedAt: {execution.finished_at}\n", f"duration: {execution.duration}ms\n")
    lines += (f"form: {FORM}\n", *_present_fields(execution, _EXECUTION_FIELDS))
    lines += ("\n# inputs\n", _as_json(execution.inputs), "\n\n# steps\n\n")
    return _encoded(lines)


def _section(step: Step) -> bytes:
    """Return a step's section: the reference's fields in its order, then the additions, long ones last."""
    name = (
        step.name if format_value(step.name) == step.name and "\n" not in step.name else _as_json(step.name)
    )
    lines = [f"## [{step.seq}] {name} ({step.type})\nstartedAt: {step.started_at}\n"]
    if step.finished_at:
        lines.append(f"finishedAt: {step.finished_at}\nduration: {step.duration}ms\n")
    lines.append(f"status: {step.status}\n")
    if step.loop_index is not None:
        lines.append(f"loopIndex: {step.loop_index}\n")
    if step.retries:
        lines.append(f"retries: {step.retries}\n")
    if step.path is not None:
        lines.append(format_field("path", step.path))
    if step.parent is not None:
        lines.append(f"parent: {step.parent}\n")
    if step.iterations:
        lines.append(f"iterations: {[*step.iterations]}\n")
    lines += _present_fields(step, _RARE_FIELDS)
    lines += (format_field("input", step.input), format_field("output", step.output))
    if step.error is not None:
        lines.append(format_field("error", step.error))
    if step.stderr is not None:
        lines.append(format_field("stderr", step.stderr))
    lines.append("\n")
    return _encoded(lines)


def _present_fields(record: Execution | Step, names: dict[str, str]) -> list[str]:
    """Return the lines of the fields that have a value."""
    values = [(name, getattr(record, attribute)) for name, attribute in names.items()]
    return [format_field(name, value) for name, value in values if value not in (None, (), False)]


def _end(execution: Execution) -> bytes:
    return _encoded(
        ("# output\n", ABSENT if _is_null(execution.output) else format_value(execution.output), "\n")
    )


def _is_null(value: Any) -> bool:
    return value is None or (isinstance(value, msgspec.Raw) and bytes(value) == b"null")


def _as_json(value: Any) -> str:
    """Return a value as JSON, also a string: on a line of its own it could look like a section."""
    if _is_null(value):
        return ABSENT
    json = bytes(value) if isinstance(value, msgspec.Raw) else msgspec.json.encode(value)
    return msgspec.json.format(json, indent=2).decode()


def _encoded(lines: list[str] | tuple[str, ...]) -> bytes:
    return "".join(lines).encode("utf-8", "replace")
