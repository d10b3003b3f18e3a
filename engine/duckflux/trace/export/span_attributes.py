"""Describes a run and its steps as attributes of spans, by OpenTelemetry's conventions for CI/CD and for AI.

What they do not name has the prefix `duckflux.`. Values that flow between steps are not among them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..model import Execution, Step, is_timeout
from ..usage import Usage, usage_of

_ACTION = "RUN"


def run_span_name(execution: Execution) -> str:
    """Return the name of the run's span."""
    return f"{_ACTION} {_pipeline(execution)}"


def run_attributes(execution: Execution, state: str) -> dict[str, Any]:
    """Return the attributes of the run's span, None for those without a value; `state` is how it ended."""
    failed = execution.status == "failure"
    return {
        "cicd.pipeline.name": _pipeline(execution),
        "cicd.pipeline.run.id": execution.id,
        "cicd.pipeline.action.name": _ACTION,
        "cicd.pipeline.result": "cancellation" if execution.was_cancelled else execution.status,
        "error.type": _error_type(execution.error) if failed else None,
        "duckflux.status": state,
        "duckflux.workflow.path": execution.workflow_path,
        "duckflux.workflow.hash": execution.workflow_hash,
        "duckflux.resumed_from": execution.resumed_from,
    }


def step_attributes(execution: Execution, step: Step) -> dict[str, Any]:
    """Return the attributes of a step's span, None for those without a value."""
    return {
        "cicd.pipeline.task.name": step.name,
        "cicd.pipeline.task.run.id": f"{execution.id}/{step.seq}",
        "cicd.pipeline.task.run.result": _result(step),
        "error.type": _error_type(step.error) if step.status == "failure" else None,
        "duckflux.seq": step.seq,
        "duckflux.type": step.type,
        "duckflux.status": step.status,
        "duckflux.skipped.reason": step.reason,
        "duckflux.path": step.path,
        "duckflux.workflow": step.workflow,
        "duckflux.iterations": list(step.iterations) or None,
        "duckflux.branch": step.branch,
        "duckflux.retries": step.retries or None,
        "duckflux.reused": step.reused or None,
        "duckflux.queued": step.queued or None,
        "process.exit.code": step.exit_code,
        **_usage_attributes(usage_of(step)),
    }


def _pipeline(execution: Execution) -> str:
    # A path has the folder of a checkout in it, and spans are grouped by this name.
    return execution.workflow_name or execution.workflow_id or Path(execution.title).name


def _result(step: Step) -> str | None:
    match step.status:
        case "running":
            return None
        case "skipped":
            return "skip"
        case "failure" if step.was_cancelled:
            return "cancellation"
        case "failure" if is_timeout(step.error):
            return "timeout"
        case status:
            return status


def _error_type(error: str | None) -> str:
    return "timeout" if is_timeout(error) else "_OTHER"


def _usage_attributes(usage: Usage | None) -> dict[str, Any]:
    if usage is None:
        return {}
    return {
        "gen_ai.usage.input_tokens": usage.input_tokens,
        "gen_ai.usage.output_tokens": usage.output_tokens,
        "duckflux.usage.total_tokens": usage.total_tokens,
        "duckflux.usage.cost": usage.cost,
    }
