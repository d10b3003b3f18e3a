"""Implements `duckflux emit`: sends an event to a run that is going on, or to an event hub."""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import Any

from ...files import INPUTS_BYTES
from ...json_text import JsonError, parse_json
from ...live.client import LiveRun, LiveRunError, find_run, live_runs
from ...runtime.hubs import Connect, HubError
from ..hub_options import add_hub_arguments, chosen_hub
from ..stdin import read_stdin
from ..text_output import print_text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `emit`."""
    parser.add_argument("event", metavar="EVENT", help="the name of the event")
    parser.add_argument(
        "--payload", metavar="JSON", default="null", help="the payload; `-` reads it from stdin"
    )
    parser.add_argument(
        "--run", metavar="ID", help="the id of the run, or the beginning of it (default: the one that waits)"
    )
    add_hub_arguments(parser)


def main(args: argparse.Namespace) -> int:
    """Send an event and return 0; 1 if it could not be sent."""
    try:
        payload = _payload(args.payload)
        connect = chosen_hub(args)
        if connect is not None:
            asyncio.run(_publish(connect, args.event, payload))
            print_text(f"sent {args.event} to {args.event_backend}")
            return 0
        run = _waiting_run(args.event) if args.run is None else find_run(args.run)
        answer = run.ask("emit", event=args.event, payload=payload, by="cli")
    except (LiveRunError, HubError) as error:
        print_text(f"error: {error}", file=sys.stderr)
        return 1
    print_text(f"sent {args.event} to {run.id} ({run.about.get('workflow')}){_note(answer)}")
    return 0


def _note(answer: dict[str, Any]) -> str:
    """Return what became of an event, where it was not taken as expected."""
    if not answer["awaited"]:
        return ", where nobody waits for it now: a later wait can take it"
    # Of a hub it is not known. Runs of earlier versions do not tell.
    return ", which goes on waiting: `match` does not accept it" if answer.get("taken") is False else ""


def _payload(text: str) -> Any:
    """Return the payload of an argument. Raises LiveRunError."""
    try:
        return parse_json(read_stdin(INPUTS_BYTES) if text == "-" else text)
    except JsonError as error:
        hint = "" if text == "-" else f": for the text, write --payload '\"{text[:40]}\"'"
        raise LiveRunError(f"--payload is not JSON: {error.reason}{hint}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise LiveRunError(f"--payload: stdin cannot be read: {error}") from None


def _waiting_run(event: str) -> LiveRun:
    """Return the one live run that waits for an event. Raises LiveRunError."""
    waiting = []
    others: set[str] = set()
    for run in live_runs():
        if isinstance(run, LiveRunError):
            print_text(f"warning: {run}", file=sys.stderr)
            continue
        events = {wait["event"] for wait in run.ask("status")["waiting"]}
        others |= events
        if event in events:
            waiting.append(run)
        else:
            run.close()
    if len(waiting) == 1:
        return waiting[0]
    if waiting:
        raise LiveRunError(
            f"{len(waiting)} runs wait for {event}: name one with --run: "
            + ", ".join(run.id for run in waiting)
        )
    hint = f": runs wait for {', '.join(sorted(others))}" if others else ""
    raise LiveRunError(f"no run waits for {event}{hint}; --run ID sends it to a run that will")


async def _publish(connect: Connect, event: str, payload: Any) -> None:
    hub = await connect(lambda message: print_text(f"warning: {message}", file=sys.stderr))
    try:
        await hub.publish(event, payload)
    finally:
        await hub.close()
