"""Sub-workflows from their files: checked like the main one, each file once a run."""

from __future__ import annotations

from duckflux.language.analysis import load
from duckflux.language.model.workflow import Workflow

from ..errors import SourceLocation, StepError


class Loader:
    """Call it with a path for the workflow there. Raises StepError for one that can't run."""

    def __init__(self) -> None:
        self._known: dict[str, Workflow] = {}

    def __call__(self, file: str) -> Workflow:
        if file not in self._known:
            self._known[file] = _checked(file)
        return self._known[file]


def _checked(file: str) -> Workflow:
    try:
        analysis = load(file)
    except UnicodeDecodeError:
        raise StepError(f"{file} is no UTF-8 text", code="sub-workflow", field="path") from None
    except OSError as error:
        raise StepError(f"{file}: {error.strerror}", code="sub-workflow", field="path") from None
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
