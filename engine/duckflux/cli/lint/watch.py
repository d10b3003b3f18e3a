"""`--watch`: again, whenever a file changes."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeAlias

from ...language.files import is_workflow_name, workflow_files
from ..report import wants_colour

_EVERY_SECONDS = 0.3
_State: TypeAlias = dict[Path, tuple[int, int]]


def watch(names: Iterable[str], look: Callable[[], object]) -> None:
    """Look now, and again after each change of a named file or of any workflow beside or below. Never returns;
    Ctrl-C ends it."""
    folders = {path if path.is_dir() else path.parent for path in map(Path, names)}
    named = {path for path in map(Path, names) if not path.is_dir() and not is_workflow_name(path.name)}
    while True:
        before = _state(folders, named)
        if wants_colour(sys.stdout):
            print("\x1b[2J\x1b[H", end="")
        look()
        print("watching for changes, Ctrl-C ends it", file=sys.stderr, flush=True)
        sys.stdout.flush()
        while _state(folders, named) == before:
            time.sleep(_EVERY_SECONDS)


def _state(folders: Iterable[Path], named: Iterable[Path]) -> _State:
    found: _State = {}
    for path in (*named, *(path for folder in folders for path in workflow_files(folder))):
        try:
            stat = path.stat()
        except OSError:
            continue
        found[path] = stat.st_mtime_ns, stat.st_size
    return found
