"""References in code lead to a document: a page and heading of this repository, or a named standard."""

from __future__ import annotations

import re
import subprocess

import pytest

from .test_links import ROOT, anchors

CODE = ("*.py", "*.ts", "*.mjs", "*.lua", "*.sh", "*.toml", "*.yml", "*.yaml", "*.md")
_PAGE = re.compile(r"(?<![\w/.(\[-])((?:docs/)?[\w/-]+\.md)(?:#([\w-]+))?")
_SECTION = re.compile(r"\b(?:sections?|chapters?) \d|ARCHITECTURE rule \d", re.IGNORECASE)
_STANDARD = re.compile(r"RFC \d|YAML 1\.2|CEL spec|spec ", re.IGNORECASE)


def files() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", *CODE], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return [
        name for name in listed.split("\0") if name and not name.startswith(("tests/data/", "tests/docs/"))
    ]


def dead_references(text: str, pages: dict[str, set[str]]) -> list[str]:
    """Return the pages and headings that a text names and that do not exist; `pages` have their headings."""
    found = []
    for page, anchor in _PAGE.findall(text):
        if page not in pages and page.startswith("docs/"):
            found.append(page)
        elif page in pages and anchor and anchor not in pages[page]:
            found.append(f"{page}#{anchor}")
    return found


def numbers_without_document(text: str) -> list[str]:
    """Return the lines that speak of a numbered section, rule or chapter and do not say of which standard."""
    lines = text.splitlines()
    return [
        line.strip()
        for number, line in enumerate(lines)
        if _SECTION.search(line) and not _STANDARD.search(" ".join(lines[max(0, number - 1) : number + 1]))
    ]


def test_pages_and_headings_that_code_names_exist() -> None:
    pages = {
        path.relative_to(ROOT).as_posix(): anchors(path.read_text("utf-8"))
        for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"))
    }
    found = {
        name: dead
        for name in files()
        if not name.endswith(".md") and (dead := dead_references((ROOT / name).read_text("utf-8"), pages))
    }
    assert not found


def test_numbered_sections_name_their_document() -> None:
    found = {
        name: lines
        for name in files()
        if (lines := numbers_without_document((ROOT / name).read_text("utf-8")))
    }
    assert not found


@pytest.mark.parametrize(
    ("text", "dead"),
    [
        ("# see docs/a.md", []),
        ("# see docs/a.md#one", []),
        ("# see docs/a.md#two", ["docs/a.md#two"]),
        ("# see docs/b.md.", ["docs/b.md"]),
        ("open('report.md')", []),
    ],
)
def test_dead_references_are_found(text: str, dead: list[str]) -> None:
    assert dead_references(text, {"docs/a.md": {"one"}}) == dead


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("as in RFC 6901, section 3", []),
        ("(YAML 1.2.2,\nchapter 7.3)", []),
        ("as section 4 says", ["as section 4 says"]),
        ("ARCHITECTURE rule 1", ["ARCHITECTURE rule 1"]),
    ],
)
def test_numbers_without_a_document_are_found(text: str, found: list[str]) -> None:
    assert numbers_without_document(text) == found
