"""`type: emit`: send an event (LANGUAGE section 4)."""

from __future__ import annotations

import asyncio
from typing import Any

from duckflux.cel.json_values import to_json

from ..engine.evaluate import each_text, evaluate
from ..errors import StepError
from ..hubs import HubError
from . import Outcome, ParticipantCall

_TIMEOUT = 30.0


async def run(task: ParticipantCall) -> Outcome:
    """Publish the event; the output is {event, payload, ack}. Raises StepError if not confirmed in time."""
    event = task.settings.text("event") or ""
    payload = _payload(task)
    try:
        async with asyncio.timeout(task.settings.timeout or _TIMEOUT) as limit:
            await task.lane.execution.run.hub.publish(event, payload)
    except TimeoutError:
        if not limit.expired():
            raise
        return _unconfirmed(task, event, payload)
    except HubError as error:
        raise _error(task, str(error), "hub", "event") from None
    return Outcome({"event": event, "payload": payload, "ack": True})


def _payload(task: ParticipantCall) -> Any:
    """Without a `payload` an empty map goes out. Values are JSON from here on, as other hubs would make them."""
    node = task.field("payload")
    if node is None:
        return {}
    return to_json(each_text(node, lambda scalar: evaluate(task.lane, scalar, "payload")))


def _unconfirmed(task: ParticipantCall, event: str, payload: Any) -> Outcome:
    if task.settings.text("onTimeout") == "skip":
        return Outcome({"event": event, "payload": payload, "ack": False}, status="skipped")
    trouble = task.lane.execution.run.hub.trouble
    what = f"event '{event}' was not confirmed in time"
    raise _error(task, f"{what}: {trouble}" if trouble else what, "timeout", "timeout")


def _error(task: ParticipantCall, message: str, code: str, field: str) -> StepError:
    place = task.lane.execution.place(task.field(field) or task.settings.node)
    return StepError(message, code=code, field=field, place=place)
