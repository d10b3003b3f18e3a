"""Makes the flow diagram of a workflow in the editor, with the results of its last run."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from duckflux.language.analysis import Analysis
from duckflux.language.model.workflow import Workflow
from duckflux.trace.view.annotate import result_lines

from ..session.documents import path_of
from .overlay import Overlay, ShownResult
from .result_hints import STALE_MARK

if TYPE_CHECKING:
    from duckflux.diagram.model import Diagram


def page() -> str:
    """Return the page that shows a diagram. Reads files: not for the event loop."""
    from duckflux.diagram.page import diagram_page

    return diagram_page()


def drawing(analysis: Analysis, uri: str, shown: dict[str, Any], *, styled: bool) -> dict[str, Any]:
    """Return the diagram as `svg` with results, and its `title`. Not for the event loop."""
    from duckflux.diagram.layout import layout_of
    from duckflux.diagram.results import Shown
    from duckflux.diagram.svg import svg_of

    diagram = _diagram(analysis.workflow, uri)
    results = {key: Shown(**result) for key, result in shown.items()}
    return {"title": diagram.title, "svg": svg_of(layout_of(diagram), results, styled=styled)}


def results(analysis: Analysis, uri: str, overlay: Overlay) -> dict[str, Any]:
    """Return the `status` and the `label` of each step that has a result, by what shows it in the diagram."""
    from duckflux.diagram.results import shown_results

    # The steps of the text as it is now, by where they start.
    now = {line.start: line.path for line in result_lines(analysis)}
    shown = {now[one.start]: one for one in overlay.shown() if one.start in now}
    found = shown_results(
        _diagram(analysis.workflow, uri),
        {path: one.result for path, one in shown.items()},
        {path: one.elapsed for path, one in shown.items()},
    )
    return {
        key: {"status": result.status, "label": f"{_stale_mark(overlay, shown.get(key))}{result.label}"}
        for key, result in found.items()
    }


def key_of(analysis: Analysis, uri: str, step: str) -> str:
    """Return the key of what shows a step, by its JSON pointer."""
    from duckflux.diagram.results import DrawnSteps

    return DrawnSteps(_diagram(analysis.workflow, uri)).key_of(step)


def _stale_mark(overlay: Overlay, shown: ShownResult | None) -> str:
    return STALE_MARK if shown is not None and not overlay.holds(shown.result.path) else ""


@lru_cache(maxsize=4)
def _diagram(workflow: Workflow, uri: str) -> Diagram:
    from duckflux.diagram.model import diagram_of

    path = path_of(uri)
    return diagram_of(workflow, path.name if path is not None else "workflow")
