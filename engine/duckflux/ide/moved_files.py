"""Updates the paths that name a workflow when files or folders move."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from .occurrences import AnyOccurrences, Reference


class PathUpdate(NamedTuple):
    """A path in a workflow that has to change, and the new path."""

    reference: Reference
    path: str


def updated_paths(moved: Mapping[Path, Path], workflows: Iterable[AnyOccurrences]) -> list[PathUpdate]:
    """Return the paths to change when files, or folders of files, move; also those in files that move."""
    found = []
    for workflow in workflows:
        own = workflow.path
        if own is None:
            continue
        for occurrence in workflow:
            file = workflow.file_of(occurrence.symbol)
            if file is None:
                continue
            target, here = _after_move(Path(file), moved), _after_move(own, moved)
            if (target, here) == (Path(file), own):
                continue
            path = _relative(target, here.parent, occurrence.symbol.name)
            if path != occurrence.symbol.name:
                found.append(PathUpdate(Reference(workflow, occurrence), path))
    return found


def _after_move(path: Path, moved: Mapping[Path, Path]) -> Path:
    for old, new in moved.items():
        if path == old:
            return new
        if old in path.parents:
            return new / path.relative_to(old)
    return path


def _relative(target: Path, folder: Path, old: str) -> str:
    """Return the path from a folder, with a leading `./` where the old path had one."""
    new = Path(os.path.relpath(target, folder)).as_posix()
    return f"./{new}" if old.startswith("./") and not new.startswith(".") else new
