"""Implements `duckflux logs`: prints what the steps of a run have printed."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from ...json_text import parse_json
from ...live.client import LiveRun, LiveRunError, find_run
from ...runtime.events import ExecutionFinished, OutputChunk, StepStarted, decode
from ...trace import DEFAULT_FOLDER
from ...trace.model import Step
from ...trace.output_log import LineAssembler, PrintedLine, log_path, read_output
from ...trace.view.printed_lines import printed_lines
from ..diagnostics_output import wants_color
from ..text_output import print_text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `logs`."""
    parser.add_argument("id", metavar="ID", help="the id of the run, or the beginning of it")
    parser.add_argument("step", metavar="STEP", nargs="?", help="the step (default: all, by name)")
    parser.add_argument("-f", "--follow", action="store_true", help="go on until the run ends")
    parser.add_argument("-t", "--times", action="store_true", help="show when each line was printed")
    parser.add_argument(
        "--trace-dir",
        metavar="DIR",
        default=DEFAULT_FOLDER,
        help=f"where the traces of runs are that have ended (default: {DEFAULT_FOLDER})",
    )


def main(args: argparse.Namespace) -> int:
    """Print the output of steps and return 0; 1 if there is no such run or step."""
    try:
        found = _print(_of_live_run(args), args)
    except LiveRunError as not_live:
        try:
            found = _print(_of_trace(args, str(not_live)), args)
        except LiveRunError as error:
            print_text(f"error: {error}", file=sys.stderr)
            return 1
    if not found and args.step is not None:
        print_text(f"error: no step '{args.step}' of the run has begun", file=sys.stderr)
        return 1
    return 0


class _Printed(NamedTuple):
    """A line of a step, or with an empty stream that the step has begun."""

    name: str
    line: PrintedLine


def _print(printed: Iterable[_Printed], args: argparse.Namespace) -> bool:
    """Print lines with the names of their steps, or those of one step alone; return whether it was there."""
    found = False
    colors = wants_color(sys.stdout)
    for name, line in printed:
        found = found or name == args.step
        if not line.stream or args.step not in (None, name):
            continue
        if args.step is not None and not args.times and not sys.stdout.isatty():
            sys.stdout.write(f"{line.text}\n")
        else:
            names = {line.seq: name} if args.step is None else None
            sys.stdout.writelines(printed_lines([line], names, colors=colors, times=args.times))
        sys.stdout.flush()
    return found


def _of_live_run(args: argparse.Namespace) -> Iterator[_Printed]:
    """Yield what the steps of a live run print. Raises LiveRunError."""
    run: LiveRun = find_run(args.id)
    run.send("follow" if args.follow else "history", output=True)
    names: dict[int, str] = {}
    assembler = LineAssembler()
    for line in run.lines():
        try:
            event = decode(line)
        except msgspec.MsgspecError:
            # The answer comes behind the history.
            if args.follow:
                continue
            break
        match event:
            case StepStarted():
                names[event.seq] = event.name
                yield _Printed(event.name, PrintedLine(event.seq, "", "", ""))
            case OutputChunk():
                for printed in assembler.add(event.seq, event.at, event.stream, event.text):
                    yield _Printed(names.get(event.seq, str(event.seq)), printed)
            case ExecutionFinished():
                break
    for printed in assembler.rest():
        yield _Printed(names.get(printed.seq, str(printed.seq)), printed)


def _of_trace(args: argparse.Namespace, not_live: str) -> Iterator[_Printed]:
    """Yield what the steps of a run have printed that has ended, as its trace has it. Raises LiveRunError."""
    from ...trace.readers import SUFFIXES, TraceError, read

    folder = Path(args.trace_dir)
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        names = []
    found = [name for name in names if name.startswith(args.id) and name.endswith(SUFFIXES)]
    if len(found) != 1:
        where = f"{folder} has {len(found) or 'no'} trace{'' if len(found) == 1 else 's'} with it"
        raise LiveRunError(f"{not_live}, and {where}: --trace-dir names another folder")
    try:
        trace = read(folder / found[0])
    except TraceError as error:
        raise LiveRunError(str(error)) from None
    for step in trace.steps:
        yield _Printed(step.name, PrintedLine(step.seq, "", "", ""))
    step_names = {step.seq: step.name for step in trace.steps}
    kept = read_output(folder / found[0])
    if kept or log_path(folder / found[0]).exists():
        yield from (_Printed(step_names.get(line.seq, str(line.seq)), line) for line in kept)
        return
    # What it has instead are the results of the steps, without the times of their lines.
    for step in trace.steps:
        for text in "".join(_texts(step)).splitlines():
            yield _Printed(step.name, PrintedLine(step.seq, step.finished_at, "stdout", text))


def _texts(step: Step) -> Iterator[str]:
    for value in (step.output, step.stderr):
        if isinstance(value, msgspec.Raw):
            value = parse_json(bytes(value))
        if value is None or value is msgspec.UNSET:
            continue
        text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
        yield text if not text or text.endswith("\n") else text + "\n"
