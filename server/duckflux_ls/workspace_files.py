"""The workflow files of the workspace's folders, as they are on disk."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from pathlib import Path

from duckflux.language.workflow_files import Stamp, holds, stamp, workflow_files


class WorkspaceFiles:
    """Which workflow files there are, open or not, each with its stamp.

    Where the editor tells of changes, `watched`, only what it tells of is looked at again; else everything is,
    each time. What is told while a look is under way counts for the next one.
    """

    def __init__(self) -> None:
        self.roots: tuple[Path, ...] = ()
        self._watched = False
        self._stamps: dict[Path, Stamp] = {}
        self._changed: deque[Path] = deque()
        self._moved = True
        self._looking = threading.Lock()

    @property
    def watched(self) -> bool:
        return self._watched

    @watched.setter
    def watched(self, value: bool) -> None:
        self._watched = value
        self._moved = True

    def change_roots(self, added: Iterable[Path], removed: Iterable[Path]) -> None:
        """Folders came to the workspace, or left it."""
        kept = tuple(root for root in self.roots if root not in set(removed))
        self.roots = tuple(dict.fromkeys((*kept, *added)))
        self._moved = True

    def changed(self, path: Path) -> None:
        """The editor says that a file came, changed or went."""
        self._changed.append(path)

    def look(self) -> dict[Path, Stamp]:
        """The stamps of all files; the same object as long as nothing changes. Reads folders: not for the event
        loop."""
        with self._looking:
            moved, self._moved = self._moved, False
            changed = {self._changed.popleft() for _ in range(len(self._changed))}
            everything = moved or not self._watched
            now = self._all() if everything else self._looked_again(self._stamps, changed)
            if now != self._stamps:
                self._stamps = now
            return self._stamps

    def _all(self) -> dict[Path, Stamp]:
        files = (path for root in self.roots for path in workflow_files(root))
        return {path: found for path in dict.fromkeys(files) if (found := stamp(path)) is not None}

    def _looked_again(self, last: dict[Path, Stamp], changed: set[Path]) -> dict[Path, Stamp]:
        if not changed:
            return last
        # A folder that went took its files along.
        now = {path: stamp for path, stamp in last.items() if changed.isdisjoint((path, *path.parents))}
        for path in changed:
            found = stamp(path) if any(holds(root, path) for root in self.roots) else None
            if found is not None:
                now[path] = found
        return now
