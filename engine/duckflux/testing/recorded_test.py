"""Writes a test, or a file of mocks, from a recorded run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from msgspec import UNSET

from ..language.model.workflow import Call, Workflow, step_names, walk
from ..language.schema import CONSTRUCTS
from ..language.schema.participant_types import find_or_default
from ..language.syntax import Scalar
from ..language.syntax.edits import as_yaml
from ..trace.model import Step, Trace


class NotRecordedError(Exception):
    """A trace does not have all that a test needs; the message says what is missing."""


def recorded_test(trace: Trace, workflow: Workflow, file_name: str) -> str:
    """Return a test that expects what a run of a workflow did, with its outputs as mocks.

    `file_name` is that of the workflow, in the folder of the test. Raises NotRecordedError.
    """
    execution = trace.execution
    if execution.masked or execution.truncated:
        raise NotRecordedError("the inputs or the output of the run are masked or cut in its trace")
    if execution.status == "running" or execution.was_cancelled:
        raise NotRecordedError("the run has not come to its end")
    events = [*_events(trace, workflow)]
    lines = [
        f"workflow: {as_yaml(f'./{file_name}')}",
        "tests:",
        f"  - name: as on {execution.started_at[:10]}",
    ]
    if execution.inputs:
        lines.append(f"    inputs: {_json(execution.inputs)}")
    lines += ["    mocks:", *(f"      {line}" for line in _mock_lines(trace, workflow))]
    if events:
        lines += ["    events:", *(f"      - {_json(event)}" for event in events)]
    lines += ["    expect:", *(f"      {line}" for line in _expectations(trace))]
    return "\n".join([*lines, ""])


def recorded_mocks(trace: Trace, workflow: Workflow) -> str:
    """Return the outputs of a run as a file of mocks. Raises NotRecordedError."""
    return "\n".join([*_mock_lines(trace, workflow), ""])


def _mock_lines(trace: Trace, workflow: Workflow) -> list[str]:
    """Return the mocks, one step on each line."""
    mocks: dict[str, list[Any]] = {}
    names = step_names(workflow)
    for step in _participant_steps(trace):
        if step.name not in names:
            raise NotRecordedError("a step without a name has run: give it one with `as`, and run again")
        mocks.setdefault(step.name, []).extend(_outcomes(step))
    found = [f"{as_yaml(name)}: {_json(_mock(outcomes))}" for name, outcomes in mocks.items()]
    return found or ["{}"]


def _participant_steps(trace: Trace) -> Iterator[Step]:
    """Yield the steps that a test replaces: those of the run's own file that ran something."""
    for step in trace.steps:
        is_own = step.workflow is None and step.type not in CONSTRUCTS
        if is_own and step.status != "skipped" and find_or_default(step.type).needs_mock:
            yield step


def _outcomes(step: Step) -> Iterator[Any]:
    """Yield the mock of each attempt of a step."""
    if step.masked or step.truncated:
        raise NotRecordedError(f"the output of the step `{step.name}` is masked or cut in the trace")
    for attempt in step.attempts:
        yield {"$error": attempt.error}
    if step.status == "failure":
        yield {"$error": step.error or ""}
    elif step.output is UNSET:
        raise NotRecordedError("the trace has no values: run again with values")
    else:
        yield step.output


def _mock(outcomes: list[Any]) -> Any:
    is_plain = len(outcomes) == 1 and not (isinstance(outcomes[0], dict) and "$each" in outcomes[0])
    return outcomes[0] if is_plain else {"$each": outcomes}


def _events(trace: Trace, workflow: Workflow) -> Iterator[dict[str, Any]]:
    """Yield the events that came from outside."""
    own = set(_emitted(workflow))
    for step in trace.steps:
        if step.type == "wait" and step.awaits and step.awaits not in own and step.output is not UNSET:
            yield {"event": step.awaits, "payload": step.output}


def _emitted(workflow: Workflow) -> Iterator[str]:
    inline = (step.inline for step in walk(workflow.flow) if isinstance(step, Call) and step.inline)
    for participant in (*workflow.participants.values(), *inline):
        if isinstance(event := participant.node.get("event"), Scalar):
            yield event.text


def _expectations(trace: Trace) -> Iterator[str]:
    execution = trace.execution
    if execution.status == "failure":
        yield "status: failure"
    elif execution.output is not None:
        yield f"output: {_json(execution.output)}"
    steps: dict[str, list[Step]] = {}
    for step in _participant_steps(trace):
        steps.setdefault(step.name, []).append(step)
    if steps:
        yield "steps:"
    for name, executions in steps.items():
        expected = f"{{status: {executions[-1].status}, executions: {len(executions)}}}"
        yield f"  {as_yaml(name)}: {expected}"


def _json(value: Any) -> str:
    """Return a value on one line: JSON, which is YAML too."""
    return json.dumps(value, ensure_ascii=False)
