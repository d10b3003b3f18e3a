"""Parses where durable runs are kept."""

from __future__ import annotations

import argparse
import os
import shlex
from typing import TYPE_CHECKING

from ...runtime.extras import missing_extra
from ...terminal_text import printable_line

if TYPE_CHECKING:
    from ...durable.dbos_store import DbosClient, Location
    from ...trace.view.event_lines import Answer

# So that a password needs not be on the command line, where all programs of the machine see it.
VARIABLE = "DUCKFLUX_DURABLE"


class DurableError(Exception):
    """A command about durable runs cannot be carried out; the message is for users."""


def add_store_argument(parser: argparse.ArgumentParser) -> None:
    """Add the option `--durable`."""
    parser.add_argument(
        "--durable",
        metavar="URL",
        help=f"where runs are kept: sqlite:PATH or postgresql://USER@HOST/DATABASE (default: ${VARIABLE})",
    )


def answer_command(url: str) -> Answer:
    """Return what tells the line to type that answers a wait of a run that is kept at an address."""
    if url == os.environ.get(VARIABLE):
        option = ""
    else:
        # The address of a server may have a password.
        option = f" --durable {shlex.quote(url) if url.startswith('sqlite:') else 'URL'}"
    return lambda _, event: f"duckflux runs emit {shlex.quote(printable_line(event))} JSON{option}"


def unattended_message(place: Location, id_: str) -> str:
    """Return that nobody has a run, and what has it go on."""
    if place.path is None:
        return "no worker takes the run: start one with `duckflux worker --durable URL`"
    command = shlex.join(("duckflux", "run", "FILE", "--durable", f"sqlite:{place.path}", "--id", id_))
    return f"no process has the run: `{command}` goes on with it"


def location_of(args: argparse.Namespace) -> Location:
    """Return where runs are kept. Raises DurableError."""
    text = args.durable or os.environ.get(VARIABLE)
    if not text:
        raise DurableError(f"say where runs are kept: --durable URL, or the variable {VARIABLE}")
    return location(text)


def location(text: str) -> Location:
    """Return the place that a text names. Raises DurableError for one that is none, or without the extra."""
    if (missing := missing_extra("durable runs", "dbos", "durable")) is not None:
        raise DurableError(missing)
    from ...durable.dbos_store import Location
    from ...durable.store import StoreError

    try:
        return Location(text)
    except StoreError as error:
        raise DurableError(str(error)) from None


def connected_to_existing(place: Location) -> DbosClient:
    """Return a client of a store that must be there. Raises DurableError."""
    if place.path is not None and not os.path.exists(place.path):
        raise DurableError(
            f"{place.path} does not exist: `duckflux run FILE --durable sqlite:PATH` creates it"
        )
    return connected(place)


def connected(place: Location) -> DbosClient:
    """Return a client of a store. Raises DurableError."""
    from ...durable.dbos_store import DbosClient
    from ...durable.store import StoreError

    try:
        return DbosClient(place)
    except StoreError as error:
        raise DurableError(str(error)) from None
