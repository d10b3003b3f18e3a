"""Implements `--watch`: checks again after each change of a file."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

from ...language.lint.settings import FILES
from ...language.workflow_files import Stamp, is_workflow_name, stamp, workflow_files
from ..diagnostics_output import wants_color

_EVERY_SECONDS = 0.3
_State: TypeAlias = dict[Path, Stamp]


def watch(names: Iterable[str], check: Callable[[], object]) -> None:
    """Call `check` now and after each change of a file that matters. Never returns; Ctrl-C ends it.

    These are the named files, workflows beside and below them, and the settings.
    """
    folders = {_folder(name) for name in names}
    named = {path for path in map(Path, names) if path.is_file() and not is_workflow_name(path.name)}
    while True:
        before = _state(folders, named)
        if wants_color(sys.stdout):
            print("\x1b[2J\x1b[H", end="")
        check()
        print("watching for changes, press Ctrl-C to stop", file=sys.stderr, flush=True)
        sys.stdout.flush()
        while _state(folders, named) == before:
            time.sleep(_EVERY_SECONDS)


def _folder(name: str) -> Path:
    """Return the folder that contains everything that a name means."""
    path = Path(name)
    while not path.is_dir() and path != path.parent:
        path = path.parent
    return path


def _state(folders: Iterable[Path], named: Iterable[Path]) -> _State:
    paths = (*named, *_workflows_and_settings(folders))
    return {path: found for path in paths if (found := stamp(path)) is not None}


def _workflows_and_settings(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        yield from workflow_files(folder)
        absolute = folder.absolute()
        yield from (parent / name for parent in (absolute, *absolute.parents) for name in FILES)
