"""Implements `duckflux trace export FILE --to FORMAT`."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from ...trace.folder import newest_trace, read_with_state
from ...trace.model import Trace
from ...trace.output_log import read_pieces
from ...trace.readers import TraceError
from .trace_argument import add_trace_argument

# The modules of `trace.export`, which have `export(trace, state) -> bytes`.
TARGETS = {"chrome": "chrome", "otlp-json": "otlp", "html": "html", "markdown": "markdown"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `trace export`."""
    add_trace_argument(parser, "file", "FILE", "a trace file, or a folder, which means its newest trace")
    parser.add_argument(
        "--to",
        required=True,
        choices=TARGETS,
        help="chrome: trace events for Perfetto; otlp-json: OpenTelemetry spans; html: a page; markdown: a table",
    )
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="the file to write (default: stdout)"
    )


def main(args: argparse.Namespace) -> int:
    """Export a trace and return 0. Raises TraceError."""
    path = newest_trace(args.file)
    trace, state = read_with_state(path)
    module = import_module(f"duckflux.trace.export.{TARGETS[args.to]}")
    more = _for_the_page(path, trace, args.output) if args.to == "html" else {}
    content: bytes = module.export(trace, state, **more)
    if args.output is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return 0
    try:
        args.output.write_bytes(content)
    except OSError as error:
        raise TraceError(f"{args.output}: cannot be written: {error.strerror}") from None
    return 0


def _for_the_page(path: Path, trace: Trace, output: Path | None) -> dict[str, Any]:
    """Return what only the page shows: what steps have printed, and a link to the page of the run before."""
    earlier = trace.execution.resumed_from
    page = output.with_name(f"{Path(earlier).name}.html") if output and earlier else None
    return {
        "printed": read_pieces(path),
        "earlier": page.name if page is not None and page.is_file() else None,
    }
