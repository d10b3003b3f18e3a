"""Runs the steps of a flow and the constructs in it (docs/language.md#4-control-flow)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from duckflux.cel.json_values import to_json
from duckflux.language.model.workflow import Call, If, Loop, Parallel, Set, Step, Wait
from duckflux.language.syntax import Node, Scalar

from ..errors import StepError, abort_reason
from ..events import UNSET
from .call import run_call
from .control_thread import ControlThread
from .controller import Restore, Stop
from .debugging import Failure, Jump, SkipStep, TryAgain, UseOutput
from .evaluate import decide_condition, evaluate, is_repeatable
from .frame import StepDefinition
from .step_reporter import StepReporter


async def run_steps(steps: tuple[Step, ...], thread: ControlThread) -> None:
    """Run steps one after the other, where each one's output is the chain of the next. Raises StepError."""
    stream = thread.frame.run.stream
    controller = thread.frame.run.controller
    debug = thread.frame.run.debug
    index = 0
    while index < len(steps):
        step = steps[index]
        await stream.yield_control()
        following = index + 1
        if debug.debugger is None:
            await _RUNNERS[type(step)](step, thread)
        else:
            following = await _run_debugged(steps, index, thread)
        if controller is not None and following == index + 1:
            controller.after(thread.identity(step.pointer), _step_name(step), thread.variables.own["output"])
        index = following


async def _run_debugged(steps: tuple[Step, ...], index: int, thread: ControlThread) -> int:
    """Run a step under a debugger and return the index of the step to go on with. Raises StepError, Jump."""
    debug, step = thread.frame.run.debug, steps[index]
    try:
        if debug.debugger is not None and debug.debugger.step_reached(thread, steps, index):
            await debug.debugger.hold(thread)
        try:
            await _RUNNERS[type(step)](step, thread)
        except StepError as error:
            recovery = await debug.ask_about(thread, Failure(step.pointer, error))
            match recovery:
                case TryAgain():
                    return index
                case UseOutput(output):
                    thread.set_output(output)
                case SkipStep():
                    pass
                case _:
                    raise
        if debug.debugger is not None:
            debug.debugger.step_ended(thread, step)
    except Jump as jump:
        return jump.landed_in(steps, thread)
    return index + 1


async def _loop(step: Loop, thread: ControlThread) -> None:
    async def body() -> None:
        debug = thread.frame.run.debug
        limit = _limit(step, thread)
        scope = thread.loops.enter(step.name)
        try:
            index = 0
            while limit is None or index < limit:
                thread.loops.begin_iteration(scope, index, limit)
                await run_steps(step.steps, thread)
                if debug.asks_at_fields and step.until is not None:
                    await debug.reach(thread, step.pointer, "loop.until")
                if step.until is not None and decide_condition(
                    thread, "until", step.pointer, step.until, "loop.until"
                ):
                    return
                index += 1
        finally:
            thread.loops.leave(scope)

    await _run_reported(thread, step, step.name, "loop", body)


def _limit(step: Loop, thread: ControlThread) -> int | None:
    """Return the largest number of iterations, None for no limit."""
    node = step.max
    if node is None:
        return None
    if isinstance(node.value, int):
        return node.value
    controller, identity = thread.frame.run.controller, thread.identity(step.pointer)
    if controller is not None and (known := controller.recall(identity, "max")) is not None:
        return known
    value = evaluate(thread, node, "loop.max")
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        message = f"must give an integer of at least 0: `{node.text}`"
        raise thread.frame.error(message, code="loop-max", field="loop.max", node=node)
    if controller is not None and not is_repeatable(node.text):
        controller.decided(identity, "max", value)
    return value


async def _parallel(step: Parallel, thread: ControlThread) -> None:
    async def body() -> None:
        branches = [thread.fork(index) for index in range(len(step.branches))]
        debug = thread.frame.run.debug
        if debug.debugger is not None:
            debug.debugger.forked(thread, branches)
        try:
            async with asyncio.TaskGroup() as group:
                pairs = zip(branches, step.branches, strict=True)
                results = [group.create_task(_branch(branch, inner)) for branch, inner in pairs]
        except BaseExceptionGroup as failures:
            # The first failure cancelled the other branches; their errors only follow from it.
            raise failures.exceptions[0] from None
        finally:
            if debug.debugger is not None:
                debug.debugger.joined(thread, branches)
        thread.set_output([result.result() for result in results])

    await _run_reported(thread, step, "parallel", "parallel", body)


async def _branch(thread: ControlThread, step: Step) -> Any:
    """Run a branch and return its output, None if it has none or was skipped."""
    incoming = thread.chain
    await run_steps((step,), thread)
    debugger = thread.frame.run.debug.debugger
    if debugger is not None:
        debugger.branch_ended(thread)
    return thread.chain.value if thread.chain and thread.chain is not incoming else None


async def _if(step: If, thread: ControlThread) -> None:
    async def body() -> None:
        debug = thread.frame.run.debug
        if debug.asks_at_fields:
            await debug.reach(thread, step.pointer, "if.condition")
        holds = decide_condition(thread, "if", step.pointer, step.condition, "if.condition")
        await run_steps(step.then if holds else step.otherwise, thread)

    await _run_reported(thread, step, "if", "if", body)


async def _set(step: Set, thread: ControlThread) -> None:
    reporter = StepReporter(
        thread, "set", "set", step.pointer, {key.text: node for key, node in step.entries}
    )
    decision = await reporter.ask_controller()
    recorded = decision.output if isinstance(decision, Restore) else {}
    reporter.start()
    values: dict[str, Any] = {}
    debug = thread.frame.run.debug
    try:
        for key, node in step.entries:
            if debug.asks_at_fields:
                await debug.reach(thread, step.pointer, f"set.{key.text}")
            values[key.text] = _recorded_or_evaluated(thread, key.text, node, recorded)
            thread.frame.set_context(key.text, values[key.text])
    except StepError as error:
        error.step = error.step or "set"
        reporter.finish("failure", error=error)
        raise
    except BaseException as error:
        reporter.finish("failure", error=abort_reason(error))
        raise
    if thread.frame.run.controller is not None and not all(
        isinstance(node, Scalar) and is_repeatable(node.text) for _, node in step.entries
    ):
        await reporter.tell_controller("success", output=to_json(values))
    reporter.finish("success", output=to_json(values), reused=isinstance(decision, Restore))


def _recorded_or_evaluated(thread: ControlThread, key: str, node: Node, recorded: Mapping[str, Any]) -> Any:
    """Return the value of a key: the recorded one if the earlier run wrote it, else that of its expression."""
    if key not in recorded:
        return evaluate(thread, node, f"set.{key}")
    from .restored_values import restore_types

    try:
        now = evaluate(thread, node, f"set.{key}")
    except StepError:
        return recorded[key]
    return restore_types(recorded[key], now)


def _step_name(step: Step) -> str | None:
    """Return the name of a step, None if it has none."""
    if isinstance(step, Loop):
        return step.name if step.name != "loop" else None
    if not isinstance(step, Call):
        return None
    return step.inline.name if step.inline is not None else step.name.text if step.name is not None else None


async def _wait(step: Wait, thread: ControlThread) -> None:
    from .wait import run_wait

    await run_wait(step, thread)


async def _run_reported(
    thread: ControlThread, step: Step, name: str, type_: str, body: Callable[[], Awaitable[None]]
) -> None:
    """Run a construct's body and report it as a step, which is the parent of the steps inside."""
    reporter = StepReporter(thread, name, type_, step.pointer, _definition(step))
    reporter.start()
    outer, thread.parent = thread.parent, reporter.seq
    try:
        await body()
    except StepError as error:
        error.step = error.step or name
        reporter.finish("failure", error=error.message)
        raise
    except Stop:
        reporter.finish("success")
        raise
    except BaseException as error:
        reporter.finish("failure", error=abort_reason(error))
        raise
    finally:
        thread.parent = outer
    reporter.finish("success", output=thread.chain.value if thread.chain else UNSET)


def _definition(step: Step) -> StepDefinition:
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
