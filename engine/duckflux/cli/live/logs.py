"""Implements `duckflux logs`: prints what the steps of a run have printed."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from ...json_text import parse_json
from ...live.client import LiveRun, LiveRunError, find_run
from ...runtime.events import ExecutionFinished, OutputChunk, StepStarted, decode
from ...terminal_text import printable_output
from ...trace import DEFAULT_FOLDER
from ...trace.model import Step
from ...trace.view.event_lines import prefixed
from ..diagnostics_output import wants_color
from ..text_output import print_text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `logs`."""
    parser.add_argument("id", metavar="ID", help="the id of the run, or the beginning of it")
    parser.add_argument("step", metavar="STEP", nargs="?", help="the step (default: all, by name)")
    parser.add_argument("-f", "--follow", action="store_true", help="go on until the run ends")
    parser.add_argument(
        "--trace-dir",
        metavar="DIR",
        default=DEFAULT_FOLDER,
        help=f"where the traces of runs are that have ended (default: {DEFAULT_FOLDER})",
    )


def main(args: argparse.Namespace) -> int:
    """Print the output of steps and return 0; 1 if there is no such run or step."""
    try:
        found = _print(_of_live_run(args), args.step)
    except LiveRunError as not_live:
        try:
            found = _print(_of_trace(args, str(not_live)), args.step)
        except LiveRunError as error:
            print_text(f"error: {error}", file=sys.stderr)
            return 1
    if not found and args.step is not None:
        print_text(f"error: no step '{args.step}' of the run has begun", file=sys.stderr)
        return 1
    return 0


def _print(chunks: Iterable[tuple[str, str]], step: str | None) -> bool:
    """Print texts with the names of their steps, or those of one step alone; return whether it was there."""
    found = False
    for name, text in chunks:
        if step is None:
            sys.stdout.write(prefixed(name, text))
        elif name == step:
            found = True
            sys.stdout.write(_for_terminal(text) if sys.stdout.isatty() else text)
        sys.stdout.flush()
    return found


def _for_terminal(text: str) -> str:
    colors = wants_color(sys.stdout)
    return "".join(f"{printable_output(line, colors=colors)}\n" for line in text.splitlines())


def _of_live_run(args: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """Yield names of steps and what they print. Raises LiveRunError."""
    run: LiveRun = find_run(args.id)
    run.send("follow" if args.follow else "history", output=True)
    names: dict[int, str] = {}
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
                yield event.name, ""
            case OutputChunk():
                yield names.get(event.seq, str(event.seq)), event.text
            case ExecutionFinished():
                break


def _of_trace(args: argparse.Namespace, not_live: str) -> Iterator[tuple[str, str]]:
    """Yield names of steps and what they have printed, as a trace has it. Raises LiveRunError."""
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
        yield step.name, "".join(_texts(step))


def _texts(step: Step) -> Iterator[str]:
    for value in (step.output, step.stderr):
        if isinstance(value, msgspec.Raw):
            value = parse_json(bytes(value))
        if value is None or value is msgspec.UNSET:
            continue
        text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
        yield text if not text or text.endswith("\n") else text + "\n"
