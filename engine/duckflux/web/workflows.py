"""Finds the workflows of a folder; a file outside of it is never one of them, whatever leads there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec

from ..language.analysis import Analysis, load
from ..language.workflow_files import Stamp, contains_workflow, stamp, workflow_files


class WorkflowFile(msgspec.Struct, frozen=True):
    """A workflow of the folder. `file` is its path there, `errors` are those that keep it from running."""

    path: Path
    file: str
    id: str
    name: str
    version: str
    errors: tuple[str, ...]
    inputs: dict[str, Any]

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths by which traces may name it."""
        return tuple({str(self.path), os.path.realpath(self.path)})


class Workflows:
    """The workflows of a folder, each analysed again only when it has changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(os.path.abspath(folder))  # noqa: PTH100 - links stay as they were given
        self._known: dict[Path, tuple[Stamp, WorkflowFile]] = {}

    def all(self) -> list[WorkflowFile]:
        """Return all workflows, in the order of their paths. Reads files: not for the event loop."""
        paths = [path for path in workflow_files(self.folder) if self._is_inside(path)]
        self._known = {path: self._known[path] for path in paths if path in self._known}
        return [workflow for path in paths if (workflow := self._workflow(path)) is not None]

    def find(self, name: str) -> WorkflowFile | None:
        """Return the workflow with a path or an id, or None. Reads files: not for the event loop."""
        path = self._path(name)
        if path is not None:
            return self._workflow(path)
        return next((workflow for workflow in self.all() if name and workflow.id == name), None)

    def file_of(self, path: str | None) -> str | None:
        """Return the path in the folder of a workflow that a trace names, None for one from elsewhere."""
        if path is None:
            return None
        for folder in (self.folder, Path(os.path.realpath(self.folder))):
            if path.startswith(f"{folder}{os.sep}"):
                return Path(path).relative_to(folder).as_posix()
        return None

    def _path(self, name: str) -> Path | None:
        """Return the file that a path means, absolute or in the folder, None if it is not a workflow of it."""
        if "\0" in name:
            return None
        path = Path(os.path.normpath(self.folder / name))
        try:
            is_known = contains_workflow(self.folder, path) and path.is_file()
        except OSError:
            return None
        return path if is_known and self._is_inside(path) else None

    def _is_inside(self, path: Path) -> bool:
        """Return whether a file is in the folder also where links lead."""
        return Path(os.path.realpath(self.folder)) in Path(os.path.realpath(path)).parents

    def _workflow(self, path: Path) -> WorkflowFile | None:
        now = stamp(path)
        if now is None:
            return None
        known = self._known.get(path)
        if known is not None and known[0] == now:
            return known[1]
        try:
            found = _described(load(path), path, path.relative_to(self.folder).as_posix())
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
            file = path.relative_to(self.folder).as_posix()
            found = WorkflowFile(path, file, file, path.name, "", (f"can't be read: {reason}",), {})
        self._known[path] = (now, found)
        return found


def _described(analysis: Analysis, path: Path, file: str) -> WorkflowFile:
    workflow = analysis.workflow
    lines = analysis.document.lines
    errors = tuple(
        f"{file}:{lines.position(error.start)[0] + 1}: {error.message} [{error.code}]"
        for error in analysis.errors
    )
    schemas = {
        name: declared.schema | {"x-required": declared.required}
        for name, declared in workflow.inputs.items()
    }
    # A workflow without an id is known by its path.
    return WorkflowFile(
        path,
        file,
        workflow.id or file,
        workflow.name or workflow.id or path.name,
        workflow.version,
        errors,
        schemas,
    )
