"""Reads the commands of `duckflux debug` line by line, and prints where the run stands."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from ..debug.breakpoints import Breakpoint, Request
from ..debug.client import DebugError, Motion, StackFrame, Stop
from ..debug.evaluation import ExpressionError, evaluate
from ..debug.evaluation import completions as complete
from ..debug.failure_filters import Filters
from ..debug.run_target import RunTarget
from ..debug.trace_target import open_trace
from ..debug.values import parts, whole_text
from ..language.model.workflow import step_names
from ..runtime.engine.debugging import DebugPort
from ..runtime.events import Event, OutputChunk
from ..terminal_text import printable
from .command_lines import CommandLines
from .text_output import print_text

if TYPE_CHECKING:
    from ..debug.launch import PlannedRun
    from ..debug.target import Target
    from ..runtime.engine.run_workflow import Result
    from ..runtime.events.stream import Listener

T = TypeVar("T", bound="Target")
_AROUND = 3
_MOTIONS: dict[str, Motion] = {"step": "in", "next": "next", "out": "out", "continue": "continue"}
COMMANDS = {
    "break [LINE | FILE:LINE | STEP] [if CEL]": "stop there; without a place, list the breakpoints",
    "delete NUMBER": "remove a breakpoint",
    "next": "go on to the next step, past the steps inside of this one",
    "step": "go on to the next step, also inside: of a loop, branch, sub-workflow or fallback",
    "out": "go on until the construct or workflow around this step is left",
    "continue": "go on to the next breakpoint or failure",
    "back": "in a trace: go one step back",
    "run": "start again from the beginning, with the file as it is now; the breakpoints stay",
    "print EXPR": "print the value of a CEL expression",
    "vars": "print the values of this step",
    "where": "print the frames, innermost first",
    "up": "look at the frame around this one: `print` and `list` are about it",
    "down": "look at the frame inside of this one",
    "list": "print the lines around this one",
    "threads": "list the branches that run; `thread NUMBER` chooses one",
    "retry": "after a failure: run the step again, as its file says now",
    "use EXPR": "after a failure: take this value as the step's output",
    "skip": "after a failure: skip the step",
    "help [COMMAND]": "print what a command does, or all",
    "quit": "end the run",
}
# What other debuggers call them.
ALIASES = {
    "backtrace": "where",
    "bt": "where",
    "clear": "delete",
    "exit": "quit",
    "finish": "out",
    "locals": "vars",
    "pp": "print",
    "restart": "run",
    "return": "out",
    "?": "help",
}
# What an empty line does again.
_REPEATED = (*_MOTIONS, "back", "down", "list", "print", "up")


class Console:
    """The debugger's side of a terminal: it is told what happens, and does what is typed."""

    def __init__(self, file: str, breaks: list[str]) -> None:
        self._file = os.path.abspath(file)
        self._target: Target
        self._breakpoints: list[tuple[str, Breakpoint]] = []
        self._thread = 0
        self._level = 0
        self._number = 0
        self._first = breaks
        self._last = ""
        self._is_again = False
        self._check: Callable[[], object] = lambda: None
        self._lines = CommandLines(self._completions)
        self._stops: asyncio.Queue[Stop | None] = asyncio.Queue()
        self._output = _Output()

    async def run(self, plan: Callable[[], PlannedRun], trace_dir: str | None) -> int:
        """Debug a run, and others if it is started again; return the exit code of the last one."""
        self._check = plan
        while True:
            code = await self._run(plan(), trace_dir)
            if not self._is_again:
                return code

    async def walk(self, trace: str) -> int:
        """Walk through a trace and return 0."""
        while True:
            self._begin(lambda at_entry: open_trace(self, trace, self._file, at_entry=at_entry)).start()
            await self._talk()
            if not self._is_again:
                return 0

    async def _run(self, planned: PlannedRun, trace_dir: str | None) -> int:
        """Debug one run and return its exit code."""
        from ..debug.launch import recorder_of, run_planned

        def warn(text: str) -> None:
            print_text(planned.secrets.mask(text), file=sys.stderr)

        def attached(at_entry: bool) -> RunTarget:
            target = RunTarget(port, self, planned.secrets)
            target.attach(at_entry=at_entry)
            return target

        port = DebugPort()
        target = self._begin(attached)
        recorder = recorder_of(planned, trace_dir, warn)
        listeners: list[Listener] = [self._output, *([recorder] if recorder is not None else [])]
        work = asyncio.ensure_future(run_planned(planned, listeners=listeners, warn=warn, debug=port))
        stops = self._stops
        work.add_done_callback(lambda _: stops.put_nowait(None))
        try:
            await self._talk()
        finally:
            target.detach()
            if not work.done():
                work.cancel()
                await asyncio.wait({work})
            if recorder is not None:
                await asyncio.to_thread(recorder.close)
        return 130 if work.cancelled() else self._print_end(work.result())

    # What the debugger tells.

    def stopped(self, stop: Stop) -> None:
        """Take note that a thread has stopped."""
        self._stops.put_nowait(stop)

    def ended(self, code: int) -> None:
        """Take note that the walk has ended."""
        self._stops.put_nowait(None)

    def thread_changed(self, thread: int, started: bool) -> None:
        """Take note of a thread; `threads` lists them."""

    def printed(self, text: str, file: str = "", line: int = 0) -> None:
        """Print a text of the debugger."""
        print_text(printable(text), file=sys.stderr)

    def breakpoint_changed(self, file: str, breakpoint_: Breakpoint) -> None:
        """Tell where a breakpoint stands now."""
        self._print_breakpoint(file, breakpoint_)

    # How it talks.

    def _begin(self, attached: Callable[[bool], T]) -> T:
        """Return what is debugged now, with the breakpoints; `attached` is told whether it stops at its entry."""
        self._is_again, self._stops = False, asyncio.Queue()
        target = self._target = attached(not self._first and not self._breakpoints)
        target.set_filters(Filters(unhandled=""))
        first, self._first = self._first, []
        for place in first:
            self._break(place)
        if not first:
            self._breakpoints = [
                (where, Breakpoint(item.id, item.request)) for where, item in self._breakpoints
            ]
            self._set_breakpoints()
        self._lines.open()
        return target

    async def _talk(self) -> None:
        """Do what is typed whenever a thread has stopped, until the run ends or is ended."""
        while (stop := await self._stops.get()) is not None:
            self._thread, self._level = stop.thread, 0
            self._print_stop(stop)
            while True:
                line = await self._lines.next()
                if line is None or _command(line.split()[:1]) == "quit":
                    return
                try:
                    if self._do(self._or_last(line)):
                        break
                except (DebugError, ExpressionError) as error:
                    print_text(printable(self._target.secrets.mask(f"error: {error}")), file=sys.stderr)
                if self._is_again:
                    return

    def _or_last(self, line: str) -> str:
        """Return a command; for an empty line of a terminal the last one, if it is one that goes on."""
        if self._lines.is_terminal and not line.strip():
            return self._last
        self._last = line if _command(line.split()[:1]) in _REPEATED else ""
        return line

    def _start_again(self) -> None:
        """Leave this run for a new one. Raises DebugError if the file can't be run now."""
        self._check()
        self._is_again = True

    def _do(self, line: str) -> bool:
        """Do what a line says and return whether the thread goes on."""
        name, _, rest = line.strip().partition(" ")
        rest = rest.strip()
        command = _command([name])
        if command in _MOTIONS:
            self._target.move(self._thread, _MOTIONS[command])
            return True
        going: dict[str, Callable[[], None]] = {
            "back": lambda: self._target.back(self._thread, to_stop=False),
            "retry": self._retry,
            "skip": lambda: self._target.skip(self._thread),
            "use": lambda: self._target.use_output(self._thread, self._value(rest)),
        }
        if command in going:
            going[command]()
            return True
        staying: dict[str, Callable[[], None]] = {
            "break": lambda: self._break(rest) if rest else self._list_breakpoints(),
            "delete": lambda: self._delete(rest),
            "print": lambda: print_text(whole_text(self._value(rest), self._target.secrets)),
            "vars": self._print_values,
            "where": self._print_frames,
            "list": self._print_lines,
            "run": self._start_again,
            "up": lambda: self._look(1),
            "down": lambda: self._look(-1),
            "threads": self._list_threads,
            "thread": lambda: self._choose(rest),
            "help": lambda: _print_help(rest),
            "": lambda: None,
        }
        if command not in staying:
            raise DebugError(f"no command is called '{name}': `help` lists them")
        staying[command]()
        return False

    def _value(self, expression: str) -> Any:
        return evaluate(expression, self._target.stack(self._thread)[self._level].variables)

    def _look(self, by: int) -> None:
        """Look at another frame, further out for a positive number."""
        stack = self._target.stack(self._thread)
        level = self._level + by
        if not 0 <= level < len(stack):
            raise DebugError(f"this is the {'outermost' if by > 0 else 'innermost'} frame")
        self._level = level
        self._print_frame(level, stack[level])

    def _completions(self, line: str, start: int) -> Iterable[str]:
        """Return what may stand at the end of a line, instead of the word that begins at an offset."""
        name, has_more, rest = line.lstrip().partition(" ")
        if not has_more:
            return [one for one in (*_NAMES, *ALIASES) if one.startswith(name)]
        command = _command([name])
        if command in ("print", "use"):
            return self._expressions(rest, len(rest) - (len(line) - start))
        if command == "help":
            offered: Iterable[str] = _NAMES
        elif command == "delete":
            offered = (str(item.id) for _, item in self._breakpoints)
        elif command == "break":
            sites = self._target.sites(self._file)
            offered = step_names(sites.workflow) if sites is not None else ()
        else:
            offered = ()
        return [one for one in sorted(offered) if one.startswith(line[start:])]

    def _expressions(self, text: str, start: int) -> list[str]:
        variables = self._target.stack(self._thread)[self._level].variables
        found = complete(text, len(text), variables)
        whole = (f"{text[start : item.start]}{item.insert}" for item in found if item.start >= start)
        return [one for one in whole if one.startswith(text[start:])]

    def _retry(self) -> None:
        from ..debug.edited_text import text_of_file

        frame = self._target.stack(self._thread)[0]
        sites, text = self._target.sites(frame.file), text_of_file(frame.file)
        is_edited = sites is not None and text != sites.workflow.document.text
        self._target.try_again(self._thread, text if is_edited else None)

    def _break(self, text: str) -> None:
        place, _, condition = text.partition(" if ")
        place = place.strip()
        file, colon, line = place.rpartition(":")
        line = line if colon or place.isdecimal() else ""
        self._number += 1
        number = int(line) - 1 if line.isdecimal() else 0
        breakpoint_ = Breakpoint(self._number, Request(number, None, condition.strip()))
        if breakpoint_.problem:
            raise DebugError(breakpoint_.problem)
        at = os.path.abspath(file) if file else self._file
        self._breakpoints.append((at if line.isdecimal() else f"step {place}", breakpoint_))
        self._set_breakpoints()
        self._print_breakpoint(*self._breakpoints[-1])

    def _set_breakpoints(self) -> None:
        files = {self._file, *(where for where, _ in self._breakpoints if not where.startswith("step "))}
        for file in files:
            self._target.set_breakpoints(file, [item for where, item in self._breakpoints if where == file])
        named = {where[5:]: item for where, item in self._breakpoints if where.startswith("step ")}
        self._target.set_step_breakpoints(named)

    def _delete(self, text: str) -> None:
        left = [(where, item) for where, item in self._breakpoints if str(item.id) != text]
        if len(left) == len(self._breakpoints):
            raise DebugError(f"there is no breakpoint {text or 'without a number'}: `break` lists them")
        self._breakpoints = left
        self._set_breakpoints()

    def _list_breakpoints(self) -> None:
        for where, item in self._breakpoints:
            self._print_breakpoint(where, item)

    def _print_breakpoint(self, where: str, item: Breakpoint) -> None:
        condition = f" if {item.request.condition}" if item.request.condition else ""
        if where.startswith("step "):
            print_text(f"breakpoint {item.id} at {where}{condition}", file=sys.stderr)
        elif item.site is None:
            print_text(f"breakpoint {item.id}: no step runs at this line or after it", file=sys.stderr)
        else:
            at = f"{_shown_path(where)}:{item.site.line + 1}"
            print_text(f"breakpoint {item.id} at {at}{condition}", file=sys.stderr)

    def _print_stop(self, stop: Stop) -> None:
        self._output.end_line()
        frame = self._target.stack(self._thread)[0]
        sites, site = self._target.sites(frame.file), frame.frame.site
        names = {found.id: found.name for found in self._target.threads()}
        branch = f"{names[stop.thread]}: " if len(names) > 1 else ""
        if stop.reason == "exception" or stop.text:
            print_text(printable(f"{branch}{stop.text}"), file=sys.stderr)
        if sites is None or site is None:
            return
        text = _lines_of(sites.workflow.document.text)[site.line]
        place = f"{_shown_path(frame.file)}:{site.line + 1}"
        print_text(printable(f"{branch}{place}: {frame.frame.name}"), file=sys.stderr)
        print_text(printable(self._target.secrets.mask(f"{site.line + 1:5} {text}")), file=sys.stderr)

    def _print_values(self) -> None:
        secrets = self._target.secrets
        for scope in self._target.scopes(self._thread, self._level):
            if scope.expensive:
                continue
            shown = [part for part in parts(scope.inner, secrets) if part.text != "has not run"]
            if shown:
                print_text(f"{scope.name}:")
            for part in shown:
                print_text(printable(f"  {part.name} = {part.text}"))

    def _print_frames(self) -> None:
        for number, found in enumerate(self._target.stack(self._thread)):
            self._print_frame(number, found)

    def _print_frame(self, number: int, found: StackFrame) -> None:
        site = found.frame.site
        line = f":{site.line + 1}" if site is not None else ""
        print_text(f"{number} {found.frame.name}  {_shown_path(found.file)}{line}")

    def _print_lines(self) -> None:
        frame = self._target.stack(self._thread)[self._level]
        sites, site = self._target.sites(frame.file), frame.frame.site
        if sites is None or site is None:
            return
        lines = _lines_of(sites.workflow.document.text)
        for number in range(max(site.line - _AROUND, 0), min(site.line + _AROUND + 1, len(lines))):
            marker = ">" if number == site.line else " "
            text = self._target.secrets.mask(lines[number])
            print_text(printable(f"{marker}{number + 1:4} {text}"))

    def _list_threads(self) -> None:
        for found in self._target.threads():
            marker = ">" if found.id == self._thread else " "
            state = "stopped" if self._target.is_stopped(found.id) else "running"
            print_text(f"{marker} {found.id} {found.name} ({state})")

    def _choose(self, text: str) -> None:
        known = [found.id for found in self._target.threads() if str(found.id) == text]
        if not known:
            raise DebugError(f"there is no thread {text or 'without a number'}: `threads` lists them")
        self._thread, self._level = known[0], 0

    def _print_end(self, result: Result) -> int:
        self._output.end_line()
        if result.error is not None:
            print_text(printable(str(result.error)), file=sys.stderr)
            return 2
        if result.output is not None:
            print_text(whole_text(result.output, self._target.secrets))
        return 0


class _Output:
    """A listener that prints what steps print."""

    wants_output = True
    wants_digests = False
    congested = False

    def __init__(self) -> None:
        self._is_in_line = False

    def notify(self, event: Event) -> None:
        """Print output."""
        if isinstance(event, OutputChunk) and event.text:
            sys.stderr.write(printable(event.text))
            sys.stderr.flush()
            self._is_in_line = not event.text.endswith("\n")

    def end_line(self) -> None:
        """End a line that a step has left open."""
        if self._is_in_line:
            print(file=sys.stderr)
            self._is_in_line = False


_NAMES = (*(usage.split()[0] for usage in COMMANDS), "thread")


def _command(words: list[str]) -> str:
    """Return the command that the first word begins, "" for none: `n` is `next`, `bt` is `where`."""
    name = words[0] if words else ""
    if name in _NAMES or not name:
        return name
    return ALIASES.get(name) or next((known for known in _NAMES if known.startswith(name)), name)


def _print_help(name: str) -> None:
    wanted = _command([name])
    shown = {usage: text for usage, text in COMMANDS.items() if not wanted or usage.split()[0] == wanted}
    if not shown:
        raise DebugError(f"no command is called '{name}': `help` lists them")
    width = max(map(len, COMMANDS))
    for usage, summary in shown.items():
        print_text(f"{usage:{width}}  {summary}")
    if wanted:
        return
    aliases = ", ".join(f"{alias} ({command})" for alias, command in ALIASES.items())
    print_text(
        "\nA command may be shortened, as `n` for `next`. An empty line does the last again. Tab completes.\n"
        f"Names from other debuggers: {aliases}"
    )


def _lines_of(text: str) -> list[str]:
    return text.splitlines() or [""]


def _shown_path(file: str) -> str:
    with contextlib.suppress(OSError):
        return file.removeprefix(f"{os.getcwd()}{os.sep}")
    return file
