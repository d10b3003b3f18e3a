"""Gives temporary folders; those that killed processes have left are removed when the next one is asked for."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

_PREFIX = "duckflux-temporary-"
# A younger one may not be locked yet.
_LEAST_AGE = 60.0


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    """Give a new folder that only the user can read, and remove it with everything in it."""
    from tempfile import TemporaryDirectory, gettempdir

    _remove_abandoned(gettempdir())
    with TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as folder, _locked(folder):
        yield Path(folder)


def _remove_abandoned(parent: str) -> None:
    """Remove the user's folders that no living process has locked."""
    from shutil import rmtree

    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        for entry in os.scandir(parent):
            if entry.name.startswith(_PREFIX) and _is_old(entry):
                with contextlib.suppress(OSError), _locked(entry.path):
                    rmtree(entry.path, ignore_errors=True)


def _is_old(entry: os.DirEntry[str]) -> bool:
    """Return whether this is a folder of the user that was made some time ago."""
    with contextlib.suppress(OSError):
        status = entry.stat(follow_symlinks=False)
        is_own = entry.is_dir(follow_symlinks=False) and status.st_uid == os.getuid()
        return is_own and time.time() - status.st_mtime > _LEAST_AGE
    return False


@contextlib.contextmanager
def _locked(folder: str) -> Iterator[None]:
    """Lock a folder until its process ends. Raises OSError where another process has locked it."""
    if os.name != "posix":
        yield
        return
    import fcntl

    opened = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(opened)
