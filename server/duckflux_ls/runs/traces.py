"""Lists the traces of a workflow for the editor, and shows one as a page, as rows or a step of it."""

from __future__ import annotations

import asyncio
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from duckflux.runtime.process.duckflux_process import start
from duckflux.trace.model import CANCELLED, Execution, Step

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
    from duckflux.trace.index import list_indexed
    from duckflux.trace.readers import TraceError
    from duckflux.trace.view.labels import duration_text

    try:
        found = list_indexed(trace_folder(path, settings))
    except TraceError:
        return []
    own = (trace for trace in found if _is_of(trace.execution, path))
    return [
        {
            "tracePath": str(trace.path),
            "state": _shown_state(trace.execution, trace.state),
            "startedAt": trace.execution.started_at,
            "duration": duration_text(trace.execution.duration) if trace.execution.finished_at else "",
            "error": trace.execution.error,
        }
        for trace in islice(own, _MAX_TRACES)
    ]


def newest_trace(path: Path, settings: Settings) -> Path | None:
    """Return the newest trace of a workflow file, or None. Reads files: not for the event loop."""
    found = traces_of(path, settings)
    return Path(found[0]["tracePath"]) if found else None


def trace_page(path: Path) -> dict[str, Any]:
    """Return a trace as `html`, the page of `duckflux trace export --to html`, with a `title` for its tab.

    `workflow` is the URI of the workflow, None if it is not known. Raises TraceError. Not for the event loop.
    """
    from duckflux.trace.export.html import export_news
    from duckflux.trace.follow import Known, read_news
    from duckflux.trace.index import list_indexed

    news = read_news(path, Known())
    execution = news.execution
    workflow = Path(execution.workflow_path) if execution.workflow_path else None
    traces = list_indexed(path.parent)
    same = (other.path for other in traces if other.execution.workflow_path == execution.workflow_path)
    earlier = next((other.path for other in traces if other.execution.id == execution.resumed_from), None)
    page = export_news(
        news, is_newest=next(same, path) == path, earlier=str(earlier) if earlier is not None else None
    )
    return {
        "html": page.decode(),
        "title": f"{workflow.name if workflow else execution.title}, {local_time(execution.started_at)}",
        "workflow": workflow.as_uri() if workflow and workflow.is_absolute() else None,
    }


def comparison_page(before: Path, after: Path) -> dict[str, Any]:
    """Return two traces, one below the other, as `html` with a `title`. Raises TraceError.

    Not for the event loop.
    """
    from duckflux.trace.export.html import export
    from duckflux.trace.readers import read
    from duckflux.trace.view.merged_runs import merged_runs

    runs = read(before), read(after)
    merged = merged_runs(*runs)
    workflow = Path(runs[1].execution.workflow_path or runs[1].execution.title)
    starts = " and ".join(local_time(run.execution.started_at) for run in runs)
    page = export(merged, merged.execution.status)
    return {"html": page.decode(), "title": f"{workflow.name}, {starts}"}


def trace_page_news(path: Path, known: Any) -> dict[str, Any]:
    """Return what is new for a page that has `known`. Raises TraceError. Not for the event loop."""
    import msgspec
    from duckflux.trace.export.page_data import page_data
    from duckflux.trace.follow import Known, read_news

    try:
        news = read_news(path, msgspec.convert(known, Known))
    except msgspec.ValidationError:
        news = read_news(path, Known())
    return page_data(news)


def remove(path: Path) -> str | None:
    """Remove a trace. Return why that is not possible, None if it is done. Not for the event loop."""
    from duckflux.trace.folder import remove_trace, state_of
    from duckflux.trace.readers import TraceError, read_execution

    try:
        if state_of(path, read_execution(path)) == "running":
            return f"{path.name}: this run has not ended yet, so its trace is kept"
        remove_trace(path)
    except (TraceError, OSError) as error:
        return f"the trace can't be removed: {error}"
    return None


async def comparison(before: Path, after: Path) -> str:
    """Return what `duckflux trace compare` says of two traces, or why they can't be compared."""
    return await _printed("compare", "--all", str(before), str(after))


async def text(path: Path) -> str:
    """Return what `duckflux trace show` says of a trace, or why it can't be read."""
    return await _printed("show", str(path))


async def _printed(*arguments: str) -> str:
    """Return what `duckflux trace` prints, in a process of its own: it reads files and may take long."""
    started = await start(
        "trace", *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        stdout, _ = await started.process.communicate()
    finally:
        await started.end()
    return stdout.decode("utf-8", "replace")


def local_time(text: str) -> str:
    """Return a time in ISO 8601 as people here write it, the date only if it is not today."""
    try:
        found = datetime.fromisoformat(text).astimezone()
    except ValueError:
        return text
    return f"{found:%H:%M:%S}" if found.date() == datetime.now().date() else f"{found:%Y-%m-%d %H:%M:%S}"


def trace_rows(path: Path) -> dict[str, Any]:
    """Return a trace as `title` and `rows`, in the order of their starts. Raises TraceError.

    `step` of a row is the JSON pointer of the step in `workflow`, whose URI is None for the run's own file; it is
    None if the step is not known. Not for the event loop.
    """
    from duckflux.trace.folder import read_with_state
    from duckflux.trace.model import mark_interrupted
    from duckflux.trace.view.rows import headline
    from duckflux.trace.view.rows import rows as rows_of

    trace, state = read_with_state(path)
    title = headline(trace, _shown_state(trace.execution, state), local_time(trace.execution.started_at))
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
        "status": _shown_status(executed) if executed else None,
        "seq": executed.seq if executed else None,
        "step": executed.path if executed and (called is None or called.is_absolute()) else None,
        "workflow": called.as_uri() if called is not None and called.is_absolute() else None,
    }


def _shown_state(execution: Execution, state: str) -> str:
    return CANCELLED if execution.was_cancelled else state


def _shown_status(step: Step) -> str:
    return CANCELLED if step.was_cancelled else step.status


def _is_of(execution: Execution, path: Path) -> bool:
    """Return whether a trace may be of a file: one of the reference runtime does not name its workflow."""
    return execution.workflow_path is None or Path(execution.workflow_path) == path
