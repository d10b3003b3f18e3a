"""Implements `duckflux trace compare A B`."""

from __future__ import annotations

import argparse
from pathlib import Path

from ...terminal_text import printable_line
from ...trace.folder import newest_trace
from ...trace.model import Trace
from ...trace.readers import TraceError, read
from ...trace.view.compare import ComparisonRow, StepTotals, ValueDifference, compare, value_differences
from ...trace.view.labels import SYMBOLS, duration_text
from .table import print_table

EXCEEDED = 2
_MAX_VALUES = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `trace compare`."""
    parser.add_argument(
        "before", type=Path, metavar="A", help="a trace file, or a folder, which means its newest trace"
    )
    parser.add_argument("after", type=Path, metavar="B", help="the trace to compare with it")
    parser.add_argument("--all", action="store_true", help="also print steps that do not differ")
    parser.add_argument(
        "--values",
        action="store_true",
        help="also print where inputs, outputs and errors of the steps differ",
    )
    parser.add_argument(
        "--html", type=Path, metavar="FILE", help="write a page with both runs, one below the other"
    )
    parser.add_argument(
        "--threshold",
        type=float,
        metavar="PERCENT",
        help=f"exit with {EXCEEDED} if a step is slower by more than this, or fails only in B",
    )
    parser.add_argument(
        "--ignore-below",
        type=int,
        default=10,
        metavar="MS",
        help="ignore differences of up to this many milliseconds (default: 10)",
    )


def main(args: argparse.Namespace) -> int:
    """Compare two traces and return 0, or 2 if the difference exceeds the threshold. Raises TraceError."""
    before, after = read(newest_trace(args.before)), read(newest_trace(args.after))
    rows = compare(before, after)
    values = value_differences(before, after) if args.values else {}
    shown = [row for row in rows if args.all or row.key in values or _verdict(row, args.ignore_below)]
    print_table(
        ("STEP", "A", "B", "CHANGE", ""),
        [_run_cells(before, after), *(_cells(row, args.ignore_below) for row in shown)],
        right=frozenset((1, 2, 3)),
    )
    if not shown:
        print("no step differs")
    for row in shown:
        if row.key in values:
            _print_values(row.name, values[row.key])
    if args.html is not None:
        _write_page(args.html, before, after)
    if args.threshold is None:
        return 0
    fails_now = after.execution.status == "failure" != before.execution.status
    return EXCEEDED if fails_now or any(row.exceeds(args.threshold, args.ignore_below) for row in rows) else 0


def _print_values(name: str, differences: list[ValueDifference]) -> None:
    print(f"\n{printable_line(name)}")
    for difference in differences[:_MAX_VALUES]:
        print(printable_line(f"  {difference}"))
    if len(differences) > _MAX_VALUES:
        print(f"  … and {len(differences) - _MAX_VALUES} more")


def _write_page(path: Path, before: Trace, after: Trace) -> None:
    from ...trace.export.html import export
    from ...trace.view.merged_runs import merged_runs

    merged = merged_runs(before, after)
    try:
        path.write_bytes(export(merged, merged.execution.status))
    except OSError as error:
        raise TraceError(f"{path}: cannot be written: {error.strerror}") from None


def _run_cells(before: Trace, after: Trace) -> tuple[str, ...]:
    a, b = before.execution, after.execution
    change = b.duration - a.duration
    status = "" if a.status == b.status else f"{a.status} → {b.status}"
    percent = _percent(100 * change / a.duration if a.duration else None)
    return f"# {b.title}", duration_text(a.duration), duration_text(b.duration), percent, status


def _cells(row: ComparisonRow, ignored: int) -> tuple[str, ...]:
    return (
        row.name,
        _totals_cell(row.before),
        _totals_cell(row.after),
        _percent(row.percent),
        _verdict(row, ignored),
    )


def _totals_cell(totals: StepTotals | None) -> str:
    if totals is None:
        return "-"
    times = f" ×{totals.executions}" if totals.executions > 1 else ""
    return f"{SYMBOLS[totals.statuses[-1]]} {duration_text(totals.duration)}{times}"


def _percent(percent: float | None) -> str:
    return "" if percent is None else f"{percent:+.0f}%"


def _verdict(row: ComparisonRow, ignored: int) -> str:
    """Return the differences of a step in words, empty if there are none."""
    if row.before is None:
        return "only in B"
    if row.after is None:
        return "only in A"
    found = [f"{was} → {now}" + (f" (×{count})" if count > 1 else "") for was, now, count in row.statuses]
    if row.before.executions != row.after.executions:
        found.append(f"ran {row.after.executions} times instead of {row.before.executions}")
    if abs(row.change) > ignored:
        found.append("slower" if row.change > 0 else "faster")
    return ", ".join(found)
