"""Implements `duckflux mcp`: lists MCP servers, and serves workflows as tools."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

from ...runtime.extras import missing_extra
from ..argument_parser import add_command
from ..text_output import print_text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verbs and their arguments."""
    verbs = parser.add_subparsers(title="verbs", dest="verb", metavar="VERB", required=True)
    listing = add_command(verbs, "list", "list the configured MCP servers and their tools")
    serving = add_command(verbs, "serve", "serve the workflows of a folder as tools, over stdio")
    for verb in (listing, serving):
        verb.add_argument(
            "directory",
            nargs="?",
            default=".",
            metavar="DIR",
            help="the folder of the workflows (default: the current folder)",
        )
    listing.add_argument("--server", metavar="NAME", help="list only this server")
    listing.add_argument("--json", action="store_true", help="print JSON, with the schemas of the tools")
    serving.add_argument(
        "--trace-dir",
        metavar="DIR",
        help="write the traces of runs into this folder (default: .duckflux/traces in DIR)",
    )


def main(args: argparse.Namespace) -> int:
    """Run the verb and return its exit code, 1 if MCP is not installed."""
    if (missing := missing_extra("MCP", "mcp", "mcp")) is not None:
        print_text(f"error: {missing}", file=sys.stderr)
        return 1
    verb = import_module(f".{args.verb}", __name__)
    return int(verb.main(args))
