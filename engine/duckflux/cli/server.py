"""Implements `duckflux server`: the workflows of a folder and their runs, in the browser."""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import socket
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from ..runtime.extras import missing_extra
from ..tcp_access import TcpAccessError, is_loopback, required_token
from ..trace import DEFAULT_FOLDER
from .durable.options import VARIABLE, DurableError, location_of
from .text_output import print_text

if TYPE_CHECKING:
    from ..durable.dbos_store import Location

_DEFAULT_PORT = 3000
_MAX_WAITING = 512


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `server`."""
    parser.add_argument(
        "--workflow-dir",
        default=".",
        metavar="DIR",
        help="the folder with the workflows (default: the current one)",
    )
    parser.add_argument(
        "--trace-dir",
        metavar="DIR",
        help="the folder with the traces of runs (default: .duckflux/traces in DIR)",
    )
    parser.add_argument(
        "--port",
        type=_port,
        default=_DEFAULT_PORT,
        metavar="NUMBER",
        help=f"the port to listen on; 0 takes a free one (default: {_DEFAULT_PORT})",
    )
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="the address to listen on; others than those of this machine need --token-file (default: 127.0.0.1)",
    )
    parser.add_argument(
        "--token-file",
        type=Path,
        metavar="FILE",
        help="the token that lets people in (default: a new one each time)",
    )
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a further name by which browsers may call the server, such as that of a proxy (may be repeated)",
    )
    parser.add_argument("--no-run", action="store_true", help="only show: start, answer and cancel no runs")
    parser.add_argument(
        "--detach-runs",
        action="store_true",
        help="let runs go on when the server ends (default: they are ended)",
    )
    parser.add_argument(
        "--durable",
        nargs="?",
        const="",
        metavar="URL",
        help="show the runs that are kept in sqlite:PATH or postgresql://USER@HOST/DATABASE too, and have "
        f"workflows run there (without URL: ${VARIABLE})",
    )
    parser.add_argument("--open", action="store_true", help="open the page in the browser")


def main(args: argparse.Namespace) -> int:
    """Serve until a signal ends the server, and return 129, 130 or 143; 1 if it can't begin."""
    try:
        return _serve(args)
    except _StartError as error:
        print_text(f"duckflux server: error: {error}", file=sys.stderr)
        return 1


class _StartError(Exception):
    """The server can't begin; the message is for users."""


def _serve(args: argparse.Namespace) -> int:
    if os.name != "posix":
        raise _StartError("running workflows needs a POSIX system: use Linux, macOS or WSL")
    for module in ("starlette", "uvicorn"):
        if (reason := missing_extra("`duckflux server`", module, "server")) is not None:
            raise _StartError(reason)
    from ..web.access import Access
    from ..web.app import Served, serve

    token = _token(args)
    folder = Path.cwd() / args.workflow_dir
    if not folder.is_dir():
        raise _StartError(f"--workflow-dir {args.workflow_dir} is not a folder")
    served = Served(folder, _trace_folder(args, folder), not args.no_run, args.detach_runs, _store(args))
    with _listening(args.host, args.port) as listening, ExitStack() as at_end:
        port = listening.getsockname()[1]
        access = Access(token, args.host, port, frozenset(name.casefold() for name in args.allow_host))
        address = _address(args.host, port, token)

        def tell() -> None:
            print_text(address)
            sys.stdout.flush()
            if args.open:
                _open(address, at_end)

        return asyncio.run(serve(served, access, listening, tell))


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"'{text}' is not a port: give a number from 0 to 65535")
    return int(text)


def _token(args: argparse.Namespace) -> str:
    """Return the token that lets people in. Raises _StartError."""
    if is_loopback(args.host) and args.token_file is None:
        return secrets.token_urlsafe(24)
    try:
        token = required_token(
            f"--host {args.host}", args.host, args.token_file, insecure=False, advice="give --token-file FILE"
        )
    except TcpAccessError as error:
        raise _StartError(str(error)) from None
    assert token is not None  # noqa: S101 - nobody is let in without one
    if not is_loopback(args.host):
        print_text(
            f"duckflux server: warning: what is said with {args.host} is not encrypted, the token included: "
            "put a proxy with TLS before it",
            file=sys.stderr,
        )
    return token


def _store(args: argparse.Namespace) -> Location | None:
    """Return where the durable runs are that are shown. Raises _StartError."""
    try:
        return location_of(args) if args.durable is not None else None
    except DurableError as error:
        raise _StartError(str(error)) from None


def _trace_folder(args: argparse.Namespace, folder: Path) -> Path:
    from ..trace.private_files import make_folder

    traces = Path.cwd() / args.trace_dir if args.trace_dir else folder / DEFAULT_FOLDER
    try:
        make_folder(traces)
    except OSError as error:
        raise _StartError(f"the folder for traces {traces} can't be made: {error.strerror}") from None
    return traces


def _listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens. Raises _StartError."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise _StartError(f"--host {host}: {error.strerror}") from None
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(_MAX_WAITING)
    except OSError as error:
        listening.close()
        raise _StartError(
            f"{host}:{port} can't be listened on: {error.strerror}; --port 0 takes a free port"
        ) from None
    return listening


def _address(host: str, port: int, token: str) -> str:
    from urllib.parse import quote

    # A browser can't go to "all addresses".
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{port}/?token={quote(token, safe='')}"


def _open(address: str, at_end: ExitStack) -> None:
    """Open an address in the browser by a private file: all users of the machine see a program's arguments."""
    import html
    import threading
    import webbrowser

    from ..temporary_folders import temporary_folder

    page = at_end.enter_context(temporary_folder()) / "duckflux.html"
    page.write_text(f'<meta http-equiv="refresh" content="0; url={html.escape(address)}">\n')
    threading.Thread(target=webbrowser.open, args=(page.as_uri(),), daemon=True).start()
