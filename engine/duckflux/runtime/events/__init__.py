"""Defines the events that the engine emits while it runs a workflow, as immutable records.

The records are also the JSON lines of `--progress-events`, of journals and of the editor: `encode` and
`decode` convert them, with camelCase keys and the kind in `event`. Values in events are JSON values;
`truncated` and `masked` are set where a value was truncated, or a secret in it masked, before it was written.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

Status: TypeAlias = Literal["success", "failure", "skipped"]
SkipReason: TypeAlias = Literal["when", "onError", "onTimeout"]
# How an event came that a wait took: from an editor, a command, a web page, or an event hub.
Means: TypeAlias = Literal["editor", "cli", "web", "hub"]


class Attempt(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A failed attempt of a step that was retried. `duration` is in milliseconds."""

    attempt: int
    started_at: str
    duration: int
    error: str
    exit_code: int | None = None


class _Event(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, tag_field="event"):
    pass


class ExecutionStarted(_Event, frozen=True, tag="execution.started"):
    """The run begins. `workflow_hash` is the SHA-256 of the workflow's text, in hex."""

    id: str
    workflow_path: str
    workflow_hash: str
    started_at: str
    inputs: Any
    workflow_id: str | None = None
    workflow_name: str | None = None
    workflow_version: str | None = None
    resumed_from: str | None = None
    truncated: bool = False
    masked: bool = False


class StepStarted(_Event, frozen=True, tag="step.started"):
    """A step begins, or begins its next attempt, with the same `seq` and an `attempt` over 1.

    `seq` counts steps in the order of their starts, from 1. `path` is the JSON pointer of the step in the
    file `workflow`; `parent` the seq of the construct or step it runs inside; `iterations` the 0-based
    indices of all enclosing loops; `branch` the indices of all enclosing parallel branches, as in `1.0`;
    `digest` tells whether the step's definition has changed (see `digests`); `awaits` is the event that a
    `wait` takes.
    """

    seq: int
    name: str
    type: str
    path: str
    parent: int | None
    workflow: str
    iterations: tuple[int, ...]
    branch: str | None
    attempt: int
    started_at: str
    input: Any = UNSET
    digest: str = ""
    awaits: str = ""
    truncated: bool = False
    masked: bool = False


class OutputChunk(_Event, frozen=True, tag="step.output"):
    """Text that a step has just written, and when; sent only if a listener wants it."""

    seq: int
    stream: Literal["stdout", "stderr"]
    text: str
    at: str = ""


class ConditionChecked(_Event, frozen=True, tag="wait.checked"):
    """The values that the condition of a `wait` reads are others than before, or are read for the first time."""

    seq: int
    values: str


class StepFinished(_Event, frozen=True, tag="step.finished"):
    """A step ends. `duration` is in milliseconds.

    `stderr` is the end of a failed command's; `reason` tells why the step was skipped; `reused` that it did
    not run, because its result comes from an earlier run; `queued` are the milliseconds in which it waited for
    its turn; `answered_by` and `answered_at` tell how and when the event came that a wait took, if it came from
    outside.
    """

    seq: int
    status: Status
    finished_at: str
    duration: int
    output: Any = UNSET
    error: str | None = None
    exit_code: int | None = None
    stderr: str | None = None
    retries: int = 0
    attempts: tuple[Attempt, ...] = ()
    reason: SkipReason | None = None
    reused: bool = False
    queued: int = 0
    answered_by: Means | None = None
    answered_at: str | None = None
    truncated: bool = False
    masked: bool = False


class ExecutionFinished(_Event, frozen=True, tag="execution.finished"):
    """The run ends. `duration` is in milliseconds."""

    status: Literal["success", "failure"]
    finished_at: str
    duration: int
    output: Any = UNSET
    error: str | None = None
    truncated: bool = False
    masked: bool = False


Event: TypeAlias = (
    ExecutionStarted | StepStarted | OutputChunk | ConditionChecked | StepFinished | ExecutionFinished
)

_encoder = msgspec.json.Encoder()


def encode(event: Event) -> bytes:
    """Return the event as one line of JSON, with its newline."""
    return _encoder.encode(event) + b"\n"


def decode(line: bytes) -> Event:
    """Return the event of a line. Raises msgspec.MsgspecError, a ValueError, if it is invalid."""
    return _decoder().decode(line)


@cache
def _decoder() -> msgspec.json.Decoder[Event]:
    # Made on first use, because a run only encodes.
    return msgspec.json.Decoder(Event)


__all__ = [
    "UNSET",
    "Attempt",
    "ConditionChecked",
    "Event",
    "ExecutionFinished",
    "ExecutionStarted",
    "Means",
    "OutputChunk",
    "SkipReason",
    "Status",
    "StepFinished",
    "StepStarted",
    "UnsetType",
    "decode",
    "encode",
]
