"""Follows a run that was started elsewhere on this machine, such as in a terminal, through its socket."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
from duckflux.json_text import JsonError, parse_json
from duckflux.runtime.events import Event, ExecutionFinished, decode

# As the protocol allows for a line.
_MAX_LINE = 64 * 1024 * 1024
_SECONDS_TO_ANSWER = 2.0


class LiveRun:
    """A connection to a live run; `about` is what the run says of itself."""

    def __init__(
        self, about: dict[str, Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.about = about
        self._reader = reader
        self._writer = writer

    @classmethod
    async def connect(cls, socket: str) -> LiveRun | None:
        """Return a connection to the run of a socket, None if there is none or it does not answer."""
        writer = None
        try:
            async with asyncio.timeout(_SECONDS_TO_ANSWER):
                reader, writer = await asyncio.open_unix_connection(socket, limit=_MAX_LINE)
                about = parse_json(await reader.readline())
        except (OSError, TimeoutError, ValueError, JsonError):
            if writer is not None:
                writer.close()
            return None
        return cls(about, reader, writer) if isinstance(about, dict) else None

    @property
    def workflow(self) -> Path:
        """The file of its workflow."""
        return Path(str(self.about.get("path")))

    @property
    def trace(self) -> Path | None:
        """The file of its trace, None if it has none."""
        found = self.about.get("trace")
        return Path(found) if isinstance(found, str) else None

    async def events(self, *, output: bool = False) -> AsyncIterator[Event]:
        """Yield what was and what comes until the run ends; with `output` also what its steps print."""
        self._ask({"request": "follow", "output": output})
        with contextlib.suppress(OSError, ValueError):
            while line := await self._reader.readline():
                # Answers are among the events.
                with contextlib.suppress(msgspec.MsgspecError):
                    event = decode(line)
                    yield event
                    if isinstance(event, ExecutionFinished):
                        return

    async def wait(self) -> tuple[int, str]:
        """Return (exit code, what it wrote to stderr) as far as it is known: the events say how the run ended."""
        return 0, ""

    def cancel(self) -> None:
        """Ask the run to end."""
        self._ask({"request": "cancel"})

    async def end(self) -> None:
        """Leave the run alone: it is not this program's."""
        self._writer.close()

    def _ask(self, request: dict[str, Any]) -> None:
        with contextlib.suppress(OSError):
            self._writer.write(msgspec.json.encode(request) + b"\n")
