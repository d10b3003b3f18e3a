"""Writes links in Markdown that run a command of the client or of the server."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import msgspec


def command_link(text: str, command: str, arguments: dict[str, Any]) -> str:
    """Return a link that runs a command, for clients that allow it to."""
    encoded = quote(msgspec.json.encode([arguments]).decode(), safe="")
    return f"[{text}](command:{command}?{encoded})"
