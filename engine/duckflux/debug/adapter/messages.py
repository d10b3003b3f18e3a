"""The messages of the Debug Adapter Protocol that the adapter takes and sends, as far as it uses them."""

from __future__ import annotations

from typing import Any, Literal

import msgspec


class Request(msgspec.Struct, frozen=True):
    """A request of the client."""

    seq: int
    command: str
    arguments: Any = None


class Arguments(msgspec.Struct, frozen=True, rename="camel"):
    """The arguments of a request; those that are not known are ignored."""


class Initialize(Arguments, frozen=True, rename="camel"):
    """The conventions of the client."""

    lines_start_at1: bool = msgspec.field(default=True, name="linesStartAt1")
    columns_start_at1: bool = msgspec.field(default=True, name="columnsStartAt1")
    path_format: str = "path"
    supports_invalidated_event: bool = False


class Launch(Arguments, frozen=True, rename="camel"):
    """Says what to run, or which trace to walk through.

    With `test`, the name of a test, `program` is the file that it is in. `token` is that of a server on a port.
    """

    program: str = ""
    inputs: dict[str, Any] = {}
    cwd: str | None = None
    env: dict[str, str | None] = {}
    stop_on_entry: bool = False
    trace_dir: str | None = None
    resume: str | None = None
    from_step: str | None = msgspec.field(default=None, name="from")
    replay: str | None = None
    mock: str | None = None
    trace: str | None = None
    test: str | None = None
    other_branches: Literal["run", "hold"] = "run"
    no_debug: bool = False
    token: str | None = None


class Attach(Arguments, frozen=True, rename="camel"):
    """Says which live run to attach to, by its id or the beginning of it."""

    run: str = ""
    other_branches: Literal["run", "hold"] = "run"
    stop_on_entry: bool = False
    token: str | None = None


class Disconnect(Arguments, frozen=True, rename="camel"):
    """Says how to end the session."""

    terminate_debuggee: bool | None = None


class Source(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file."""

    path: str | None = None
    name: str | None = None


class SourceBreakpoint(msgspec.Struct, frozen=True, rename="camel"):
    """A breakpoint on a line."""

    line: int
    column: int | None = None
    condition: str | None = None
    hit_condition: str | None = None
    log_message: str | None = None
    mode: str | None = None


class SetBreakpoints(Arguments, frozen=True, rename="camel"):
    """All breakpoints of a file."""

    source: Source
    breakpoints: list[SourceBreakpoint] = []


class StepBreakpoint(msgspec.Struct, frozen=True, rename="camel"):
    """A breakpoint on the name of a step."""

    name: str
    condition: str | None = None
    hit_condition: str | None = None


class SetFunctionBreakpoints(Arguments, frozen=True, rename="camel"):
    """All breakpoints on names of steps."""

    breakpoints: list[StepBreakpoint]


class FilterOptions(msgspec.Struct, frozen=True, rename="camel"):
    """A filter of failures with its condition."""

    filter_id: str
    condition: str | None = None


class SetExceptionBreakpoints(Arguments, frozen=True, rename="camel"):
    """Says which failures stop a thread."""

    filters: list[str] = []
    filter_options: list[FilterOptions] = []


class DataBreakpointInfo(Arguments, frozen=True, rename="camel"):
    """Asks whether a value can be watched: a part of a container, or an expression."""

    name: str
    variables_reference: int | None = None
    frame_id: int | None = None


class DataBreakpoint(msgspec.Struct, frozen=True, rename="camel"):
    """A breakpoint on a value."""

    data_id: str
    access_type: str | None = None


class SetDataBreakpoints(Arguments, frozen=True, rename="camel"):
    """All breakpoints on values."""

    breakpoints: list[DataBreakpoint]


class BreakpointLocations(Arguments, frozen=True, rename="camel"):
    """Asks where breakpoints can stand."""

    source: Source
    line: int
    end_line: int | None = None


class OfThread(Arguments, frozen=True, rename="camel"):
    """Says which thread is meant, and whether it alone."""

    thread_id: int
    single_thread: bool = False


class Pause(Arguments, frozen=True, rename="camel"):
    """Says which thread to stop, 0 for all."""

    thread_id: int = 0


class StackTrace(Arguments, frozen=True, rename="camel"):
    """Asks for frames of a thread."""

    thread_id: int
    start_frame: int = 0
    levels: int = 0


class OfFrame(Arguments, frozen=True, rename="camel"):
    """Says which frame is meant."""

    frame_id: int


class Variables(Arguments, frozen=True, rename="camel"):
    """Asks for the parts of a value."""

    variables_reference: int
    start: int = 0
    count: int = 0


class SetVariable(Arguments, frozen=True, rename="camel"):
    """Sets a part of a value to that of an expression."""

    variables_reference: int
    name: str
    value: str


class Evaluate(Arguments, frozen=True, rename="camel"):
    """Asks for the value of an expression."""

    expression: str
    frame_id: int | None = None
    context: str = "watch"


class Completions(Arguments, frozen=True, rename="camel"):
    """Asks what may stand at a column of a text."""

    text: str
    column: int
    frame_id: int | None = None
    line: int | None = None


class GotoTargets(Arguments, frozen=True, rename="camel"):
    """Asks where a thread may go on."""

    source: Source
    line: int
    column: int | None = None


class Goto(Arguments, frozen=True, rename="camel"):
    """Sends a thread to a target."""

    thread_id: int
    target_id: int


class Recover(Arguments, frozen=True, rename="camel"):
    """Says how to go on after the failure that a thread is stopped at.

    `text` is that of the file for a step that is tried again, `output` an expression for what it gives.
    """

    thread_id: int
    how: Literal["tryAgain", "useOutput", "skip", "fail"]
    text: str | None = None
    output: str | None = None


class Nothing(Arguments, frozen=True, rename="camel"):
    """No arguments."""
