"""Implements `duckflux graph FILE --to FORMAT`: the flow of a workflow as a picture or a graph."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .diagnostics_output import load_file_or_stdin
from .stdin import shown_name
from .text_output import print_text

if TYPE_CHECKING:
    from ..diagram.model import Diagram
    from ..diagram.results import Shown
    from ..language.analysis import Analysis

FORMATS = ("svg", "mermaid", "dot")
OK, NOT_DRAWN = 0, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `graph`."""
    parser.add_argument("file", metavar="FILE", help="the workflow file; `-` reads stdin")
    parser.add_argument(
        "--to",
        choices=FORMATS,
        default="svg",
        help="svg: a picture (default); mermaid: a flowchart for Markdown; dot: a graph for Graphviz",
    )
    parser.add_argument(
        "--trace",
        metavar="FILE",
        help="color the steps by the results of a run: a trace file, or a folder, which means its newest trace",
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="the file to write (default: stdout)")


def main(args: argparse.Namespace) -> int:
    """Write the diagram and return the exit code: 1 if there is nothing to draw or it cannot be written."""
    from ..diagram.model import diagram_of
    from ..trace.readers import TraceError

    analysis = load_file_or_stdin(args.file)
    if analysis is None:
        return NOT_DRAWN
    if not analysis.workflow.flow:
        name = shown_name(args.file)
        print_text(f"{name}: error: there is no step to draw: see `duckflux lint`", file=sys.stderr)
        return NOT_DRAWN
    diagram = diagram_of(analysis.workflow, Path(shown_name(args.file)).name)
    try:
        results = _results(args, analysis, diagram) if args.trace is not None else {}
    except TraceError as error:
        print_text(f"error: {error}", file=sys.stderr)
        return NOT_DRAWN
    return _write(_drawn(args.to, diagram, results), args.output)


def _drawn(wanted: str, diagram: Diagram, results: dict[str, Shown]) -> str:
    """Return the diagram in the format that is wanted."""
    if wanted == "svg":
        from ..diagram.layout import layout_of
        from ..diagram.svg import svg_of

        return svg_of(layout_of(diagram), results)
    from ..diagram.links import graph_of

    if wanted == "mermaid":
        from ..diagram.mermaid import mermaid_of

        return mermaid_of(graph_of(diagram), results)
    from ..diagram.dot import dot_of

    return dot_of(graph_of(diagram), results)


def _results(args: argparse.Namespace, analysis: Analysis, diagram: Diagram) -> dict[str, Shown]:
    """Return what a trace says about the steps. Raises TraceError."""
    from ..diagram.results import shown_results
    from ..trace.folder import newest_trace, read_with_state
    from ..trace.model import mark_interrupted
    from ..trace.view.labels import results
    from ..trace.view.locate_steps import locate_steps, shown_file

    trace, state = read_with_state(newest_trace(Path(args.trace)))
    trace = locate_steps(mark_interrupted(trace) if state == "interrupted" else trace, analysis.workflow)
    file = shown_file(trace, Path(args.file).resolve(), analysis.document.digest)
    if file is None and trace.execution.workflow_hash not in (None, analysis.document.digest):
        print_text(
            f"note: {args.file} has changed since this run: results may be shown at the wrong steps",
            file=sys.stderr,
        )
    return shown_results(diagram, results(trace.steps, file))


def _write(text: str, output: str | None) -> int:
    """Write the diagram to a file, or to stdout, and return the exit code."""
    try:
        if output is None:
            sys.stdout.buffer.write(text.encode())
            sys.stdout.buffer.flush()
        else:
            Path(output).write_bytes(text.encode())
    except BrokenPipeError:
        raise
    except OSError as error:
        print_text(f"{output or 'stdout'}: error: cannot be written: {error.strerror}", file=sys.stderr)
        return NOT_DRAWN
    return OK
