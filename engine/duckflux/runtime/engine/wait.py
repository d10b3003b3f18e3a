"""The `wait` construct: sleep, poll a condition, or take an event (LANGUAGE section 4)."""

from __future__ import annotations

import asyncio
from typing import Any

from duckflux.language.model.workflow import Wait
from duckflux.language.syntax import Scalar

from ..durations import seconds
from ..errors import StepError, broken_off
from ..events import UNSET
from ..hubs import LogCursor
from .call import run_target
from .chain import ABSENT
from .controller import Proceed, Restore, Reuse
from .evaluate import condition
from .lane import ControlThread
from .run import StepRecord

_POLL = 1.0


async def run_wait(step: Wait, lane: ControlThread) -> None:
    """Raises StepError when it times out and `onTimeout` does not handle that."""
    record = StepRecord(lane, "wait", "wait", step.pointer, {pair.key.text: pair.value for pair in step.body})
    decision = await lane.execution.run.decide(record)
    record.start()
    try:
        if isinstance(decision, Proceed):
            await _run(step, lane, record)
        else:
            await _restore(step, lane, record, decision)
    except StepError as error:
        error.step = error.step or "wait"
        record.finish("failure", error=error)
        raise
    except BaseException as error:
        record.finish("failure", error=broken_off(error))
        raise


async def _restore(step: Wait, lane: ControlThread, record: StepRecord, recorded: Restore | Reuse) -> None:
    """End as in the earlier run, at once; an event that was taken then is taken again."""
    if isinstance(recorded, Restore) and recorded.status == "skipped":
        record.finish("skipped", error=recorded.error, reason="onTimeout", reused=True)
        await _instead(step, lane, record)
        return
    event, payload = step.body.get("event"), recorded.output
    if isinstance(event, Scalar) and payload is not UNSET:
        _cursor(step, lane).take(lane.execution.run.hub.log, event.text, payload)
        _taken(lane, payload)
    record.finish("success", output=payload, reused=isinstance(recorded, Restore))


async def _run(step: Wait, lane: ControlThread, record: StepRecord) -> None:
    timeout = _seconds(step, "timeout")
    event = step.body.get("event")
    try:
        async with asyncio.timeout(timeout) as limit:
            payload = await _waited(step, lane)
    except TimeoutError:
        if not limit.expired():
            raise
    else:
        if payload is not ABSENT:
            _taken(lane, payload)
        record.finish("success", output=UNSET if payload is ABSENT else payload)
        return
    if event is None and step.body.get("until") is None:
        # A sleep: its timeout is its purpose.
        record.finish("success")
        return
    await _timed_out(step, lane, record)


def _taken(lane: ControlThread, payload: Any) -> None:
    lane.variables.own["event"] = lane.variables.shared["event"] = payload
    lane.put(payload)


def _cursor(step: Wait, lane: ControlThread) -> LogCursor:
    return lane.execution.event_cursors.setdefault(step.pointer, LogCursor())


async def _waited(step: Wait, lane: ControlThread) -> Any:
    """The event's payload; ABSENT where there is none."""
    body = step.body
    event, until = body.get("event"), body.get("until")
    if isinstance(event, Scalar):
        return await _event(step, lane, event.text)
    if isinstance(until, Scalar):
        await _poll(lane, until, _seconds(step, "poll"))
        return ABSENT
    await asyncio.get_running_loop().create_future()
    return ABSENT


async def _poll(lane: ControlThread, until: Scalar, interval: float | None) -> None:
    while not condition(lane, until, "wait.until"):  # noqa: ASYNC110 - polling is what it is for
        await asyncio.sleep(_POLL if interval is None else interval)


async def _event(step: Wait, lane: ControlThread, event: str) -> Any:
    match = step.body.get("match")
    hub = lane.execution.run.hub
    await hub.follow(event)
    log = hub.log
    cursor = _cursor(step, lane)
    cursor.advance(log, event)
    tried = 0
    while True:
        while tried < len(cursor.left):
            if not isinstance(match, Scalar) or _matches(lane, match, cursor.left[tried]):
                return cursor.left.pop(tried)
            tried += 1
        await log.beyond(event, cursor.seen)
        cursor.advance(log, event)


def _matches(lane: ControlThread, match: Scalar, payload: Any) -> bool:
    own = lane.variables.own
    before = own.get("event", ABSENT)
    own["event"] = payload
    try:
        return condition(lane, match, "wait.match")
    finally:
        if before is ABSENT:
            del own["event"]
        else:
            own["event"] = before


async def _timed_out(step: Wait, lane: ControlThread, record: StepRecord) -> None:
    if _choice(step) == "fail":
        raise _timeout_error(step, lane)
    record.finish("skipped", error=_timeout_error(step, lane).message, reason="onTimeout")
    await _instead(step, lane, record)


async def _instead(step: Wait, lane: ControlThread, record: StepRecord) -> None:
    """Run the participant that `onTimeout` names, if it names one."""
    choice = _choice(step)
    if choice not in ("fail", "skip"):
        await run_target(choice, lane, record.seq, step.pointer)


def _choice(step: Wait) -> str:
    node = step.body.get("onTimeout")
    return node.text if isinstance(node, Scalar) else "fail"


def _timeout_error(step: Wait, lane: ControlThread) -> StepError:
    timeout, event = step.body.get("timeout"), step.body.get("event")
    for_what = f"event '{event.text}'" if isinstance(event, Scalar) else "its condition"
    trouble = lane.execution.run.hub.trouble if isinstance(event, Scalar) else None
    return StepError(
        f"timed out after {timeout.text if isinstance(timeout, Scalar) else ''} waiting for {for_what}"
        + (f": {trouble}" if trouble else ""),
        code="timeout",
        field="wait.timeout",
        place=lane.execution.place(timeout or step.node),
    )


def _seconds(step: Wait, field: str) -> float | None:
    node = step.body.get(field)
    return seconds(node.text) if isinstance(node, Scalar) else None
