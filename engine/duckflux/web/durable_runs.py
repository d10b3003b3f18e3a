"""Has workflows run as durable runs, and reaches those of a store: they outlive this server."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from ..durable.bundle import request_for
from ..durable.dbos_store import DbosClient, Location
from ..durable.hub import send
from ..durable.records import RunResult
from ..durable.store import OPEN_STATES, StoreError
from ..live.client import LiveRunError
from ..runtime.ids import new_id
from ..wait_answers import AnswerError
from .mirror import Mirror
from .runs import RunError, Runs, checked, has_begun

_PAUSE = 0.05
# A run that no worker takes for so long waits, and somebody has to be told.
_WORKER_SECONDS = 10.0


class DurableRuns:
    """The runs of a store, beside the `local` ones: those that are resumed, and what was started elsewhere.

    With SQLite, a run has a process of its own, which ends with this server; with Postgres, workers have it.
    """

    def __init__(self, location: Location, folder: Path, traces: Path, local: Runs, mirror: Mirror) -> None:
        self._location = location
        self._folder = folder
        self._traces = traces
        self._local = local
        self._mirror = mirror

    async def start(
        self, path: Path, inputs: dict[str, Any], *, resume: Path | None = None, step: str = ""
    ) -> str:
        """Ask for a durable run and return its id once it has begun; a resumed one is local. Raises RunError."""
        if resume is not None:
            return await self._local.start(path, inputs, resume=resume, step=step)
        if not self._location.is_postgres:
            id_ = new_id()
            self._mirror.follow_soon(id_)
            return await self._local.start(path, inputs, id_=id_, store=f"sqlite:{self._location.path}")
        id_ = await asyncio.to_thread(self._submit, path, inputs)
        self._mirror.follow_soon(id_)
        await self._until_begun(id_)
        return id_

    async def cancel(self, id_: str) -> None:
        """Have a run end. Raises LiveRunError."""
        if not await asyncio.to_thread(self._is_cancelled, id_):
            await self._local.cancel(id_)

    async def answer(self, id_: str, event: str, payload: Any, match: str | None) -> None:
        """Send the event that a run waits for. Raises AnswerError."""
        if not await asyncio.to_thread(self._is_sent, id_, event, payload):
            await self._local.answer(id_, event, payload, match)

    async def end(self) -> None:
        """End the local runs."""
        await self._local.end()

    def _submit(self, path: Path, inputs: dict[str, Any]) -> str:
        workflow, resolved = checked(path, inputs)
        folder = str(self._folder)
        request = request_for(workflow, str(path), resolved, folder, folder, id=new_id())
        try:
            self._mirror.client().submit(request)
        except StoreError as error:
            raise RunError(str(error)) from None
        return request.id

    async def _until_begun(self, id_: str) -> None:
        """Wait until a run has a trace. Raises RunError for one that has ended without, or that nobody takes."""
        trace = self._traces / f"{id_}.json"
        deadline = time.monotonic() + _WORKER_SECONDS
        while not has_begun(trace):
            if time.monotonic() > deadline:
                raise RunError(
                    f"no worker takes the run {id_} yet: it waits in {self._location.name}, and begins with one"
                )
            await asyncio.to_thread(self._raise_if_ended, id_, trace)
            await asyncio.sleep(_PAUSE)

    def _raise_if_ended(self, id_: str, trace: Path) -> None:
        try:
            info = self._mirror.client().find(id_)
        except StoreError as error:
            raise RunError(str(error)) from None
        if info is None or info.result is None or has_begun(trace):
            return
        result = RunResult.decode(info.result)
        if result.failures:
            raise RunError(*(failure.message for failure in result.failures))

    def _is_cancelled(self, id_: str) -> bool:
        """Cancel a run of the store; give False if it is none of them, or has ended."""
        try:
            client = self._mirror.client()
            if not _goes_on(client, id_):
                return False
            client.cancel(id_)
        except StoreError as error:
            raise LiveRunError(str(error)) from None
        return True

    def _is_sent(self, id_: str, event: str, payload: Any) -> bool:
        """Send an event to a run of the store; give False if it is none of them, or has ended."""
        try:
            if not _goes_on(self._mirror.client(), id_):
                return False
            send(self._location, event, payload, "web", id_)
        except StoreError as error:
            raise AnswerError(str(error)) from None
        return True


def _goes_on(client: DbosClient, id_: str) -> bool:
    info = client.find(id_)
    return info is not None and info.state in OPEN_STATES
