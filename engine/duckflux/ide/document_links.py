"""Finds the links of a text: paths of workflows, and in comments codes of diagnostics and names of files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from ..language import registry
from ..language.budget import check_budget
from ..language.lint import explain
from ..language.syntax import Document, Mapping
from ..language.syntax.ancestors import ancestors_at
from ..language.workflow_files import is_test_name
from .occurrences import WorkflowOccurrences
from .ranges import TextRange

_COMMENT = re.compile(r"(?:^|(?<=[ \t]))#([^\r\n]*)", re.MULTILINE)
# Bounded: a comment may be anything.
_CODE_OR_FILE = re.compile(
    r"\bDF\d{3}\b|(?<![\w./:~-])[\w.~-]{0,100}(?:/[\w.-]{1,100}){0,20}\.[A-Za-z]\w{0,20}(?![\w/])"
)


class DocumentLink(msgspec.Struct, frozen=True):
    """A range that leads to a file."""

    range: TextRange
    target: Path


def document_links(occurrences: WorkflowOccurrences) -> list[DocumentLink]:
    """Return the links to files that exist. Reads folders."""
    document, path = occurrences.analysis.document, occurrences.path
    links = []
    for occurrence in occurrences:
        file = occurrences.file_of(occurrence.symbol)
        if file is not None and Path(file).is_file():
            links.append(DocumentLink(occurrences.range_of(occurrence), Path(file)))
    return [*links, *_links_in_comments(document, path), *_tested_workflow(document, path)]


def _links_in_comments(document: Document, path: Path | None) -> Iterator[DocumentLink]:
    if document.is_over_limit:
        return
    for comment in _COMMENT.finditer(document.text):
        check_budget()
        for word in _CODE_OR_FILE.finditer(comment[1]):
            target = _target(word[0], path)
            # What looks like a comment may be in a text of several lines.
            if target is not None and ancestors_at(document, comment.start()).scalar is None:
                base = comment.start(1)
                yield DocumentLink(TextRange(base + word.start(), base + word.end()), target)


def _target(word: str, path: Path | None) -> Path | None:
    if word in registry.REGISTRY:
        return explain.explanation_file(word)
    file = path.parent / word if path is not None else None
    return file if file is not None and file.is_file() else None


def _tested_workflow(document: Document, path: Path | None) -> Iterator[DocumentLink]:
    """Yield the link from a test file to the workflow under test."""
    if path is None or not is_test_name(path.name):
        return
    from ..language.test_files import workflow_under_test_path

    file, root = workflow_under_test_path(document, path), document.root
    name = root.get("workflow") if isinstance(root, Mapping) else None
    if file is not None and file.is_file() and name is not None:
        yield DocumentLink(TextRange(*document.offsets(name)), file)
