"""Parses the arguments of `duckflux-ls`, and starts the server on stdio or a TCP port."""

from __future__ import annotations

import argparse
import gc
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from duckflux.runtime.signals import reset_signals
from duckflux.version import __version__

from .headers import HeaderStream

if TYPE_CHECKING:
    from .language_server import DuckfluxServer

_LEVELS = ("debug", "info", "warning", "error")


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until the client is gone, and return the exit code."""
    parser = _parser()
    args = parser.parse_args(argv)
    if not args.stdio and args.tcp is None:
        parser.error("say how to talk to the editor: --stdio or --tcp HOST:PORT")
    _log_to(args.log_file, args.log_level)
    reset_signals()
    return _serve(args.tcp)


def _serve(address: tuple[str, int] | None) -> int:
    server = _server()
    server.end_at_interrupt()
    if address is None:
        server.start_io(HeaderStream(sys.stdin.buffer))  # type: ignore[arg-type]
        return server.exit_code
    host, port = address
    try:
        server.start_tcp(host, port)
    except OSError as error:
        print(f"duckflux-ls: can't listen on {host}:{port}: {error.strerror}", file=sys.stderr)  # noqa: T201
        return 1
    return server.exit_code


def _server() -> DuckfluxServer:
    # The objects that importing creates stay: the collector visits them seldom now, and never later.
    gc.set_threshold(5_000, 20, 20)
    from .fast_imports import import_types

    import_types()
    from .server import create_server

    server = create_server()
    gc.freeze()
    return server


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="duckflux-ls", description="The duckflux language server.")
    parser.add_argument("--stdio", action="store_true", help="talk over standard input and output")
    parser.add_argument("--tcp", type=_address, metavar="HOST:PORT", help="wait for one editor on a TCP port")
    parser.add_argument("--log-file", type=Path, metavar="FILE", help="write the log here instead of stderr")
    parser.add_argument("--log-level", choices=_LEVELS, default="warning", help="how much to log")
    parser.add_argument("--version", action="version", version=f"duckflux-ls {__version__}")
    return parser


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT such as 127.0.0.1:7700")
    return host, int(port)


def _log_to(file: Path | None, level: str) -> None:
    """Send logs to stderr or a file, never to stdout, which is the protocol's."""
    handler: logging.Handler
    if file is None:
        handler = logging.StreamHandler(sys.stderr)
    else:
        try:
            handler = logging.FileHandler(file, encoding="utf-8")
        except OSError as error:
            raise SystemExit(f"duckflux-ls: can't write the log file {file}: {error.strerror}") from None
    logging.basicConfig(
        level=level.upper(), handlers=[handler], format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    # Editors often cancel what was answered in between: this tells nobody anything.
    logging.getLogger("pygls.protocol.json_rpc").addFilter(_is_telling)


def _is_telling(record: logging.LogRecord) -> bool:
    """Return whether a message of pygls is worth logging: not one that the user was told of."""
    refused = record.exc_info and type(record.exc_info[1]).__name__ == "_RequestFailedError"
    return "Cancel notification" not in record.msg and not refused
