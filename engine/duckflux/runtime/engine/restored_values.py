"""Restores the types of recorded values: JSON has no times, durations or bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from duckflux.cel.chrono import Duration, Timestamp
from duckflux.cel.errors import Failure
from duckflux.cel.json_values import to_json


def restore_types(recorded: Any, now: Any) -> Any:
    """Return a recorded JSON value with the types of the value that its expression gives now."""
    if isinstance(now, Timestamp | Duration) and isinstance(recorded, str):
        parse = Timestamp.from_rfc3339 if isinstance(now, Timestamp) else Duration.parse
        try:
            return parse(recorded)
        except Failure:
            return recorded
    if isinstance(now, Mapping) and isinstance(recorded, Mapping):
        return {
            key: restore_types(value, now[key]) if key in now else value for key, value in recorded.items()
        }
    if isinstance(now, list | tuple) and isinstance(recorded, list) and len(now) == len(recorded):
        return [restore_types(value, like) for value, like in zip(recorded, now, strict=True)]
    return now if to_json(now) == recorded else recorded
