"""Holds messages of the adapter against the protocol's own schema, as the package `dap-types` has it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

try:
    import dap_types
except ImportError:
    dap_types = None


# Clients may end at an event that they do not know: these are the ones that all of them do.
EVENTS = {
    "initialized",
    "stopped",
    "continued",
    "exited",
    "terminated",
    "thread",
    "output",
    "breakpoint",
    "capabilities",
}


def check(message: dict[str, Any]) -> None:
    """Fail for a message that the protocol does not allow, and for fields that it does not know."""
    assert message["type"] != "event" or message["event"] in EVENTS, message
    model = _model(message)
    if model is None:
        return
    unknown = list(_unknown(model.model_validate(message), ""))
    assert not unknown, f"{unknown} in {message}"


def _model(message: dict[str, Any]) -> Any:
    if dap_types is None:
        return None
    if message["type"] == "event":
        name = f"{message['event'][0].upper()}{message['event'][1:]}Event"
    elif message["success"]:
        name = f"{message['command'][0].upper()}{message['command'][1:]}Response"
    else:
        name = "ErrorResponse"
    return getattr(dap_types, name, None)


def _unknown(value: Any, where: str) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _unknown(item, where)
    elif isinstance(value, dap_types.BaseModel):
        yield from (f"{where}.{name}" for name in value.model_extra or {})
        for name in type(value).model_fields:
            yield from _unknown(getattr(value, name), f"{where}.{name}")
