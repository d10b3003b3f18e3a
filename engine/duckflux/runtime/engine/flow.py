"""The constructs of a flow: sequence, `loop`, `parallel`, `if`, `set`, `wait` (LANGUAGE sections 3 and 4)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from duckflux.cel.json_values import to_json
from duckflux.language.model.workflow import Call, If, Loop, Parallel, Set, Step, Wait
from duckflux.language.syntax import Node

from ..errors import StepError, broken_off
from ..events import UNSET
from .call import run_call
from .controller import Restore, Stop
from .evaluate import decided, evaluate
from .lane import ControlThread
from .run import StepRecord


async def run_steps(steps: tuple[Step, ...], lane: ControlThread) -> None:
    """Run steps one after the other; each one's value is the next one's chain. Raises StepError."""
    stream = lane.execution.run.stream
    controller = lane.execution.run.controller
    for step in steps:
        await stream.breathe()
        await _RUNNERS[type(step)](step, lane)
        if controller is not None:
            controller.after(lane.identity(step.pointer), _name(step), lane.variables.own["output"])


async def _loop(step: Loop, lane: ControlThread) -> None:
    async def body() -> None:
        limit = _limit(step, lane)
        frame = lane.loops.enter(step.name)
        try:
            index = 0
            while limit is None or index < limit:
                lane.loops.turn(frame, index, limit)
                await run_steps(step.steps, lane)
                if step.until is not None and decided(lane, "until", step.pointer, step.until, "loop.until"):
                    return
                index += 1
        finally:
            lane.loops.leave(frame)

    await _traced(lane, step, step.name, "loop", body)


def _limit(step: Loop, lane: ControlThread) -> int | None:
    """How many iterations at most; None for no limit."""
    node = step.max
    if node is None:
        return None
    if isinstance(node.value, int):
        return node.value
    value = evaluate(lane, node, "loop.max")
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise StepError(
            f"must give an integer of at least 0: `{node.text}`",
            code="loop-max",
            field="loop.max",
            place=lane.execution.place(node),
        )
    return value


async def _parallel(step: Parallel, lane: ControlThread) -> None:
    async def body() -> None:
        branches = [lane.fork(index) for index in range(len(step.branches))]
        try:
            async with asyncio.TaskGroup() as group:
                pairs = zip(branches, step.branches, strict=True)
                results = [group.create_task(_branch(branch, inner)) for branch, inner in pairs]
        except BaseExceptionGroup as failures:
            # The first one cancelled the others; whatever they said while ending is its consequence.
            raise failures.exceptions[0] from None
        lane.put([result.result() for result in results])

    await _traced(lane, step, "parallel", "parallel", body)


async def _branch(lane: ControlThread, step: Step) -> Any:
    """The branch's result; None if it has none, or was skipped."""
    incoming = lane.chain
    await run_steps((step,), lane)
    return lane.chain.value if lane.chain and lane.chain is not incoming else None


async def _if(step: If, lane: ControlThread) -> None:
    async def body() -> None:
        holds = decided(lane, "if", step.pointer, step.condition, "if.condition")
        await run_steps(step.then if holds else step.otherwise, lane)

    await _traced(lane, step, "if", "if", body)


async def _set(step: Set, lane: ControlThread) -> None:
    record = StepRecord(lane, "set", "set", step.pointer, {key.text: node for key, node in step.entries})
    decision = await lane.execution.run.decide(record)
    recorded = decision.output if isinstance(decision, Restore) else {}
    record.start()
    values: dict[str, Any] = {}
    try:
        for key, node in step.entries:
            values[key.text] = _value(lane, key.text, node, recorded)
            lane.execution.set_context(key.text, values[key.text])
    except StepError as error:
        error.step = error.step or "set"
        record.finish("failure", error=error)
        raise
    record.finish("success", output=to_json(values), reused=isinstance(decision, Restore))


def _value(lane: ControlThread, key: str, node: Node, recorded: Mapping[str, Any]) -> Any:
    """The value of a key; one that was recorded is that of the earlier run, whatever the expression gives now."""
    if key not in recorded:
        return evaluate(lane, node, f"set.{key}")
    from .restored_values import restore_types

    try:
        now = evaluate(lane, node, f"set.{key}")
    except StepError:
        return recorded[key]
    return restore_types(recorded[key], now)


def _name(step: Step) -> str | None:
    """The name of a step that has one."""
    if isinstance(step, Loop):
        return step.name if step.name != "loop" else None
    if not isinstance(step, Call):
        return None
    return step.inline.name if step.inline is not None else step.name.text if step.name is not None else None


async def _wait(step: Wait, lane: ControlThread) -> None:
    from .wait import run_wait

    await run_wait(step, lane)


async def _traced(
    lane: ControlThread, step: Step, name: str, type_: str, body: Callable[[], Awaitable[None]]
) -> None:
    """Run a construct's body as a step of the trace; the steps inside have it as their parent."""
    record = StepRecord(lane, name, type_, step.pointer, _definition(step))
    record.start()
    outer, lane.parent = lane.parent, record.seq
    try:
        await body()
    except StepError as error:
        error.step = error.step or name
        record.finish("failure", error=error.message)
        raise
    except Stop:
        record.finish("success")
        raise
    except BaseException as error:
        record.finish("failure", error=broken_off(error))
        raise
    finally:
        lane.parent = outer
    record.finish("success", output=lane.chain.value if lane.chain else UNSET)


def _definition(step: Step) -> dict[str, Node | None]:
    match step:
        case Loop():
            return {"until": step.until, "max": step.max, "as": step.body.get("as") if step.body else None}
        case If():
            return {"condition": step.condition}
        case _:
            return {}


_RUNNERS: dict[type, Callable[[Any, ControlThread], Awaitable[None]]] = {
    Call: run_call,
    Loop: _loop,
    Parallel: _parallel,
    If: _if,
    Set: _set,
    Wait: _wait,
}
