"""Keeps the diagnostics of files that are not open, while what they depend on stays the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
from duckflux.language.analysis import Analysis
from duckflux.language.lint.settings import LintSettings
from duckflux.language.semantics.called_workflows import Files
from duckflux.language.semantics.workflow_interface import MissingWorkflow, WorkflowInterface
from duckflux.language.workflow_files import Stamp
from lsprotocol import types


class CheckedFile(msgspec.Struct, frozen=True):
    """The diagnostics of a file, and what they depend on."""

    stamp: Stamp
    lint: LintSettings
    called: Mapping[Path, WorkflowInterface | MissingWorkflow]
    diagnostics: list[types.Diagnostic]


class CheckedFiles:
    """The files that were checked. `called` gives the interfaces of the workflows that they call."""

    def __init__(self, called: Files) -> None:
        self._called = called
        self._known: dict[Path, CheckedFile] = {}

    def keep(self, path: Path, checked: CheckedFile) -> None:
        """Keep the diagnostics of a file."""
        self._known[path] = checked

    def forget(self) -> None:
        """Forget all diagnostics: other files that they depend on have changed."""
        self._known.clear()

    def valid(
        self, stamps: Mapping[Path, Stamp], lint_for: Callable[[Path], LintSettings]
    ) -> dict[Path, list[types.Diagnostic]]:
        """Return the diagnostics that are still valid, and forget others. Reads files: not for the event loop."""
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


def interfaces_called_by(analysis: Analysis) -> Mapping[Path, WorkflowInterface | MissingWorkflow]:
    """Return the interfaces of the workflows that a workflow calls, as its analysis has seen them."""
    return analysis.state.model.called if analysis.state is not None else {}
