"""Implements the command `duckflux-dap`: a debug adapter for editors."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from ..tcp_access import TcpAccessError, is_loopback, required_token
from ..tcp_access import address as tcp_address
from ..version import __version__
from .argument_parser import Parser
from .text_output import print_text


def main(argv: list[str] | None = None) -> int:
    """Serve editors until they are gone, and return the exit code."""
    parser = _parser()
    try:
        args = parser.parse_args(argv)
    except SystemExit as usage:
        return 1 if usage.code else 0
    if os.name != "posix":
        print_text("duckflux-dap: running workflows needs a POSIX system: use WSL", file=sys.stderr)
        return 1
    from ..debug.adapter.server import serve_stdio, serve_tcp

    if args.port is None:
        return serve_stdio()
    host, port = args.port
    try:
        advice = "give --token-file FILE"
        token = required_token("--port", host, args.token_file, insecure=args.insecure, advice=advice)
    except TcpAccessError as error:
        print_text(f"duckflux-dap: error: {error}", file=sys.stderr)
        return 1
    if not is_loopback(host):
        print_text(f"duckflux-dap: warning: what is said with {host} is not encrypted", file=sys.stderr)
    return serve_tcp(host, port, token)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="duckflux-dap",
        description="The debugger of workflows for editors: a debug adapter on standard input and output.",
    )
    parser.add_argument(
        "--port",
        type=_address,
        metavar="[HOST:]PORT",
        help="wait for editors on a TCP port instead, of this machine if no host is given",
    )
    parser.add_argument(
        "--token-file",
        type=Path,
        metavar="FILE",
        help="with --port: the token that a launch configuration gives as `token`",
    )
    parser.add_argument(
        "--insecure", action="store_true", help="with --port: let everybody on this machine connect"
    )
    parser.add_argument("--version", action="version", version=f"duckflux-dap {__version__}")
    return parser


def _address(text: str) -> tuple[str, int]:
    try:
        return tcp_address(f"127.0.0.1:{text}" if text.isdecimal() else text)
    except TcpAccessError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
