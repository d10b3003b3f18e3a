"""Implements `duckflux runs`: what durable runs there are, and what is to become of them."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ...durable.store import OPEN_STATES
from ...runtime.engine.run_workflow import Result
from ...trace.view.labels import duration_text
from ..argument_parser import add_command, duration, whole_number
from ..json_output import indented_json
from ..text_output import print_text
from ..trace.table import print_table
from .options import (
    VARIABLE,
    DurableError,
    add_store_argument,
    answer_command,
    connected_to_existing,
    location_of,
    unattended_message,
)
from .schedule import add_schedule, add_schedule_arguments

if TYPE_CHECKING:
    from ...durable.store import Client, RunInfo

_OK, _REFUSED, _FAILED = 0, 1, 2
_SYMBOLS = {
    "waiting": "…",
    "running": "▸",
    "interrupted": "‖",
    "success": "✓",
    "failure": "✗",
    "cancelled": "✗",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the subcommands of `runs`."""
    commands = parser.add_subparsers(dest="runs_command", required=True, metavar="COMMAND")
    listing = add_command(commands, "list", "list runs, the newest first")
    listing.add_argument(
        "--limit", type=whole_number(10_000), default=50, metavar="N", help="how many at most (default: 50)"
    )
    listing.add_argument("--state", choices=tuple(_SYMBOLS), action="append", help="only those in this state")
    listing.add_argument("--json", action="store_true", help="print a JSON list, with an object for each run")
    show = add_command(commands, "show", "tell how a run stands, and what it gave")
    show.add_argument("--json", action="store_true", help="print a JSON object")
    follow = add_command(commands, "follow", "watch a run, from its begin to its end")
    follow.add_argument("-v", "--verbose", action="store_true", help="show the output of steps")
    cancel = add_command(commands, "cancel", "cancel a run that has not ended")
    for command in (show, follow, cancel):
        command.add_argument("id", metavar="ID", help="the run's id, or the beginning of it")
    emit = add_command(commands, "emit", "send an event to all runs that wait for it")
    emit.add_argument("event", metavar="EVENT", help="the event's name")
    emit.add_argument(
        "payload", metavar="PAYLOAD", nargs="?", default="{}", help="a JSON value (default: {})"
    )
    prune = add_command(commands, "prune", "delete runs that have ended, with all that is kept of them")
    prune.add_argument(
        "--older-than",
        type=duration,
        default="7d",
        metavar="DURATION",
        help="those that ended longer ago than this, such as 12h or 30d (default: 7d)",
    )
    prune.add_argument("--dry-run", action="store_true", help="only list them")
    schedule = add_command(commands, "schedule", "have a workflow run at the times of a cron expression")
    add_schedule_arguments(schedule)
    schedules = add_command(commands, "schedules", "list the schedules")
    schedules.add_argument("--json", action="store_true", help="print a JSON list, with an object for each")
    unschedule = add_command(commands, "unschedule", "delete a schedule; its runs stay")
    unschedule.add_argument("name", metavar="NAME", help="the schedule's name")
    for command in (listing, show, follow, cancel, emit, prune, schedule, schedules, unschedule):
        add_store_argument(command)


def main(args: argparse.Namespace) -> int:
    """Carry the subcommand out and return the exit code."""
    from ...durable.store import StoreError

    try:
        client = connected_to_existing(location_of(args))
        try:
            return _COMMANDS[args.runs_command](args, client)
        finally:
            client.close()
    except (DurableError, StoreError) as error:
        print_text(f"error: {error}", file=sys.stderr)
        return _REFUSED


def _list(args: argparse.Namespace, client: Client) -> int:
    found = client.runs(args.state or (), args.limit)
    if args.json:
        print(indented_json([_about(info) for info in found]))
        return _OK
    if not found:
        print("there is no run")
        return _OK
    rows = [
        (
            info.id,
            f"{_SYMBOLS[info.state]} {info.state}",
            info.workflow,
            _time(info.created) or "",
            _duration(info),
        )
        for info in found
    ]
    print_table(("ID", "STATE", "WORKFLOW", "ASKED FOR", "DURATION"), rows)
    return _OK


def _show(args: argparse.Namespace, client: Client) -> int:
    info = _find(args.id, client)
    if args.json:
        print(indented_json(_about(info)))
        return _OK
    print_text(f"{_SYMBOLS[info.state]} {info.state} · {info.workflow} · {info.id}")
    print_text(f"asked for at {_time(info.created)}" + (f", {text}" if (text := _duration(info)) else ""))
    if info.holder is not None:
        print_text(f"worker {info.holder}")
    if info.state == "interrupted":
        print_text(unattended_message(location_of(args), info.id))
    if info.state in OPEN_STATES:
        return _OK
    from .run import ended

    _, result = ended(info)
    if result is not None and result.error is not None:
        print_text(str(result.error))
    elif result is not None:
        print(indented_json(result.output))
    return _OK


def _follow(args: argparse.Namespace, client: Client) -> int:
    from ..run_display import display_for
    from .run import watch

    info = _find(args.id, client)
    display = display_for(sys.stderr, args.verbose, answer_command(args.durable or os.environ[VARIABLE]))
    try:
        watching = watch(client, location_of(args), info.id, [display], _warn, cancels=False)
        code, result = asyncio.run(watching)
    finally:
        display.close(timeout=1.0)
    _print_result(result)
    return code


def _print_result(result: Result | None) -> None:
    if result is not None and result.error is not None:
        print_text(str(result.error), file=sys.stderr)
    elif result is not None and result.output is not None:
        print(indented_json(result.output) if not isinstance(result.output, str) else result.output)


def _cancel(args: argparse.Namespace, client: Client) -> int:
    info = _find(args.id, client)
    if info.state not in OPEN_STATES:
        raise DurableError(f"the run {info.id} has ended: {info.state}")
    client.cancel(info.id)
    print_text(f"cancelled {info.id}")
    return _OK


def _emit(args: argparse.Namespace, client: Client) -> int:
    from ...durable.hub import send
    from ...json_text import JsonError, parse_json

    try:
        payload = parse_json(args.payload.encode())
    except JsonError as error:
        raise DurableError(f"the payload is not a JSON value: {error}") from None
    send(location_of(args), args.event, payload, "cli")
    return _OK


def _prune(args: argparse.Namespace, client: Client) -> int:
    from ...durable.hub import forget

    before = time.time() - args.older_than
    closed: Sequence[Any] = ("success", "failure", "cancelled")
    found = [info for info in client.runs(closed, 10_000) if (info.finished or info.created) < before * 1000]
    for info in found:
        print_text(f"{'would delete' if args.dry_run else 'deleted'} {info.id} ({info.workflow})")
    if not args.dry_run:
        client.delete([info.id for info in found])
        open_runs = client.runs(OPEN_STATES, 10_000)
        forget(location_of(args), min([before, *(info.created / 1000 for info in open_runs)]))
    return _OK


def _schedules(args: argparse.Namespace, client: Client) -> int:
    found = client.schedules()
    if args.json:
        print(indented_json([schedule._asdict() for schedule in found]))
        return _OK
    if not found:
        print("there is no schedule")
        return _OK
    rows = [
        (schedule.name, schedule.cron, schedule.timezone or "UTC", schedule.workflow, schedule.last or "")
        for schedule in found
    ]
    print_table(("NAME", "CRON", "TIME ZONE", "WORKFLOW", "LAST"), rows)
    return _OK


def _unschedule(args: argparse.Namespace, client: Client) -> int:
    if not client.unschedule(args.name):
        raise DurableError(f"there is no schedule {args.name}: see `duckflux runs schedules`")
    print_text(f"deleted the schedule {args.name}")
    return _OK


def _find(id_: str, client: Client) -> RunInfo:
    """Return the run with an id, or the only one whose id begins so. Raises DurableError."""
    if (info := client.find(id_)) is not None:
        return info
    found = [info for info in client.runs((), 10_000) if info.id.startswith(id_)]
    if len(found) == 1:
        return found[0]
    what = "there is no run" if not found else f"{len(found)} runs have ids that begin with"
    raise DurableError(f"{what} {id_}: see `duckflux runs list`")


def _about(info: RunInfo) -> dict[str, Any]:
    from .run import ended

    about: dict[str, Any] = {
        "id": info.id,
        "state": info.state,
        "workflow": info.workflow,
        "created": _time(info.created),
        "started": _time(info.started),
        "finished": _time(info.finished),
        "worker": info.holder,
    }
    if info.state not in OPEN_STATES:
        _, result = ended(info)
        if result is not None:
            about["output"] = result.output
            about["error"] = str(result.error) if result.error is not None else None
    return about


def _time(milliseconds: int | None) -> str | None:
    if milliseconds is None:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="seconds")


def _duration(info: RunInfo) -> str:
    if info.started is None:
        return ""
    lasted = (info.finished or int(time.time() * 1000)) - info.started
    # SQLite keeps whole seconds.
    return duration_text(lasted) if lasted else "< 1s"


def _warn(text: str) -> None:
    print_text(f"warning: {text}", file=sys.stderr)


_COMMANDS = {
    "list": _list,
    "show": _show,
    "follow": _follow,
    "cancel": _cancel,
    "emit": _emit,
    "prune": _prune,
    "schedule": add_schedule,
    "schedules": _schedules,
    "unschedule": _unschedule,
}
