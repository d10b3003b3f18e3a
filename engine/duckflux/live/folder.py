"""Finds the private folder where each live run has a socket, named by its id."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

_SUFFIX = ".sock"


def socket_path(folder: str, id_: str) -> str:
    """Return the path of a run's socket."""
    return os.path.join(folder, id_ + _SUFFIX)


def unlisted_path(socket: str) -> str:
    """Return a path, no longer than a socket's, that `live_sockets` does not list."""
    return socket.removesuffix(_SUFFIX)


def make_private_folders() -> Iterator[str]:
    """Yield the folders where sockets may be, the best one first, each created and checked to be private."""
    for folder in _folders():
        try:
            os.mkdir(folder, 0o700)
        except FileExistsError:
            pass
        except OSError:
            continue
        if _is_private(folder):
            yield folder


def live_sockets() -> list[str]:
    """Return the paths of the sockets of runs, those of runs that were killed included."""
    found = []
    for folder in filter(_is_private, _folders()):
        found += [os.path.join(folder, name) for name in sorted(os.listdir(folder)) if name.endswith(_SUFFIX)]
    return found


def id_of(socket: str) -> str:
    """Return the id of the run whose socket this is."""
    return os.path.basename(socket).removesuffix(_SUFFIX)


def _folders() -> list[str]:
    if os.name != "posix":
        return []
    chosen = os.environ.get("DUCKFLUX_RUNTIME_DIR", "")
    if os.path.isabs(chosen):
        return [chosen]
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    private = [os.path.join(runtime, "duckflux")] if os.path.isabs(runtime) else []
    # Sessions without the variable, as of cron, are found too.
    return [*private, f"/tmp/duckflux-{os.getuid()}"]  # noqa: S108 - checked to be private


def _is_private(folder: str) -> bool:
    """Return whether a folder is there, is no link, and is the user's alone."""
    try:
        status = os.lstat(folder)
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & 0o077
