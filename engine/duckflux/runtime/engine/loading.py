"""Loads sub-workflows and checks them, each file once a run."""

from __future__ import annotations

from duckflux.language.analysis import Analysis, load
from duckflux.language.model.workflow import Workflow

from ..errors import SourceLocation, StepError


class WorkflowLoader:
    """Returns the workflow of a path when called. Raises StepError for one that cannot run."""

    def __init__(self) -> None:
        self._workflows: dict[str, Workflow] = {}

    def __call__(self, file: str) -> Workflow:
        if file not in self._workflows:
            self._workflows[file] = _load_checked(file)
        return self._workflows[file]


def _load_checked(file: str) -> Workflow:
    try:
        analysis = load(file)
    except UnicodeDecodeError:
        raise StepError(f"{file} is not UTF-8 text", code="sub-workflow", field="path") from None
    except OSError as error:
        raise StepError(f"{file}: {error.strerror}", code="sub-workflow", field="path") from None
    return checked(analysis, file)


def checked(analysis: Analysis, file: str) -> Workflow:
    """Return the workflow of an analysis. Raises StepError for the first of its errors."""
    if not analysis.errors:
        return analysis.workflow
    first = analysis.errors[0]
    line, column = analysis.document.lines.position(first.start)
    count = len(analysis.errors)
    more = f" (and {count - 1} more)" if count > 1 else ""
    location = SourceLocation(file, line + 1, column + 1)
    raise StepError(
        f"the sub-workflow has an error: {first.message}{more}", code=first.code, location=location
    )
