"""The traces of a workflow's earlier runs, for a list in the editor; and one as a page."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

from duckflux.trace.model import Execution

from ..settings import Settings

# A list to look at; `duckflux trace list` has them all.
_MOST = 50


def trace_folder(path: Path, settings: Settings) -> Path:
    """Where the traces of a workflow go that is run in the editor."""
    return path.parent / settings.trace.directory


def traces_of(path: Path, settings: Settings) -> list[dict[str, Any]]:
    """The newest traces of a workflow file, newest first. Reads files: not for the event loop."""
    from duckflux.trace.folder import traces
    from duckflux.trace.labels import duration_text
    from duckflux.trace.reader import TraceError

    try:
        found, _ = traces(trace_folder(path, settings))
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
        for trace in islice(own, _MOST)
    ]


def page(path: Path) -> str:
    """A trace as the page of `duckflux trace export --to html`. Raises TraceError. Not for the event loop."""
    from duckflux.trace.export.html import export
    from duckflux.trace.folder import state_of
    from duckflux.trace.reader import read

    trace = read(path)
    return export(trace, state_of(path, trace.execution)).decode()


def _is_of(execution: Execution, path: Path) -> bool:
    """A trace of the reference does not tell its file: it counts for each workflow of its folder."""
    return execution.workflow_path is None or Path(execution.workflow_path) == path
