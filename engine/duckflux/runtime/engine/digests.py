"""Computes short digests of step definitions, so that a later run can tell what has changed."""

from __future__ import annotations

from collections.abc import Mapping
from zlib import crc32

import msgspec

from duckflux.language.syntax import Node, plain_value


def digest(definition: Mapping[str, Node | None]) -> str:
    """Return `run=1f3a9c02 timeout=...`: eight hex digits for each field's value, however it is written."""
    return " ".join(
        f"{name}={crc32(msgspec.json.encode(plain_value(node))):08x}"
        for name, node in sorted(definition.items())
        if node is not None
    )


def changed_fields(old: str, new: str) -> list[str]:
    """Return the fields whose digests differ, or that only one of the two has."""
    before, after = (dict(part.partition("=")[::2] for part in text.split()) for text in (old, new))
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
