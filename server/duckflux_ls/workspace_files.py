"""The workflow files of the workspace's folders, as they are on disk."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TypeAlias

from duckflux.language.files import holds, workflow_files

Stamp: TypeAlias = tuple[int, int]
"""When a file was written, and its size: another stamp means another text."""


class WorkspaceFiles:
    """Which workflow files there are, open or not, each with its stamp.

    Where the editor tells of changes, `watched`, only what it tells of is looked at again; else everything is,
    each time.
    """

    def __init__(self) -> None:
        self.roots: tuple[Path, ...] = ()
        self._watched = False
        self._stamps: dict[Path, Stamp] | None = None
        self._changed: set[Path] = set()

    @property
    def watched(self) -> bool:
        return self._watched

    @watched.setter
    def watched(self, value: bool) -> None:
        self._watched = value
        self._stamps = None

    def change_roots(self, added: Iterable[Path], removed: Iterable[Path]) -> None:
        """Folders came to the workspace, or left it."""
        kept = tuple(root for root in self.roots if root not in set(removed))
        self.roots = tuple(dict.fromkeys((*kept, *added)))
        self._stamps = None

    def changed(self, path: Path) -> None:
        """The editor says that a file came, changed or went."""
        self._changed.add(path)

    def look(self) -> dict[Path, Stamp]:
        """The stamps of all files; the same object as long as nothing changes. Reads folders: not for the event
        loop."""
        last, changed, self._changed = self._stamps, self._changed, set()
        if last is None or not self._watched:
            found = (path for root in self.roots for path in workflow_files(root))
            now = {path: stamp for path in dict.fromkeys(found) if (stamp := _stamp(path)) is not None}
        else:
            now = self._looked_again(last, changed)
        self._stamps = last if now == last else now
        return self._stamps

    def _looked_again(self, last: dict[Path, Stamp], changed: set[Path]) -> dict[Path, Stamp]:
        if not changed:
            return last
        # A folder that went took its files along.
        now = {path: stamp for path, stamp in last.items() if changed.isdisjoint((path, *path.parents))}
        for path in changed:
            stamp = _stamp(path) if any(holds(root, path) for root in self.roots) else None
            if stamp is not None:
                now[path] = stamp
        return now


def _stamp(path: Path) -> Stamp | None:
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_mtime_ns, about.st_size
