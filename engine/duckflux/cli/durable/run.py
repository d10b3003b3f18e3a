"""Implements `duckflux run --durable`: asks for a run that is kept, and follows it or has it itself."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from ...durable import hub as hubs
from ...durable.bundle import request_for
from ...durable.dbos_store import DbosWorker, Location
from ...durable.execution import Worker
from ...durable.follow import NOT_CARRIED_OUT, follow
from ...durable.records import RunRequest, RunResult
from ...durable.store import Client, Handlers, RunInfo, StoreError
from ...runtime.engine.run_workflow import Result
from ...runtime.errors import StepError
from ...runtime.events.stream import Listener
from ...runtime.ids import new_id
from ...runtime.signals import CancelledBySignal
from ..text_output import print_text
from .options import DurableError, connected, location, unattended_message

if TYPE_CHECKING:
    from ...language.model.workflow import Workflow
    from ...live.host import LiveRunHost

Warn = Callable[[str], None]
_OK, _FAILED, _HANGUP, _TERMINATED = 0, 2, 129, 143


class KeptError(StepError):
    """A failure that was kept with all that is said about it."""

    def __str__(self) -> str:
        return self.message


def request_of(args: argparse.Namespace, workflow: Workflow, inputs: dict[str, Any]) -> RunRequest:
    """Return what is asked for: paths are relative to the current folder. Raises DurableError."""
    folder = os.getcwd()
    return request_for(
        workflow,
        args.file,
        inputs,
        folder,
        args.cwd or folder,
        id=args.id or new_id(),
        spread=args.spread or "parallel",
        label=args.label,
        is_exclusive=args.exclusive,
        max_parallel=args.max_parallel,
    )


def run_durable(
    args: argparse.Namespace,
    request: RunRequest,
    listeners: Sequence[Listener],
    warn: Warn,
    host: LiveRunHost | None,
) -> tuple[int, Result | None]:
    """Return the exit code of a durable run and how it ended, None without an end. Raises DurableError.

    Where there is a `host`, other programs of the user find the run in this process, wherever it is executed.
    """
    place = location(args.durable)
    if host is not None:
        host.publish, host.gate = hubs.publisher(place, request.id), None
        listeners = [*listeners, host]
    try:
        if place.is_postgres:
            return _submit(args, place, request, listeners, warn, host)
        if args.detach:
            raise DurableError("--detach needs workers, and SQLite has none: use Postgres")
        return asyncio.run(_run_here(place, request, listeners, warn, host))
    except StoreError as error:
        raise DurableError(str(error)) from None


def _submit(
    args: argparse.Namespace,
    place: Location,
    request: RunRequest,
    listeners: Sequence[Listener],
    warn: Warn,
    host: LiveRunHost | None,
) -> tuple[int, Result | None]:
    client = connected(place)
    try:
        is_new = client.submit(request)
        if args.detach:
            print_text(request.id)
            return _OK, Result(request.id, None, None)
        if not is_new:
            warn(f"a run with the id {request.id} exists: this is how it goes")
        return asyncio.run(watch(client, place, request.id, listeners, warn, host, cancels=True))
    finally:
        client.close()


async def watch(
    client: Client,
    place: Location,
    id_: str,
    listeners: Sequence[Listener],
    warn: Warn,
    host: LiveRunHost | None = None,
    *,
    cancels: bool,
) -> tuple[int, Result | None]:
    """Return the exit code and the result of a run that is elsewhere.

    Where it `cancels`, Ctrl-C ends the run too; the end of the terminal never does. The `host` is closed at the
    end. Raises StoreError.
    """
    unattended = partial(warn, unattended_message(place, id_))
    task = asyncio.ensure_future(follow(client, id_, listeners, unattended))
    cancelled = CancelledBySignal(task)
    if host is not None:
        host.cancel = lambda: cancelled.cancel(_TERMINATED)
    try:
        info = await task
    except asyncio.CancelledError:
        if cancelled.code is None:
            raise
        if cancels and cancelled.code != _HANGUP:
            await asyncio.to_thread(client.cancel, id_)
        return cancelled.code, None
    finally:
        if host is not None:
            await host.close()
    if info is None:
        raise DurableError(f"there is no run {id_} any more")
    return ended(info)


def ended(info: RunInfo) -> tuple[int, Result | None]:
    """Return the exit code and the result of a run that has ended; None if it was cancelled."""
    if info.state == "cancelled":
        return _TERMINATED, None
    if info.result is None:
        error = StepError(NOT_CARRIED_OUT, code="durable")
        return _FAILED, Result(info.id, None, error)
    return outcome(info.id, info.result)


def outcome(id_: str, text: str) -> tuple[int, Result | None]:
    """Return the exit code and the result that a text tells."""
    result = RunResult.decode(text)
    if not result.failures:
        return _OK, Result(id_, result.output, None)
    errors = []
    for failure in result.failures:
        error = KeptError(failure.message, code=failure.code, exit_code=failure.exit_code)
        error.step = failure.step
        errors.append(error)
    errors[-1].earlier = tuple(errors[:-1])
    return _FAILED, Result(id_, None, errors[-1])


async def _run_here(
    place: Location,
    request: RunRequest,
    listeners: Sequence[Listener],
    warn: Warn,
    host: LiveRunHost | None,
) -> tuple[int, Result | None]:
    """Have the run in this process, from where it is."""
    request = replace(request, spread="none")
    hub = partial(hubs.connect, place)
    worker = Worker(f"run:{request.id}", os.getcwd(), dict(os.environ), warn, hub, lambda: [*listeners])
    store = DbosWorker(place, Handlers(worker.run, worker.perform), worker.name)
    try:
        await store.start(None)
    except BlockingIOError:
        raise DurableError(f"another process has the run {request.id} now") from None
    task = asyncio.ensure_future(store.run_here(request))
    cancelled = CancelledBySignal(task)
    if host is not None:
        host.cancel = lambda: cancelled.cancel(_TERMINATED)
    try:
        return outcome(request.id, await task)
    except asyncio.CancelledError:
        if cancelled.code is None:
            return _TERMINATED, None
        await store.stop()
        await worker.interrupt()
        print_text(f"the run is kept: `--durable … --id {request.id}` goes on with it", file=sys.stderr)
        return cancelled.code, None
    finally:
        await worker.close()
        store.close()
        if host is not None:
            await host.close()
