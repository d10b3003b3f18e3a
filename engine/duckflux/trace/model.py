"""Defines the records of a trace (docs/language.md#7-traces) and builds them from events.

Recorder and live display both use `TraceBuilder`, so that they show the same trace.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET

from duckflux.runtime.events import (
    Attempt,
    ConditionChecked,
    Event,
    ExecutionFinished,
    ExecutionStarted,
    Means,
    SkipReason,
    StepFinished,
    StepStarted,
)

INTERRUPTED = "interrupted"
CANCELLED = "cancelled"

ExecutionStatus: TypeAlias = Literal["running", "success", "failure"]
StepStatus: TypeAlias = Literal["running", "success", "failure", "skipped"]


class Execution(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A run. `duration` is in milliseconds; `finished_at` is empty while it runs.

    The fields from `workflow_path` on are additions to the reference's.
    """

    id: str
    started_at: str
    finished_at: str
    duration: int
    status: ExecutionStatus
    inputs: Any
    output: Any
    workflow_id: str | None = None
    workflow_name: str | None = None
    workflow_version: str | None = None
    workflow_path: str | None = None
    workflow_hash: str | None = None
    error: str | None = None
    resumed_from: str | None = None
    truncated: bool = False
    masked: bool = False

    @property
    def title(self) -> str:
        """The name of the workflow, or the best substitute."""
        return self.workflow_name or self.workflow_id or self.workflow_path or "workflow"

    @property
    def was_cancelled(self) -> bool:
        """Return whether it was ended from outside. Its status is `failure` then."""
        return self.status == "failure" and self.error == CANCELLED


class Step(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """One execution of a step.

    `seq` counts steps in the order of their starts, from 1; `duration` is in milliseconds; `loop_index` is
    the index of the innermost loop. The fields from `path` on are additions to the reference's: see
    StepStarted and StepFinished. `workflow` is set only for steps of a sub-workflow; `last_values`
    are those that the condition of a `wait` has read last.
    """

    seq: int
    name: str
    type: str
    started_at: str
    finished_at: str
    duration: int
    status: StepStatus
    input: Any = UNSET
    output: Any = UNSET
    error: str | None = None
    retries: int = 0
    loop_index: int | None = None
    path: str | None = None
    parent: int | None = None
    workflow: str | None = None
    iterations: tuple[int, ...] = ()
    branch: str | None = None
    attempts: tuple[Attempt, ...] = ()
    exit_code: int | None = None
    stderr: str | None = None
    reason: SkipReason | None = None
    digest: str = ""
    reused: bool = False
    queued: int = 0
    awaits: str | None = None
    last_values: str | None = None
    answered_by: Means | None = None
    answered_at: str | None = None
    truncated: bool = False
    masked: bool = False

    @property
    def was_cancelled(self) -> bool:
        """Return whether it was ended from outside, or by a failure beside it. Its status is `failure` then."""
        return self.status == "failure" and self.error == CANCELLED


class Trace(msgspec.Struct, frozen=True):
    """A whole run; `steps` are ordered by `seq`.

    They include running ones if the run is running or was interrupted.
    """

    execution: Execution
    steps: tuple[Step, ...]


class TraceBuilder:
    """Builds records from the events of a run. It keeps the execution and the running steps only."""

    def __init__(self) -> None:
        self.execution: Execution | None = None
        self.running: dict[int, Step] = {}

    def apply(self, event: Event) -> Execution | Step | None:
        """Return the record that an event begins, changes or completes, None for an event that matches none."""
        match event:
            case ExecutionStarted():
                # A durable run begins anew where another program goes on with it.
                self.running.clear()
                self.execution = _begun(event)
                return self.execution
            case StepStarted():
                earlier = self.running.get(event.seq)
                main = self.execution.workflow_path if self.execution else None
                step = _restarted(earlier, event) if earlier else _started(event, main)
                self.running[event.seq] = step
                return step
            case ConditionChecked() if event.seq in self.running:
                step = msgspec.structs.replace(self.running[event.seq], last_values=event.values)
                self.running[event.seq] = step
                return step
            case StepFinished() if event.seq in self.running:
                return _finished(self.running.pop(event.seq), event)
            case ExecutionFinished() if self.execution is not None:
                self.execution = _ended(self.execution, event)
                return self.execution
            case _:
                return None


def is_timeout(error: str | None) -> bool:
    """Return whether an error tells that a step took too long."""
    return error is not None and ("timed out" in error or "timeout" in error)


def trace_from_events(events: Iterable[Event]) -> Trace:
    """Return the trace of a run from its events so far. Raises ValueError if the first is not the run's start."""
    builder, steps = TraceBuilder(), dict[int, Step]()
    for event in events:
        record = builder.apply(event)
        if isinstance(record, Step):
            steps[record.seq] = record
    if builder.execution is None:
        raise ValueError("the events don't begin with the start of a run")
    return Trace(builder.execution, tuple(steps[seq] for seq in sorted(steps)))


def mark_interrupted(trace: Trace) -> Trace:
    """Return the trace of an interrupted run with the steps that ran then as failed, for display."""
    steps = (
        msgspec.structs.replace(step, status="failure", error=INTERRUPTED)
        if step.status == "running"
        else step
        for step in trace.steps
    )
    return Trace(trace.execution, tuple(steps))


def _begun(event: ExecutionStarted) -> Execution:
    return Execution(
        id=event.id,
        started_at=event.started_at,
        finished_at="",
        duration=0,
        status="running",
        inputs=event.inputs,
        output=None,
        workflow_id=event.workflow_id,
        workflow_name=event.workflow_name,
        workflow_version=event.workflow_version,
        workflow_path=event.workflow_path,
        workflow_hash=event.workflow_hash,
        resumed_from=event.resumed_from,
        truncated=event.truncated,
        masked=event.masked,
    )


def _ended(execution: Execution, event: ExecutionFinished) -> Execution:
    return msgspec.structs.replace(
        execution,
        status=event.status,
        finished_at=event.finished_at,
        duration=event.duration,
        output=None if event.output is UNSET else event.output,
        error=event.error,
        truncated=execution.truncated or event.truncated,
        masked=execution.masked or event.masked,
    )


def _started(event: StepStarted, main: str | None) -> Step:
    """Return a running step; `main` is the file of the run's own workflow."""
    return Step(
        seq=event.seq,
        name=event.name,
        type=event.type,
        started_at=event.started_at,
        finished_at="",
        duration=0,
        status="running",
        input=event.input,
        loop_index=event.iterations[-1] if event.iterations else None,
        path=event.path,
        parent=event.parent,
        workflow=event.workflow if event.workflow != main else None,
        iterations=event.iterations,
        branch=event.branch,
        digest=event.digest,
        awaits=event.awaits or None,
        truncated=event.truncated,
        masked=event.masked,
    )


def _restarted(step: Step, event: StepStarted) -> Step:
    """Return a running step in its next attempt."""
    return msgspec.structs.replace(
        step,
        input=event.input,
        digest=event.digest,
        truncated=step.truncated or event.truncated,
        masked=step.masked or event.masked,
    )


def _finished(step: Step, event: StepFinished) -> Step:
    return msgspec.structs.replace(
        step,
        finished_at=event.finished_at,
        duration=event.duration,
        status=event.status,
        output=event.output,
        error=event.error,
        retries=event.retries,
        attempts=event.attempts,
        exit_code=event.exit_code,
        queued=event.queued,
        answered_by=event.answered_by,
        answered_at=event.answered_at,
        stderr=event.stderr,
        reason=event.reason,
        reused=event.reused,
        truncated=step.truncated or event.truncated,
        masked=step.masked or event.masked,
    )
