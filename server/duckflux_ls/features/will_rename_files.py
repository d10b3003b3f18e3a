"""workspace/willRenameFiles: paths that name a workflow follow it when it is moved."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from lsprotocol import types

from .names import AnyNames, Found


def will_rename_files(
    moved: Mapping[Path, Path], files: Iterable[AnyNames], encoding: types.PositionEncodingKind | str
) -> types.WorkspaceEdit | None:
    """The edits for files, or folders of files, that move. Paths in a file that itself moves follow too."""
    changes: dict[str, list[types.TextEdit]] = {}
    for names in files:
        own = names.path
        if own is None:
            continue
        for one in names:
            file = names.file_of(one.symbol)
            if file is None:
                continue
            target, here = _after(Path(file), moved), _after(own, moved)
            if (target, here) == (Path(file), own):
                continue
            new = _relative(target, here.parent, one.symbol.name)
            if new != one.symbol.name:
                edit = types.TextEdit(Found(names, one).range(encoding), new)
                changes.setdefault(names.uri, []).append(edit)
    return types.WorkspaceEdit(changes=changes) if changes else None


def _after(path: Path, moved: Mapping[Path, Path]) -> Path:
    """Where a file is after the move."""
    for old, new in moved.items():
        if path == old:
            return new
        if old in path.parents:
            return new / path.relative_to(old)
    return path


def _relative(target: Path, folder: Path, like: str) -> str:
    """The path from a folder, with a leading `./` where the old one had one."""
    new = Path(os.path.relpath(target, folder)).as_posix()
    return f"./{new}" if like.startswith("./") and not new.startswith(".") else new
