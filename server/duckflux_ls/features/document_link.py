"""textDocument/documentLink: paths of workflows lead to their files; in comments, codes of diagnostics to what
they mean, and the names of traces and other files to these."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from duckflux.language import registry
from duckflux.language.lint import explain
from duckflux.language.syntax import Document, Mapping
from duckflux.language.syntax.ancestors import ancestors_at
from duckflux.language.workflow_files import is_test_name
from lsprotocol import types

from ..positions import to_range
from .names import Found, Names

_COMMENT = re.compile(r"(?:^|(?<=[ \t]))#([^\r\n]*)", re.MULTILINE)
# Bounded: a comment may be anything.
_CODE_OR_FILE = re.compile(
    r"\bDF\d{3}\b|(?<![\w./:~-])[\w.~-]{0,100}(?:/[\w.-]{1,100}){0,20}\.[A-Za-z]\w{0,20}(?![\w/])"
)


def document_links(names: Names, encoding: types.PositionEncodingKind | str) -> list[types.DocumentLink]:
    """The links of a text, to files that are there. Looks at the disk."""
    document, path = names.analysis.document, names.path
    links = []
    for one in names:
        file = names.file_of(one.symbol)
        if file is not None and Path(file).is_file():
            link = types.DocumentLink(Found(names, one).range(encoding), target=Path(file).as_uri())
            links.append(link)
    for start, end, target in (*_in_comments(document, path), *_of_test(document, path)):
        place = to_range(document.lines, start, end, encoding)
        links.append(types.DocumentLink(place, target=target.as_uri()))
    return links


def _in_comments(document: Document, path: Path | None) -> Iterator[tuple[int, int, Path]]:
    for comment in _COMMENT.finditer(document.text):
        for word in _CODE_OR_FILE.finditer(comment[1]):
            target = _target(word[0], path)
            # What looks like a comment may be in a text of several lines.
            if target is not None and ancestors_at(document, comment.start()).scalar is None:
                yield comment.start(1) + word.start(), comment.start(1) + word.end(), target


def _target(word: str, path: Path | None) -> Path | None:
    if word in registry.REGISTRY:
        return explain.explanation_file(word)
    file = path.parent / word if path is not None else None
    return file if file is not None and file.is_file() else None


def _of_test(document: Document, path: Path | None) -> Iterator[tuple[int, int, Path]]:
    """A test file names the workflow under test."""
    if path is None or not is_test_name(path.name):
        return
    from duckflux.testing.files import workflow_under_test_path

    file, root = workflow_under_test_path(document, path), document.root
    named = root.get("workflow") if isinstance(root, Mapping) else None
    if file is not None and file.is_file() and named is not None:
        yield (*document.offsets(named), file)
