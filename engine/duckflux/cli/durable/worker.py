"""Implements `duckflux worker`: executes durable runs, and the steps of runs that others have."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from functools import partial

from ..argument_parser import whole_number
from ..text_output import print_text
from .options import DurableError, add_store_argument, location_of

_NOT_STARTED = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `worker`."""
    add_store_argument(parser)
    parser.add_argument(
        "--slots",
        type=whole_number(1_000),
        default=max(1, os.cpu_count() or 1),
        metavar="N",
        help="how many steps of runs that other workers have it takes at once (default: the number of cores)",
    )
    parser.add_argument(
        "--label",
        action="append",
        default=[],
        metavar="NAME",
        help="also take runs that ask for this label (may be given several times)",
    )
    parser.add_argument(
        "--cwd", metavar="DIR", help="the folder of the workflows' files here (default: the current folder)"
    )


def main(args: argparse.Namespace) -> int:
    """Work until a signal says to end, and return the exit code."""
    try:
        root = os.path.abspath(args.cwd or ".")
        if not os.path.isdir(root):
            raise DurableError(f"--cwd {args.cwd} is not a folder")
        return asyncio.run(_work(args, root))
    except DurableError as error:
        print_text(f"error: {error}", file=sys.stderr)
        return _NOT_STARTED


async def _work(args: argparse.Namespace, root: str) -> int:
    place = location_of(args)
    if not place.is_postgres:
        raise DurableError("workers need Postgres: with SQLite, `duckflux run` is its own worker")
    from ...durable import hub as hubs
    from ...durable.dbos_store import DbosWorker, executor_name
    from ...durable.execution import Worker
    from ...durable.store import Handlers, StoreError, WorkerOptions
    from ...runtime.signals import on_termination_signal

    worker = Worker(executor_name(), root, dict(os.environ), _warn, partial(hubs.connect, place))
    store = DbosWorker(place, Handlers(worker.run, worker.perform), worker.name)
    signalled: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    try:
        await store.start(WorkerOptions(args.slots, tuple(args.label)))
    except StoreError as error:
        raise DurableError(str(error)) from None
    on_termination_signal(
        asyncio.get_running_loop(), lambda code: None if signalled.done() else signalled.set_result(code)
    )
    print_text(f"worker {store.name} takes runs from {place.name}", file=sys.stderr)
    code = await signalled
    await store.stop()
    await worker.interrupt()
    store.close()
    return code


def _warn(text: str) -> None:
    print_text(f"warning: {text}", file=sys.stderr)
