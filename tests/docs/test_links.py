"""Every relative link in the repository's Markdown files leads to a file that exists, and to a heading in it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[2]

_FENCE = re.compile(r"^ *(`{3,}|~{3,}).*?^ *\1`*~* *$", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_INLINE_CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
_LINK = re.compile(
    r"\]\(\s*<?([^\s()<>]*(?:\([^\s()]*\)[^\s()<>]*)*)>?(?:\s+[\"'(].*?[\"')])?\s*\)", re.DOTALL
)
_DEFINITION = re.compile(r"^ {0,3}\[[^\]]+\]: *<?([^\s<>]+)", re.MULTILINE)
_ATTRIBUTE = re.compile(r"<[a-z][^<>]*?\b(?:href|src)=[\"']([^\"']*)[\"']", re.IGNORECASE)
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(.*?)[ \t]*#*[ \t]*$", re.MULTILINE)
_SETEXT_HEADING = re.compile(r"^(\S.*)\n(?:=+|-{2,})[ \t]*$", re.MULTILINE)
_EXPLICIT = re.compile(r"<[a-z][^<>]*?\b(?:id|name)=[\"']([^\"']+)[\"']", re.IGNORECASE)
_TEXT_OF_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_NOT_IN_SLUG = re.compile(r"[^\w\- ]")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)


def targets(markdown: str) -> Iterator[str]:
    """Yield the targets of all links and images, without those in code."""
    prose = _INLINE_CODE.sub("", _without_blocks(markdown))
    for pattern in (_LINK, _DEFINITION, _ATTRIBUTE):
        yield from pattern.findall(prose)


def anchors(markdown: str) -> set[str]:
    """Return the anchors that GitHub gives to the headings, and the explicit ones."""
    prose = _without_blocks(markdown)
    found = set(_EXPLICIT.findall(prose))
    headings = [(match.start(), match[1]) for match in _HEADING.finditer(prose)]
    headings += [(match.start(), match[1]) for match in _SETEXT_HEADING.finditer(prose)]
    counts: dict[str, int] = {}
    for _, heading in sorted(headings):
        slug = _slug(heading)
        count = counts.get(slug, 0)
        counts[slug] = count + 1
        found.add(f"{slug}-{count}" if count else slug)
    return found


def dead_links(page: Path, root: Path) -> list[str]:
    """Return a message for each relative link of a page whose file or anchor does not exist."""
    return [
        f"{page.relative_to(root)}: {target}: {why}"
        for target in targets(page.read_text("utf-8"))
        if (why := _trouble(page, root, target))
    ]


def _trouble(page: Path, root: Path, target: str) -> str | None:
    if _SCHEME.match(target):
        return None
    path, _, anchor = target.partition("#")
    file = page
    if path:
        path = unquote(path.partition("?")[0])
        file = root / path[1:] if path.startswith("/") else page.parent / path
    file = file.resolve()
    if not file.is_relative_to(root.resolve()):
        return "leads out of the repository"
    if not file.exists():
        return "file does not exist"
    if anchor and file.suffix == ".md" and unquote(anchor) not in _anchors_of(file):
        return f"no heading `#{anchor}`"
    return None


@cache
def _anchors_of(file: Path) -> set[str]:
    return anchors(file.read_text("utf-8"))


def _slug(heading: str) -> str:
    text = _TEXT_OF_LINK.sub(r"\1", heading)
    return _NOT_IN_SLUG.sub("", text.strip().lower()).replace(" ", "-")


def _without_blocks(markdown: str) -> str:
    return _COMMENT.sub("", _FENCE.sub("", markdown))


def _pages() -> list[Path]:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in sorted(set(listed.split("\0"))) if name and (ROOT / name).is_file()]


def test_no_page_has_a_dead_link() -> None:
    pages = _pages()
    assert {"README.md", "CHANGELOG.md", "SECURITY.md"} <= {page.name for page in pages}
    assert [message for page in pages for message in dead_links(page, ROOT)] == []


PAGE = """
# The `page`, with [a link](https://example.com)!

[one](other.md) ![two](images/a%20b.png "title") <a href="other.md#explicit">three</a>
[four][ref] [five](#twice-1) [six](https://example.com/x#y) [seven](mailto:a@b) [eight](other.md#setext)
[nine](#the-page-with-a-link) [ten](a(1).md) [eleven](/other.md)

[ref]: other.md#1-numbered

## Twice
## Twice

`[not](a-link.md)` <!-- [nor](this.md) -->

```md
[nor](that.md)
# no heading
```
"""
OTHER = """
<a id="explicit"></a>

## 1. Numbered

Setext
------
"""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a b.png").touch()
    (tmp_path / "a(1).md").touch()
    (tmp_path / "other.md").write_text(OTHER)
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    return page


def test_the_checker_accepts_links_that_lead_somewhere(page: Path) -> None:
    assert len(list(targets(PAGE))) == 12
    assert dead_links(page, page.parent) == []


@pytest.mark.parametrize(
    ("markdown", "why"),
    [
        ("[x](missing.md)", "missing.md: file does not exist"),
        ("![x](images/missing.png)", "images/missing.png: file does not exist"),
        ("[x](other.md#missing)", "other.md#missing: no heading `#missing`"),
        ("[x](#no-heading)", "#no-heading: no heading `#no-heading`"),
        ("[x](#twice-2)\n## Twice\n## Twice", "#twice-2: no heading `#twice-2`"),
        ("[x]\n\n[x]: missing.md", "missing.md: file does not exist"),
        ('<img src="missing.png">', "missing.png: file does not exist"),
        ("[`x`](missing.md)", "missing.md: file does not exist"),
        ("[x](../outside.md)", "../outside.md: leads out of the repository"),
    ],
)
def test_the_checker_finds_dead_links(page: Path, markdown: str, why: str) -> None:
    page.write_text(markdown)
    assert dead_links(page, page.parent) == [f"page.md: {why}"]
