"""Which files are to be checked: those that are named, those of folders, and those that globs mean."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..language.workflow_files import is_workflow_name, workflow_files


def expand(names: Iterable[str]) -> list[str]:
    """The files, each once, in the order given. A name that is no folder and no glob is taken as it is. Where a
    folder or a glob holds no workflow, that is said on stderr."""
    return list(dict.fromkeys(path for name in names for path in _paths(name)))


def _paths(name: str) -> Iterator[str]:
    # Not Path.is_dir, which raises on a name that is too long.
    if os.path.isdir(name):
        found = [str(path) for path in workflow_files(Path(name))]
    elif glob.has_magic(name) and not os.path.lexists(name):
        # Not Path.glob, which takes no absolute pattern.
        matches = sorted(glob.glob(name, recursive=True))
        found = [path for path in matches if is_workflow_name(path)]
    else:
        found = [name]
    if not found:
        print(
            f"{name}: error: no workflow files (*.duck.yaml, *.duck.yml, *.flow.yaml) here", file=sys.stderr
        )
    yield from found
