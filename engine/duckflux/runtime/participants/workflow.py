"""`type: workflow`: another workflow file as one step (LANGUAGE sections 3 and 4)."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from typing import Any

from duckflux.cel.json_values import to_json

from ..engine.chain import ABSENT
from ..engine.frame import WorkflowFrame
from ..engine.inputs import InputError, resolve
from ..engine.lane import ControlThread
from ..errors import StepError
from . import Outcome, ParticipantCall


async def run(task: ParticipantCall) -> Outcome:
    """Run the workflow; its output is the step's. Raises StepError when it can't run or fails."""
    from ..engine.run_workflow import run_flow

    execution = task.lane.execution
    file = _file(task)
    if file in execution.files:
        raise _error(task, f"circular: {' -> '.join(_names((*execution.files, file)))}", "circular")
    try:
        workflow = execution.run.load(file)
    except StepError as error:
        raise (_error(task, error.message, error.code) if error.place is None else error) from None
    try:
        inputs = resolve(workflow.inputs, _given(task), execution.run.secrets)
    except InputError as error:
        raise _error(task, f"{_names((file,))[0]}: {error}", "inputs") from None
    child = WorkflowFrame(execution.run, workflow, file, inputs, execution.files)
    lane = ControlThread(
        child,
        {"input": None, "output": None},
        None,
        task.record.seq,
        task.lane.loops.indices,
        task.lane.branch,
        (*task.lane.callers, task.settings.path),
    )
    try:
        # In a task of its own: a deep nesting of files must not become a deep stack.
        value = await asyncio.create_task(run_flow(child, lane))
    except StepError as error:
        step = f"step '{error.step}': " if error.step else ""
        raise StepError(
            f"sub-workflow failed: {step}{error.message}",
            code=error.code,
            field=error.field,
            place=error.place,
        ) from None
    # A result that is just what its last step gave flows on as that step printed it.
    text = lane.chain.text if workflow.output is None and lane.chain else None
    return Outcome(value, text)


def _file(task: ParticipantCall) -> str:
    return os.path.normpath(os.path.join(task.lane.execution.folder, task.settings.text("path") or ""))


def _given(task: ParticipantCall) -> dict[str, Any]:
    """A map becomes the child's inputs; anything else its `input`."""
    if task.input is ABSENT:
        return {}
    value = to_json(task.input)
    return dict(value) if isinstance(value, Mapping) else {"input": value}


def _names(files: tuple[str, ...]) -> list[str]:
    return [os.path.basename(file) for file in files]


def _error(task: ParticipantCall, message: str, code: str) -> StepError:
    node = task.field("path") or task.settings.node
    return StepError(message, code=code, field="path", place=task.lane.execution.place(node))
