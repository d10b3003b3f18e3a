"""Lists the workflow files of the workspace's folders, as they are on disk."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from pathlib import Path

from duckflux.language.workflow_files import Stamp, contains_workflow, is_workflow_name, stamp, workflow_files


class WorkspaceFiles:
    """The workflow files, open or not, each with its stamp.

    Where the client reports changes, `watched`, only the files that it reports are read again; otherwise all are,
    each time. What is reported while files are read counts for the next time.
    """

    def __init__(self) -> None:
        self.roots: tuple[Path, ...] = ()
        self._watched = False
        self._stamps: dict[Path, Stamp] = {}
        self._changed: deque[Path] = deque()
        self._roots_changed = True
        self._reading = threading.Lock()

    @property
    def watched(self) -> bool:
        """Return whether the client reports changes of files."""
        return self._watched

    @watched.setter
    def watched(self, value: bool) -> None:
        self._watched = value
        self._roots_changed = True

    def change_roots(self, added: Iterable[Path], removed: Iterable[Path]) -> None:
        """Take note that folders were added to the workspace, or removed."""
        kept = tuple(root for root in self.roots if root not in set(removed))
        self.roots = tuple(dict.fromkeys((*kept, *added)))
        self._roots_changed = True

    def changed(self, path: Path) -> None:
        """Take note that a file was created, changed or deleted."""
        self._changed.append(path)

    def inside(self, folder: Path) -> list[Path]:
        """Return the known workflow files in a folder, which may be gone."""
        return [path for path in self._stamps if folder in path.parents]

    def may_hold_workflows(self, path: Path) -> bool:
        """Return whether workflow files in a path, if that is a folder, belong to the workspace."""
        is_file = is_workflow_name(path.name)
        return not is_file and any(contains_workflow(root, path / "x.duck.yaml") for root in self.roots)

    def stamps(self) -> dict[Path, Stamp]:
        """Return the stamps of all files; the same object while nothing changes.

        Reads folders: not for the event loop.
        """
        with self._reading:
            roots_changed, self._roots_changed = self._roots_changed, False
            changed = {self._changed.popleft() for _ in range(len(self._changed))}
            everything = roots_changed or not self._watched
            now = self._all() if everything else self._updated(self._stamps, changed)
            if now != self._stamps:
                self._stamps = now
            return self._stamps

    def _all(self) -> dict[Path, Stamp]:
        files = (path for root in self.roots for path in workflow_files(root))
        return {path: found for path in dict.fromkeys(files) if (found := stamp(path)) is not None}

    def _updated(self, last: dict[Path, Stamp], changed: set[Path]) -> dict[Path, Stamp]:
        if not changed:
            return last
        # A deleted folder takes its files along.
        now = {path: stamp for path, stamp in last.items() if changed.isdisjoint((path, *path.parents))}
        for path in changed:
            found = stamp(path) if any(contains_workflow(root, path) for root in self.roots) else None
            if found is not None:
                now[path] = found
        return now
