"""Makes the records that the API answers with; docs/server.md and openapi.json describe them."""

from __future__ import annotations

from typing import Any

import msgspec

from ..diagram.layout import layout_of
from ..diagram.model import diagram_of
from ..diagram.results import shown_results
from ..diagram.svg import svg_of
from ..ide.colored_text import colored_lines
from ..language.analysis import Analysis
from ..trace.export.page_data import shown_state
from ..trace.folder import TraceFile
from ..trace.index import Change, Statistics, TraceFilter, TraceIndex
from ..trace.model import Trace
from ..trace.view.annotate import result_lines
from ..trace.view.compare import ComparisonRow, StepTotals
from ..trace.view.labels import label, results
from .workflows import WorkflowFile, Workflows

_LAST_RUNS = 20


def workflow_filter(workflow: WorkflowFile) -> TraceFilter:
    """Return the filter for the runs of a workflow."""
    return TraceFilter(workflow=workflow.paths, workflow_id=workflow.id)


def workflow_record(workflow: WorkflowFile, index: TraceIndex, workflows: Workflows) -> dict[str, Any]:
    """Return what a list says of a workflow, with its last runs, the newest first, and its statistics."""
    wanted = workflow_filter(workflow)
    last, _ = index.find(wanted, _LAST_RUNS)
    return {
        "id": workflow.id,
        "name": workflow.name,
        "version": workflow.version,
        "filePath": workflow.file,
        "errors": workflow.errors,
        "inputs": workflow.inputs,
        "lastRuns": [execution_record(trace, workflows) for trace in last],
        "statistics": statistics_record(index.statistics(wanted)),
    }


def execution_record(trace: TraceFile, workflows: Workflows) -> dict[str, Any]:
    """Return what a list says of a run: the reference's fields, and more.

    `state` is the status as people are told it; `workflowId` is the path of a workflow that has no id.
    """
    execution = trace.execution
    file = workflows.file_of(execution.workflow_path)
    return {
        "id": execution.id,
        "workflowId": execution.workflow_id or file or execution.workflow_path,
        "workflowName": execution.workflow_name or execution.workflow_id or file or execution.title,
        "workflowVersion": execution.workflow_version,
        "filePath": file,
        "startedAt": execution.started_at,
        "finishedAt": execution.finished_at,
        "duration": execution.duration,
        "status": execution.status,
        "state": shown_state(execution, trace.state),
        "error": execution.error,
        "resumedFrom": execution.resumed_from,
    }


def change_record(change: Change, workflows: Workflows) -> dict[str, Any]:
    """Return the data of a server-sent event."""
    record = execution_record(change.trace, workflows)
    return {"executionId": record["id"], "traceFile": change.trace.path.name, **record}


def trace_record(trace: Trace, file: TraceFile, workflows: Workflows) -> dict[str, Any]:
    """Return a whole run, its steps included."""
    execution = trace.execution
    values = {"inputs": execution.inputs, "output": execution.output}
    return {
        "execution": execution_record(file, workflows) | values,
        "steps": msgspec.to_builtins(trace.steps),
    }


def statistics_record(statistics: Statistics) -> dict[str, Any]:
    """Return counts of runs by their state, and the median duration of those that succeeded."""
    return {"runs": statistics.runs, "statuses": statistics.statuses, "medianDuration": statistics.median}


def lines_record(analysis: Analysis, trace: Trace | None) -> list[dict[str, Any]]:
    """Return the lines of a workflow's text, in colored pieces, with the results of a run on them."""
    labels: dict[int, dict[str, str]] = {}
    found = results(trace.steps) if trace is not None else {}
    for line in result_lines(analysis):
        about = labels.setdefault(analysis.document.lines.position(line.start)[0], {"step": line.path})
        result = found.get(line.path)
        if result is not None and "label" not in about:
            status = "cancelled" if result.last.was_cancelled else result.last.status
            about |= {"label": label(result), "status": status}
    return [
        {"pieces": pieces, **labels.get(number, {})} for number, pieces in enumerate(colored_lines(analysis))
    ]


def diagram_record(analysis: Analysis, title: str, trace: Trace | None) -> dict[str, Any] | None:
    """Return the flow as a picture, with a run's results by the steps that show them; None without a flow."""
    if not analysis.workflow.flow:
        return None
    diagram = diagram_of(analysis.workflow, title)
    shown = shown_results(diagram, results(trace.steps)) if trace is not None else {}
    return {
        "svg": svg_of(layout_of(diagram), styled=False),
        "results": {key: {"status": one.status, "label": one.label} for key, one in shown.items()},
    }


def comparison_record(row: ComparisonRow) -> dict[str, Any]:
    """Return a step in two runs."""
    return {
        "name": row.name,
        "before": _totals(row.before),
        "after": _totals(row.after),
        "change": row.change,
        "percent": row.percent,
        "isWorse": row.worse,
    }


def _totals(totals: StepTotals | None) -> dict[str, Any] | None:
    if totals is None:
        return None
    return {"executions": totals.executions, "duration": totals.duration, "status": totals.statuses[-1]}
