"""Reads the other files of the repository that a pipeline is from."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from ..files import read_named_file

MAX_BYTES = 10 << 20
_WORKFLOWS = Path(".github") / "workflows"


class Repository(NamedTuple):
    """A folder with a pipeline's files; nothing outside of it is read."""

    root: Path

    def text(self, path: str) -> str | None:
        """Return the text of a file by its path from the root, None if there is none that can be read."""
        file = (self.root / path).resolve()
        if not file.is_relative_to(self.root) or not file.is_file():
            return None
        try:
            return read_named_file(file, MAX_BYTES).decode("utf-8-sig")
        except (OSError, UnicodeDecodeError):
            return None

    def workflows(self) -> list[Path]:
        """Return the files of its GitHub workflows."""
        folder = self.root / _WORKFLOWS
        return sorted(path for suffix in ("*.yml", "*.yaml") for path in folder.glob(suffix))


def repository_of(source: Path) -> Repository:
    """Return the repository of a file or folder: where Git or GitHub has its folder, else that folder alone."""
    folder = source.resolve() if source.is_dir() else source.resolve().parent
    for parent in (folder, *folder.parents):
        if folder == parent / _WORKFLOWS or (parent / ".git").exists():
            return Repository(parent)
    return Repository(folder)
