"""`type: emit`: send an event (LANGUAGE section 4)."""

from __future__ import annotations

import asyncio
from typing import Any

from duckflux.cel.json_values import to_json

from ..engine.evaluate import evaluate, map_texts
from ..errors import StepError
from ..hubs import HubError
from . import Outcome, ParticipantCall

_TIMEOUT = 30.0


async def run(call: ParticipantCall) -> Outcome:
    """Publish the event; the output is {event, payload, ack}. Raises StepError if not confirmed in time."""
    event = call.settings.text("event") or ""
    payload = _payload(call)
    try:
        async with asyncio.timeout(call.settings.timeout or _TIMEOUT) as limit:
            await call.thread.frame.run.hub.publish(event, payload)
    except TimeoutError:
        if not limit.expired():
            raise
        return _unconfirmed(call, event, payload)
    except HubError as error:
        raise _error(call, str(error), "hub", "event") from None
    return Outcome({"event": event, "payload": payload, "ack": True})


def _payload(call: ParticipantCall) -> Any:
    """Without a `payload` an empty map goes out. Values are JSON from here on, as other hubs would make them."""
    node = call.field("payload")
    if node is None:
        return {}
    return to_json(map_texts(node, lambda scalar: evaluate(call.thread, scalar, "payload")))


def _unconfirmed(call: ParticipantCall, event: str, payload: Any) -> Outcome:
    if call.settings.text("onTimeout") == "skip":
        return Outcome({"event": event, "payload": payload, "ack": False}, status="skipped")
    unreachable_reason = call.thread.frame.run.hub.unreachable_reason
    what = f"event '{event}' was not confirmed in time"
    raise _error(call, f"{what}: {unreachable_reason}" if unreachable_reason else what, "timeout", "timeout")


def _error(call: ParticipantCall, message: str, code: str, field: str) -> StepError:
    location = call.thread.frame.location(call.field(field) or call.settings.node)
    return StepError(message, code=code, field=field, location=location)
