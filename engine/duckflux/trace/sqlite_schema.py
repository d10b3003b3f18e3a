"""Defines the tables of a SQLite trace: the reference's columns, then the additions (docs/traces.md)."""

from __future__ import annotations

from typing import Any

import msgspec

from duckflux.runtime.values import encode_json

from .model import Execution, Step

# The columns of values, with the columns that tell whether the text is JSON; the reference has no such ones.
EXECUTION_VALUES = {"inputs": "inputs_is_json", "output": "output_is_json"}
STEP_VALUES = {"input": "input_is_json", "output": "output_is_json"}
# Columns of arrays, as JSON.
STEP_ARRAYS = ("iterations", "attempts")

EXECUTION_COLUMNS = {
    "id": "TEXT PRIMARY KEY",
    "workflow_id": "TEXT",
    "workflow_name": "TEXT",
    "workflow_version": "TEXT",
    "started_at": "TEXT NOT NULL",
    "finished_at": "TEXT",
    "duration_ms": "INTEGER",
    "status": "TEXT NOT NULL",
    "inputs": "TEXT",
    "output": "TEXT",
    "inputs_is_json": "INTEGER",
    "output_is_json": "INTEGER",
    "workflow_path": "TEXT",
    "workflow_hash": "TEXT",
    "error": "TEXT",
    "resumed_from": "TEXT",
    "truncated": "INTEGER",
    "masked": "INTEGER",
}
STEP_COLUMNS = {
    "id": "INTEGER PRIMARY KEY AUTOINCREMENT",
    "execution_id": "TEXT NOT NULL REFERENCES executions(id)",
    "seq": "INTEGER NOT NULL",
    "name": "TEXT NOT NULL",
    "type": "TEXT NOT NULL",
    "started_at": "TEXT",
    "finished_at": "TEXT",
    "duration_ms": "INTEGER",
    "status": "TEXT NOT NULL",
    "input": "TEXT",
    "output": "TEXT",
    "error": "TEXT",
    "retries": "INTEGER",
    "loop_index": "INTEGER",
    "input_is_json": "INTEGER",
    "output_is_json": "INTEGER",
    "path": "TEXT",
    "parent": "INTEGER",
    "workflow": "TEXT",
    "iterations": "TEXT",
    "branch": "TEXT",
    "attempts": "TEXT",
    "exit_code": "INTEGER",
    "stderr": "TEXT",
    "reason": "TEXT",
    "digest": "TEXT",
    "reused": "INTEGER",
    "queued": "INTEGER",
    "awaits": "TEXT",
    "last_values": "TEXT",
    "answered_by": "TEXT",
    "answered_at": "TEXT",
    "truncated": "INTEGER",
    "masked": "INTEGER",
}


def _create(table: str, columns: dict[str, str]) -> str:
    return f"CREATE TABLE {table} ({', '.join(f'{name} {kind}' for name, kind in columns.items())})"


def _insert(verb: str, table: str, columns: list[str]) -> str:
    marks = ", ".join("?" * len(columns))
    return f"{verb} INTO {table} ({', '.join(columns)}) VALUES ({marks})"


CREATE = (_create("executions", EXECUTION_COLUMNS), _create("steps", STEP_COLUMNS))
PUT_EXECUTION = _insert("INSERT OR REPLACE", "executions", list(EXECUTION_COLUMNS))
PUT_STEP = _insert("INSERT", "steps", list(STEP_COLUMNS)[1:])


def execution_row(execution: Execution) -> tuple[Any, ...]:
    """Return the values for PUT_EXECUTION."""
    inputs, inputs_is_json = _value(execution.inputs)
    output, output_is_json = _value(execution.output)
    ended = execution.status != "running"
    return (
        execution.id,
        execution.workflow_id,
        execution.workflow_name,
        execution.workflow_version,
        execution.started_at,
        execution.finished_at if ended else None,
        execution.duration if ended else None,
        execution.status,
        inputs,
        output,
        inputs_is_json,
        output_is_json,
        execution.workflow_path,
        execution.workflow_hash,
        execution.error,
        execution.resumed_from,
        execution.truncated or None,
        execution.masked or None,
    )


def step_row(execution: str, step: Step) -> tuple[Any, ...]:
    """Return the values for PUT_STEP."""
    input_, input_is_json = _value(step.input)
    output, output_is_json = _value(step.output)
    ended = step.status != "running"
    return (
        execution,
        step.seq,
        step.name,
        step.type,
        step.started_at,
        step.finished_at if ended else None,
        step.duration if ended else None,
        step.status,
        input_,
        output,
        step.error,
        step.retries or None,
        step.loop_index,
        input_is_json,
        output_is_json,
        step.path,
        step.parent,
        step.workflow,
        _array(step.iterations),
        step.branch,
        _array(step.attempts),
        step.exit_code,
        step.stderr,
        step.reason,
        step.digest or None,
        step.reused or None,
        step.queued or None,
        step.awaits,
        step.last_values,
        step.answered_by,
        step.answered_at,
        step.truncated or None,
        step.masked or None,
    )


def _value(value: Any) -> tuple[str | None, int | None]:
    """Return the text of a value and whether it is JSON.

    Strings stay as they are; null and absent values are NULL.
    """
    if value is msgspec.UNSET:
        return None, None
    encoded = bytes(value) if isinstance(value, msgspec.Raw) else encode_json(value)
    if encoded == b"null":
        return None, 1
    if encoded[:1] == b'"':
        return msgspec.json.decode(encoded, type=str), 0
    return encoded.decode(), 1


def _array(items: tuple[Any, ...]) -> str | None:
    return msgspec.json.encode(items).decode() if items else None
