"""Parses the arguments of `duckflux-ls`, and starts the server on stdio, a Unix socket or a TCP port."""

from __future__ import annotations

import argparse
import gc
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from duckflux.kept_patterns import KeptPatterns
from duckflux.runtime.signals import end_quietly_at_interrupt, reset_signals
from duckflux.runtime.standard_streams import open_missing_streams
from duckflux.tcp_access import TcpAccessError, address, is_loopback, required_token
from duckflux.version import __version__

from .headers import HeaderStream

if TYPE_CHECKING:
    from .language_server import DuckfluxServer

_LEVELS = ("debug", "info", "warning", "error")


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until the client is gone, and return the exit code."""
    open_missing_streams()
    # Until the server is there and takes it.
    end_quietly_at_interrupt()
    parser = _parser()
    args = parser.parse_args(argv)
    token = _token(parser, args) if args.tcp is not None else None
    _log_to(args.log_file, args.log_level)
    reset_signals()
    server = _server()
    server.end_at_interrupt()
    if args.tcp is not None:
        host, port = args.tcp
        if token is not None:
            server.require_token(token)
        return _listen(lambda: server.start_tcp(host, port), f"{host}:{port}")
    if args.socket is not None:
        return _listen(lambda: server.start_socket(args.socket), str(args.socket))
    server.start_stdio(HeaderStream(sys.stdin.buffer))
    return 0


def _listen(serve: Callable[[], None], address: str) -> int:
    try:
        serve()
    except OSError as error:
        _tell(f"can't listen on {address}: {error.strerror or error}")
        return 1
    return 0


def _token(parser: argparse.ArgumentParser, args: argparse.Namespace) -> str | None:
    """Return the token that a client must give, None if it need not."""
    host, _ = args.tcp
    if not is_loopback(host):
        _tell(f"warning: what is said with {host} is not encrypted")
    advice = "give --token-file FILE, or use --socket PATH"
    try:
        return required_token("--tcp", host, args.token_file, insecure=args.insecure, advice=advice)
    except TcpAccessError as error:
        parser.error(str(error))


def _tell(message: str) -> None:
    print(f"duckflux-ls: {message}", file=sys.stderr)  # noqa: T201


def _server() -> DuckfluxServer:
    # The objects that importing creates stay: the collector never visits them.
    gc.disable()
    patterns = KeptPatterns("server")
    patterns.use()
    from .fast_imports import import_types

    import_types()
    from .server import create_server

    server = create_server()
    patterns.keep()
    gc.freeze()
    gc.set_threshold(5_000, 20, 20)
    gc.enable()
    return server


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="duckflux-ls", description="The duckflux language server.")
    ways = parser.add_mutually_exclusive_group(required=True)
    ways.add_argument("--stdio", action="store_true", help="talk over standard input and output")
    ways.add_argument(
        "--socket", type=Path, metavar="PATH", help="wait for one editor on a Unix socket of this user"
    )
    ways.add_argument("--tcp", type=_address, metavar="HOST:PORT", help="wait for one editor on a TCP port")
    parser.add_argument(
        "--token-file",
        type=Path,
        metavar="FILE",
        help="the token that an editor gives as initialization option",
    )
    parser.add_argument(
        "--insecure",
        action="store_true",
        help="let everybody on this machine connect to --tcp without a token",
    )
    parser.add_argument("--log-file", type=Path, metavar="FILE", help="write the log here instead of stderr")
    parser.add_argument("--log-level", choices=_LEVELS, default="warning", help="how much to log")
    parser.add_argument("--version", action="version", version=f"duckflux-ls {__version__}")
    return parser


def _address(text: str) -> tuple[str, int]:
    try:
        return address(text)
    except TcpAccessError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


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
    # Where the loggers are that get messages: a filter does not hold for those below.
    for name in ("json_rpc", "language_server"):
        logging.getLogger(f"pygls.protocol.{name}").addFilter(_without_contents)


def _without_contents(record: logging.LogRecord) -> bool:
    """Take the contents of messages out of a record: settings and answers may hold the values of secrets."""
    if isinstance(record.args, tuple):
        record.args = tuple(
            arg if isinstance(arg, str | int | Exception) else f"({type(arg).__name__}, not logged)"
            for arg in record.args
        )
    return True


def _is_telling(record: logging.LogRecord) -> bool:
    """Return whether a message of pygls is worth logging: not one that the user was told of."""
    refused = record.exc_info and type(record.exc_info[1]).__name__ == "_RequestFailedError"
    return "Cancel notification" not in record.msg and not refused
