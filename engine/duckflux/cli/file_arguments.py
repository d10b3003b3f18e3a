"""Expands the file arguments of a command: files, folders and globs."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..language.workflow_files import is_workflow_name, workflow_files
from .text_output import print_text


def expand(names: Iterable[str]) -> list[str]:
    """Return the files that the names mean, each once and in order.

    A name that is neither a folder nor a glob stays as it is. A folder or glob without workflows is reported
    on stderr.
    """
    return list(dict.fromkeys(path for name in names for path in _paths(name)))


def _paths(name: str) -> Iterator[str]:
    # Path.is_dir raises for a name that is too long.
    if os.path.isdir(name):
        found = [str(path) for path in workflow_files(Path(name))]
    elif glob.has_magic(name) and not os.path.lexists(name):
        # Path.glob does not take absolute patterns.
        matches = sorted(glob.glob(name, recursive=True))
        found = [path for path in matches if is_workflow_name(path) and os.path.isfile(path)]
    else:
        found = [name]
    if not found:
        print_text(
            f"{name}: error: no workflow files (*.duck.yaml, *.duck.yml, *.flow.yaml) found", file=sys.stderr
        )
    yield from found
