"""An event hub: a file of JSON lines that all runs append to and read on from its end when they began.

`duckflux run FILE --event-backend file --event-option path=events.jsonl`
"""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from duckflux import Connect, HubError, Log

_PAUSE = 0.02


def connect(options: Mapping[str, str]) -> Connect:
    """What the entry point names: takes the options, gives the function that connects a run."""
    if set(options) != {"path"}:
        raise HubError("the file hub takes one option: --event-option path=FILE")
    path = Path(options["path"])

    async def start(warn: Any) -> FileHub:
        try:
            path.touch()
        except OSError as error:
            raise HubError(f"{path}: {error.strerror}") from None
        return FileHub(path)

    return start


class FileHub:
    unreachable_reason = None

    def __init__(self, path: Path) -> None:
        self.log = Log()
        self._path = path
        self._position = path.stat().st_size
        self._reader = asyncio.create_task(self._read())

    async def subscribe(self, event: str) -> None:
        """The log has all events."""

    async def publish(self, event: str, payload: Any) -> None:
        with self._path.open("a") as file:
            file.write(json.dumps([event, payload]) + "\n")

    async def close(self) -> None:
        self._reader.cancel()

    async def _read(self) -> None:
        while True:
            with self._path.open() as file:
                file.seek(self._position)
                while (line := file.readline()).endswith("\n"):
                    self._position = file.tell()
                    self.log.add(*json.loads(line))
            await asyncio.sleep(_PAUSE)
