"""`duckflux mcp`: the servers that workflows use, and workflows as a server."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from importlib.util import find_spec


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `mcp`."""
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    listing = verbs.add_parser("list", help="show the configured MCP servers and their tools")
    listing.add_argument(
        "directory", nargs="?", default=".", metavar="DIR", help="as a workflow in DIR sees them"
    )
    listing.add_argument("--server", metavar="NAME", help="only this one")
    listing.add_argument("--json", action="store_true", help="as JSON, with the tools' schemas")
    serving = verbs.add_parser("serve", help="offer the workflows of a folder as tools, over stdio")
    serving.add_argument(
        "directory", nargs="?", default=".", metavar="DIR", help="the folder (default: here)"
    )
    serving.add_argument(
        "--trace-dir", metavar="DIR", help="where the runs' traces go (default: DIR/.duckflux/traces)"
    )


def main(args: argparse.Namespace) -> int:
    """Run the verb. 0: done; 1: something could not be had, or MCP is not installed."""
    if find_spec("mcp") is None:
        print("error: MCP needs mcp: pip install 'duckflux-ls[mcp]'", file=sys.stderr)
        return 1
    verb = import_module(f".{args.verb}", __name__)
    return int(verb.main(args))
