"""Defines the data from beyond the text: tools of MCP servers, events of other files, and the last run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

import msgspec

from ..recorded_values import RecordedRun


class Tool(msgspec.Struct, frozen=True, rename="camel"):
    """A tool as its server describes it; `input_schema` is the JSON Schema of its arguments."""

    name: str
    description: str = ""
    input_schema: dict[str, Any] = {}


Tools: TypeAlias = Callable[[str], Sequence[Tool]]
"""Gives the tools of an MCP server by its name, as far as they are known."""
Events: TypeAlias = Callable[[], Iterable[str]]
"""Gives the names of the events in other files."""


class WorkspaceData(msgspec.Struct, frozen=True):
    """The data from beyond the text."""

    tools: Tools
    events: Events
    run: RecordedRun | None = None
