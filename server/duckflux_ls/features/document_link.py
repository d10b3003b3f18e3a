"""textDocument/documentLink: paths of workflows lead to their files."""

from __future__ import annotations

from pathlib import Path

from lsprotocol import types

from .names import Found, Names


def document_links(names: Names, encoding: types.PositionEncodingKind | str) -> list[types.DocumentLink]:
    """The links of a text, to files that are there. Looks at the disk."""
    links = []
    for one in names:
        file = names.file_of(one.symbol)
        if file is not None and Path(file).is_file():
            link = types.DocumentLink(Found(names, one).range(encoding), target=Path(file).as_uri())
            links.append(link)
    return links
