"""Formats values as JSON for people and other programs."""

from __future__ import annotations

from typing import Any

import msgspec

from ..terminal_text import printable_json


def indented_json(value: Any) -> str:
    """Return a value, also of records, as JSON with an indentation of two spaces, for terminals too."""
    return printable_json(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())
