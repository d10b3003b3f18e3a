"""The diagnostics of the workspace's files that are not open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from duckflux.language.analysis import Analysis
from duckflux.language.lint.settings import LintSettings
from duckflux.language.semantics.called_workflows import Files
from duckflux.language.semantics.workflow_interface import MissingWorkflow, WorkflowInterface
from duckflux.language.workflow_files import Stamp
from lsprotocol import types


class Checked(NamedTuple):
    """What was found in a file, and what that rests on."""

    stamp: Stamp
    lint: LintSettings
    called: Mapping[Path, WorkflowInterface | MissingWorkflow]
    diagnostics: list[types.Diagnostic]


class ClosedDiagnostics:
    """Each file is checked once for as long as it, what it calls and what is wanted stay the same."""

    def __init__(self, called: Files) -> None:
        self._called = called
        self._known: dict[Path, Checked] = {}

    def keep(self, path: Path, checked: Checked) -> None:
        self._known[path] = checked

    def forget(self) -> None:
        """Other files that analyses rest on have changed."""
        self._known.clear()

    def right(
        self, stamps: Mapping[Path, Stamp], lint_for: Callable[[Path], LintSettings]
    ) -> dict[Path, list[types.Diagnostic]]:
        """The diagnostics that still hold; others are forgotten. Looks at the disk: not for the event loop."""
        lints: dict[Path, LintSettings] = {}
        for path in stamps:
            if path.parent not in lints:
                lints[path.parent] = lint_for(path)
        self._known = {
            path: known
            for path, known in self._known.items()
            if known.stamp == stamps.get(path)
            and known.lint == lints[path.parent]
            and self._called.still_offer(known.called)
        }
        return {path: known.diagnostics for path, known in self._known.items()}


def called_by(analysis: Analysis) -> Mapping[Path, WorkflowInterface | MissingWorkflow]:
    """What an analysis saw of the files that the workflow calls."""
    return analysis.work.model.called if analysis.work is not None else {}
