"""Runs `type: emit`: publishes an event (docs/language.md#emit)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from duckflux.cel.json_values import to_json
from duckflux.language.schema.participant_types import BUILT_IN

from ..engine.control_thread import ControlThread
from ..engine.evaluate import evaluate, map_texts
from ..engine.step_settings import StepSettings
from ..hubs import HubError
from .participant_call import Outcome, ParticipantCall


async def run(call: ParticipantCall) -> Outcome:
    """Publish the event and return {event, payload, ack}. Raises StepError if it is not confirmed in time."""
    event = call.settings.text("event") or ""
    payload = _payload(call)
    try:
        async with asyncio.timeout(call.settings.timeout or BUILT_IN["emit"].default_timeout) as limit:
            await call.thread.frame.run.hub.publish(event, payload)
    except TimeoutError:
        if not limit.expired():
            raise
        return _not_confirmed(call, event, payload)
    except HubError as error:
        raise call.error(str(error), code="hub", field="event") from None
    return Outcome({"event": event, "payload": payload, "ack": True})


def restore(thread: ControlThread, settings: StepSettings, output: Any) -> Outcome:
    """Put the event of an earlier run into the run's own log, where later waits look for it."""
    if isinstance(output, Mapping):
        thread.frame.run.hub.log.add(str(output.get("event")), output.get("payload"), means=None)
    return Outcome(output)


def _payload(call: ParticipantCall) -> Any:
    """Return the payload as a JSON value, as all hubs deliver it; an empty map where none is given."""
    node = call.field("payload")
    if node is None:
        return {}
    return to_json(map_texts(node, lambda scalar: evaluate(call.thread, scalar, "payload")))


def _not_confirmed(call: ParticipantCall, event: str, payload: Any) -> Outcome:
    if call.settings.text("onTimeout") == "skip":
        return Outcome({"event": event, "payload": payload, "ack": False}, status="skipped")
    reason = call.thread.frame.run.hub.unreachable_reason
    message = f"event '{event}' was not confirmed in time"
    raise call.error(f"{message}: {reason}" if reason else message, code="timeout", field="timeout")
