"""The names of all workflows, open or not, each looked for once in each text."""

from __future__ import annotations

import asyncio
from pathlib import Path
from weakref import WeakKeyDictionary

from .documents import Documents, OpenDocument
from .features.names import Names
from .workspace_files import WorkspaceFiles


class NameIndex:
    """Keeps the names of the last text of each workflow."""

    def __init__(self, documents: Documents, files: WorkspaceFiles) -> None:
        self._documents = documents
        self._files = files
        self._open: WeakKeyDictionary[OpenDocument, Names] = WeakKeyDictionary()
        self._closed: dict[Path, Names] = {}

    async def of(self, document: OpenDocument) -> Names:
        """The names of an open text as it is now."""
        analysis = await document.analysis()
        known = self._open.get(document)
        if known is None or known.analysis is not analysis:
            known = Names(document.uri, analysis, known)
            await asyncio.to_thread(lambda: known.all)
            self._open[document] = known
        return known

    async def everywhere(self) -> list[Names]:
        """Those of all open texts, and of all other files of the workspace."""
        open_ = [await self.of(document) for document in self._documents]
        closed = await asyncio.to_thread(self._of_files, {names.uri for names in open_})
        return [*open_, *closed]

    def _of_files(self, taken: set[str]) -> list[Names]:
        found: dict[Path, Names] = {}
        for analysis in self._files.analyses():
            path = analysis.path
            if path is None or path.as_uri() in taken:
                continue
            known = self._closed.get(path)
            if known is None or known.analysis is not analysis:
                known = Names(path.as_uri(), analysis)
                _ = known.all
            found[path] = known
        self._closed = found
        return list(found.values())
