"""The workflow files of the workspace's folders that are not open in the editor, and what is known of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from duckflux.language.analysis import Analysis, load
from duckflux.language.called import Files
from duckflux.language.files import workflow_files


class _Known(NamedTuple):
    state: tuple[int, int]
    analysis: Analysis


class WorkspaceFiles:
    """Analyses of files, each made once for as long as its file stays as it is.

    `changed` must be called when files may have appeared or gone; what a file holds is looked at each time.
    """

    def __init__(self, called: Files) -> None:
        self._called = called
        self.roots: tuple[Path, ...] = ()
        self._paths: tuple[Path, ...] | None = None
        self._known: dict[Path, _Known] = {}

    def change_roots(self, added: Iterable[Path], removed: Iterable[Path]) -> None:
        """Folders came to the workspace, or left it."""
        kept = tuple(root for root in self.roots if root not in set(removed))
        self.roots = tuple(dict.fromkeys((*kept, *added)))
        self.changed()

    def changed(self) -> None:
        """Forget which files there are."""
        self._paths = None

    def paths(self) -> tuple[Path, ...]:
        """All workflow files, open or not. Reads folders: not for the event loop."""
        if self._paths is None:
            found = (path for root in self.roots for path in workflow_files(root))
            self._paths = tuple(dict.fromkeys(found))
            self._known = {path: known for path, known in self._known.items() if path in set(self._paths)}
        return self._paths

    def analysis(self, path: Path) -> Analysis | None:
        """The analysis of a file as it is on disk; None when it can't be read. Not for the event loop."""
        try:
            stat = path.stat()
            state = stat.st_mtime_ns, stat.st_size
            known = self._known.get(path)
            if known is None or known.state != state or not _sees_the_same(known.analysis):
                known = self._known[path] = _Known(state, load(path, self._called))
        except (OSError, UnicodeDecodeError):
            self._known.pop(path, None)
            return None
        return known.analysis

    def analyses(self) -> Iterator[Analysis]:
        """Those of all files that can be read. Not for the event loop."""
        for path in self.paths():
            analysis = self.analysis(path)
            if analysis is not None:
                yield analysis


def _sees_the_same(analysis: Analysis) -> bool:
    return analysis.work is None or analysis.work.context.sees_the_same()
