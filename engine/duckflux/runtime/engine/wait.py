"""Runs the `wait` construct: sleeps, polls a condition, or takes an event (docs/language.md#wait)."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from duckflux.language.model.workflow import Wait
from duckflux.language.syntax import Scalar

from ...language.schema.durations import parse_duration
from ..errors import StepError, abort_reason
from ..events import UNSET
from ..hubs import Arrival, LogCursor, UnreadablePayload
from .call import run_fallback
from .chain import ABSENT
from .control_thread import ControlThread
from .controller import Proceed, Restore, Reuse
from .evaluate import evaluate_condition
from .step_reporter import StepReporter

_DEFAULT_POLL_SECONDS = 1.0


async def run_wait(step: Wait, thread: ControlThread) -> None:
    """Run the construct. Raises StepError if it times out and `onTimeout` does not handle that."""
    reporter = StepReporter(
        thread, "wait", "wait", step.pointer, {pair.key.text: pair.value for pair in step.body}
    )
    decision = await reporter.ask_controller()
    event = step.body.get("event")
    reporter.start(awaits=event.text if isinstance(event, Scalar) else "")
    try:
        if isinstance(decision, Proceed):
            await _run_now(step, thread, reporter, decision)
        else:
            await _restore(step, thread, reporter, decision)
    except StepError as error:
        error.step = error.step or "wait"
        reporter.finish("failure", error=error)
        raise
    except BaseException as error:
        reporter.finish("failure", error=abort_reason(error))
        raise


async def _restore(
    step: Wait, thread: ControlThread, reporter: StepReporter, recorded: Restore | Reuse
) -> None:
    """End as in the earlier run, at once, and take the event again that was taken then."""
    if isinstance(recorded, Restore) and recorded.status == "skipped":
        reporter.finish("skipped", error=recorded.error, reason="onTimeout", reused=True)
        await _run_fallback(step, thread, reporter)
        return
    event, payload = step.body.get("event"), recorded.output
    if isinstance(event, Scalar) and payload is not UNSET:
        _cursor(step, thread).take(thread.frame.run.hub.log, event.text, payload)
        _set_event(thread, payload)
    reporter.finish("success", output=payload, reused=isinstance(recorded, Restore))


async def _run_now(step: Wait, thread: ControlThread, reporter: StepReporter, decision: Proceed) -> None:
    timeout = 0 if decision.is_over else _seconds(step, "timeout")
    if timeout is not None and decision.since is not None:
        timeout = max(0.0, timeout - (time.time_ns() - decision.since) / 1e9)
    event = step.body.get("event")
    try:
        async with asyncio.timeout(timeout) as limit:
            with thread.frame.run.debug.limited(thread, limit):
                arrival = await _awaited(step, thread, reporter)
    except TimeoutError:
        if not limit.expired():
            raise
    else:
        if arrival is not None:
            _set_event(thread, arrival.payload)
        output = UNSET if arrival is None else arrival.payload
        await reporter.tell_controller("success", output=output)
        reporter.finish("success", output=output, answer=arrival)
        return
    if event is None and step.body.get("until") is None:
        # A sleep ends as intended.
        await reporter.tell_controller("success")
        reporter.finish("success")
        return
    await _timed_out(step, thread, reporter)


def _set_event(thread: ControlThread, payload: Any) -> None:
    thread.variables.own["event"] = thread.variables.shared["event"] = payload
    thread.set_output(payload)


def _cursor(step: Wait, thread: ControlThread) -> LogCursor:
    return thread.frame.event_cursors.setdefault(step.pointer, LogCursor())


async def _awaited(step: Wait, thread: ControlThread, reporter: StepReporter) -> Arrival | None:
    """Wait and return the event that came, None for a wait that is not for an event."""
    body = step.body
    event, until = body.get("event"), body.get("until")
    if isinstance(event, Scalar):
        return await _next_match(step, thread, event)
    if isinstance(until, Scalar):
        await _poll(step, thread, until, reporter)
        return None
    await asyncio.get_running_loop().create_future()
    return None


async def _poll(step: Wait, thread: ControlThread, until: Scalar, reporter: StepReporter) -> None:
    debug, interval = thread.frame.run.debug, _seconds(step, "poll")
    reported = None
    await debug.reach(thread, step.pointer, "wait.until")
    while not evaluate_condition(thread, until, "wait.until"):
        if reporter.is_watched:
            from .condition_values import condition_values

            if (values := condition_values(thread, until)) != reported:
                reporter.checked(values)
                reported = values
        await asyncio.sleep(_DEFAULT_POLL_SECONDS if interval is None else interval)
        await debug.reach(thread, step.pointer, "wait.until")


async def _next_match(step: Wait, thread: ControlThread, node: Scalar) -> Arrival:
    event = node.text
    match = step.body.get("match")
    hub = thread.frame.run.hub
    await hub.subscribe(event)
    log = hub.log
    cursor = _cursor(step, thread)
    cursor.advance(log, event)
    next_index = 0
    while True:
        while next_index < len(cursor.pending):
            arrival = cursor.pending[next_index]
            payload = arrival.payload
            if isinstance(payload, UnreadablePayload):
                raise thread.frame.error(
                    f"the payload of event '{event}' can't be read: {payload.reason}",
                    code="event-payload",
                    field="wait.event",
                    node=node,
                )
            if not isinstance(match, Scalar) or await _matches(step, thread, match, payload):
                arrival.is_taken = True
                return cursor.pending.pop(next_index)
            next_index += 1
        await log.wait_for_more(event, cursor.seen)
        cursor.advance(log, event)


async def _matches(step: Wait, thread: ControlThread, match: Scalar, payload: Any) -> bool:
    own = thread.variables.own
    previous = own.get("event", ABSENT)
    own["event"] = payload
    try:
        await thread.frame.run.debug.reach(thread, step.pointer, "wait.match")
        return evaluate_condition(thread, match, "wait.match")
    finally:
        if previous is ABSENT:
            del own["event"]
        else:
            own["event"] = previous


async def _timed_out(step: Wait, thread: ControlThread, reporter: StepReporter) -> None:
    if _on_timeout(step) == "fail":
        raise _timeout_error(step, thread)
    message = _timeout_error(step, thread).message
    await reporter.tell_controller("skipped", error=message, reason="onTimeout")
    reporter.finish("skipped", error=message, reason="onTimeout")
    await _run_fallback(step, thread, reporter)


async def _run_fallback(step: Wait, thread: ControlThread, reporter: StepReporter) -> None:
    """Run the fallback that `onTimeout` names, if it names one."""
    strategy = _on_timeout(step)
    if strategy not in ("fail", "skip"):
        await run_fallback(strategy, thread, reporter.seq, step.pointer)


def _on_timeout(step: Wait) -> str:
    node = step.body.get("onTimeout")
    return node.text if isinstance(node, Scalar) else "fail"


def _timeout_error(step: Wait, thread: ControlThread) -> StepError:
    timeout, event = step.body.get("timeout"), step.body.get("event")
    awaited = f"event '{event.text}'" if isinstance(event, Scalar) else "its condition"
    if timeout is None:
        message = f"{awaited} never comes: nothing else runs that could bring it about"
        return thread.frame.error(message, code="never", field="wait", node=step.node)
    unreachable_reason = thread.frame.run.hub.unreachable_reason if isinstance(event, Scalar) else None
    return thread.frame.error(
        f"timed out after {timeout.text if isinstance(timeout, Scalar) else ''} waiting for {awaited}"
        + (f": {unreachable_reason}" if unreachable_reason else ""),
        code="timeout",
        field="wait.timeout",
        node=timeout or step.node,
    )


def _seconds(step: Wait, field: str) -> float | None:
    node = step.body.get(field)
    return parse_duration(node.text) if isinstance(node, Scalar) else None
