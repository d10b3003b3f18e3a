"""Implements `duckflux mcp`: lists MCP servers, and serves workflows as tools."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

from ...runtime.extras import missing_extra


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verbs and their arguments."""
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    listing = verbs.add_parser("list", help="show the configured MCP servers and their tools")
    listing.add_argument(
        "directory",
        nargs="?",
        default=".",
        metavar="DIR",
        help="the folder of the workflows (default: the current one)",
    )
    listing.add_argument("--server", metavar="NAME", help="list only this server")
    listing.add_argument("--json", action="store_true", help="print JSON, with the schemas of the tools")
    serving = verbs.add_parser("serve", help="serve the workflows of a folder as tools, over stdio")
    serving.add_argument(
        "directory", nargs="?", default=".", metavar="DIR", help="the folder (default: the current one)"
    )
    serving.add_argument(
        "--trace-dir", metavar="DIR", help="where traces are written (default: DIR/.duckflux/traces)"
    )


def main(args: argparse.Namespace) -> int:
    """Run the verb and return its exit code, 1 if MCP is not installed."""
    if (missing := missing_extra("MCP", "mcp", "mcp")) is not None:
        print(f"error: {missing}", file=sys.stderr)
        return 1
    verb = import_module(f".{args.verb}", __name__)
    return int(verb.main(args))
