"""Values as a trace may show them: secrets masked, cut at the limit, already encoded (LANGUAGE section 7)."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET

from duckflux.runtime.chain import json_text
from duckflux.runtime.secrets import Secrets

from .model import STEP_LIMIT, TRUNCATED


class Sealed(NamedTuple):
    """`value` is msgspec.Raw JSON, or UNSET."""

    value: Any
    truncated: bool = False
    masked: bool = False


def seal(value: Any, secrets: Secrets, limit: int = STEP_LIMIT) -> Sealed:
    """A JSON value, or UNSET, made fit for a trace. Texts are cut by their UTF-8, other values by their JSON."""
    if value is UNSET:
        return Sealed(UNSET)
    encoded = json_text(value)
    masked = False
    if secrets.occur_in(encoded):
        hidden = secrets.mask_value(value)
        masked = hidden != value
        value, encoded = hidden, json_text(hidden)
    cut = _cut(value, encoded, limit)
    return Sealed(msgspec.Raw(encoded if cut is None else json_text(cut)), cut is not None, masked)


def _cut(value: Any, encoded: bytes, limit: int) -> str | None:
    """The text that stands for a value that is too long; None for one that is not."""
    if len(encoded) <= limit:
        return None
    whole = value.encode("utf-8", "replace") if isinstance(value, str) else encoded
    if len(whole) <= limit:
        return None
    return whole[:limit].decode("utf-8", "ignore") + TRUNCATED
