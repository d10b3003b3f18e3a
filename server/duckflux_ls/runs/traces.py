"""Lists the traces of a workflow for the editor, and shows one as a page, as rows or a step of it."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from duckflux.trace.model import Execution

from ..session.settings import Settings

if TYPE_CHECKING:
    from duckflux.trace.view.rows import TraceRow

# `duckflux trace list` has all.
_MAX_TRACES = 50
_MAX_ROWS = 5_000
_SHOWN_FIELDS = (
    "name",
    "type",
    "status",
    "error",
    "exitCode",
    "retries",
    "input",
    "output",
    "stderr",
    "attempts",
)


def trace_folder(path: Path, settings: Settings) -> Path:
    """Return where the traces go of a workflow that is run in the editor."""
    return path.parent / settings.trace.directory


def traces_of(path: Path, settings: Settings) -> list[dict[str, Any]]:
    """Return the latest traces of a workflow file, the newest first. Reads files: not for the event loop."""
    from duckflux.trace.folder import list_traces
    from duckflux.trace.readers import TraceError
    from duckflux.trace.view.labels import duration_text

    try:
        found, _ = list_traces(trace_folder(path, settings))
    except TraceError:
        return []
    own = (trace for trace in found if _is_of(trace.execution, path))
    return [
        {
            "tracePath": str(trace.path),
            "state": trace.state,
            "startedAt": trace.execution.started_at,
            "duration": duration_text(trace.execution.duration) if trace.execution.finished_at else "",
            "error": trace.execution.error,
        }
        for trace in islice(own, _MAX_TRACES)
    ]


def trace_page(path: Path) -> str:
    """Return the page of `duckflux trace export --to html`. Raises TraceError. Not for the event loop."""
    from duckflux.trace.export.html import export
    from duckflux.trace.folder import state_of
    from duckflux.trace.readers import read

    trace = read(path)
    return export(trace, state_of(path, trace.execution)).decode()


def trace_rows(path: Path) -> dict[str, Any]:
    """Return a trace as `title` and `rows`, in the order of their starts. Raises TraceError.

    `step` of a row is the JSON pointer of the step in `workflow`, whose URI is None for the run's own file; it is
    None if the step is not known. Not for the event loop.
    """
    from duckflux.trace.folder import state_of
    from duckflux.trace.model import mark_interrupted
    from duckflux.trace.readers import read
    from duckflux.trace.view.rows import headline
    from duckflux.trace.view.rows import rows as rows_of

    trace = read(path)
    state = state_of(path, trace.execution)
    title = headline(trace, state)
    trace = mark_interrupted(trace) if state == "interrupted" else trace
    found = [_as_row(row) for row in islice(rows_of(trace), _MAX_ROWS)]
    return {"title": title, "rows": found, "left": max(0, len(trace.steps) - len(found))}


def trace_step(path: Path, seq: int) -> str:
    """Return the input and output of one execution of a step, as YAML. Raises TraceError.

    Not for the event loop.
    """
    import msgspec
    from duckflux.trace.readers import read

    found = next((each for each in read(path).steps if each.seq == seq), None)
    if found is None:
        return ""
    fields = msgspec.to_builtins(found)
    return msgspec.yaml.encode({name: fields[name] for name in _SHOWN_FIELDS if name in fields}).decode()


def _as_row(row: TraceRow) -> dict[str, Any]:
    executed = row.step
    called = Path(executed.workflow) if executed is not None and executed.workflow else None
    return {
        "depth": row.depth,
        "title": row.title,
        "label": row.label,
        "status": executed.status if executed else None,
        "seq": executed.seq if executed else None,
        "step": executed.path if executed and (called is None or called.is_absolute()) else None,
        "workflow": called.as_uri() if called is not None and called.is_absolute() else None,
    }


def _is_of(execution: Execution, path: Path) -> bool:
    """Return whether a trace may be of a file: one of the reference runtime does not name its workflow."""
    return execution.workflow_path is None or Path(execution.workflow_path) == path
