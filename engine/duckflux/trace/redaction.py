"""Redacts events for others to see: secrets are masked and long values truncated (docs/language.md#secrets)."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET

from duckflux.runtime.events import (
    Attempt,
    ConditionChecked,
    Event,
    ExecutionFinished,
    ExecutionStarted,
    OutputChunk,
    StepFinished,
    StepStarted,
)
from duckflux.runtime.secrets import Secrets
from duckflux.runtime.values import encode_json, unicode_text

VALUE_LIMIT = 1_000_000
TRUNCATED = "...[truncated]"
# A secret that begins before the limit may end this far behind it.
_MARGIN = 64 * 1024

# After these words an error quotes the output of a command, a server or a tool.
_QUOTATION = re.compile(
    r"(exit code \d+|ended by signal \d+|status \d+|' failed|gave a wrong result)(?:: |\n).*", re.DOTALL
)

_VALUES: dict[type, str] = {
    ExecutionStarted: "inputs",
    StepStarted: "input",
    StepFinished: "output",
    ExecutionFinished: "output",
}
_TEXTS: dict[type, tuple[str, ...]] = {
    StepFinished: ("error", "stderr"),
    ExecutionFinished: ("error",),
}


class RedactedValue(NamedTuple):
    """A redacted value; `value` is JSON as msgspec.Raw."""

    value: msgspec.Raw
    truncated: bool
    masked: bool


def redact_event(event: Event, secrets: Secrets, *, values: bool = True) -> Event:
    """Return the event fit to be written.

    Its value is msgspec.Raw then, and `truncated` and `masked` tell what was changed. Without `values`,
    inputs, outputs, and what a command wrote to stderr are left out.
    """
    if not values:
        event = _without_values(event)
    if isinstance(event, ConditionChecked) or (isinstance(event, StepStarted) and event.input is UNSET):
        return event
    if isinstance(event, OutputChunk):
        # Masked by the engine, which knows where its parts meet.
        text = unicode_text(event.text)
        return event if text == event.text else msgspec.structs.replace(event, text=text)
    changes: dict[str, Any] = {}
    name = _VALUES.get(type(event))
    if name is not None and (value := getattr(event, name)) is not UNSET:
        found = redact_value(value, secrets)
        changes[name] = found.value
        if found.truncated:
            changes["truncated"] = True
        if found.masked:
            changes["masked"] = True
    for name in _TEXTS.get(type(event), ()):
        text = getattr(event, name)
        if text and (hidden := unicode_text(secrets.mask(text))) != text:
            changes[name] = hidden
            if hidden != unicode_text(text):
                changes["masked"] = True
    if isinstance(event, StepFinished) and event.attempts:
        changes["attempts"] = tuple(_redacted_attempt(attempt, secrets) for attempt in event.attempts)
    return msgspec.structs.replace(event, **changes) if changes else event


def redact_value(value: Any, secrets: Secrets, limit: int = VALUE_LIMIT) -> RedactedValue:
    """Return a JSON value fit to be written. Texts are truncated by their UTF-8, other values by their JSON."""
    shortened = isinstance(value, str) and len(value) > limit + _MARGIN
    if shortened:
        value = secrets.mask_beginning(value[: limit + _MARGIN])
    encoded = encode_json(value)
    masked = False
    if secrets.occur_in(encoded):
        hidden = secrets.mask_value(value)
        masked = hidden != value
        value, encoded = hidden, encode_json(hidden)
    cut = _truncated(value, encoded, limit)
    if cut is None and shortened:
        cut = value + TRUNCATED
    return RedactedValue(msgspec.Raw(encoded if cut is None else encode_json(cut)), cut is not None, masked)


def _truncated(value: Any, encoded: bytes, limit: int) -> str | None:
    """Return the text that replaces a value that is too long, None for a value that is not."""
    if len(encoded) <= limit:
        return None
    whole = value.encode("utf-8", "replace") if isinstance(value, str) else encoded
    if len(whole) <= limit:
        return None
    return whole[:limit].decode("utf-8", "ignore") + TRUNCATED


def _without_values(event: Event) -> Event:
    changes: dict[str, Any] = {}
    if (name := _VALUES.get(type(event))) is not None:
        changes[name] = None if name == "inputs" else UNSET
    match event:
        case StepFinished():
            attempts = tuple(
                msgspec.structs.replace(a, error=_without_quotation(a.error)) for a in event.attempts
            )
            changes |= {
                "stderr": None,
                "error": event.error and _without_quotation(event.error),
                "attempts": attempts,
            }
        case ExecutionFinished():
            changes["error"] = event.error and _without_quotation(event.error)
        case ConditionChecked():
            changes["values"] = ""
        case _:
            pass
    return msgspec.structs.replace(event, **changes)


def _without_quotation(error: str) -> str:
    """Return an error without the output that it quotes."""
    return _QUOTATION.sub(r"\1", error)


def _redacted_attempt(attempt: Attempt, secrets: Secrets) -> Attempt:
    return msgspec.structs.replace(attempt, error=unicode_text(secrets.mask(attempt.error)))
