"""The site has every page of the documentation, and names no other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
# One of each rule: they are reached from their list.
RULES = ROOT / "docs" / "rules"


def named(entries: list[dict[str, Any]]) -> Iterator[str]:
    for entry in entries:
        for value in entry.values():
            if isinstance(value, list):
                yield from named(value)
            else:
                yield value


def test_every_page_is_reached() -> None:
    configuration = yaml.safe_load((ROOT / "docs" / "site" / "mkdocs.yml").read_text("utf-8"))
    pages = set(named(configuration["nav"]))
    there = {
        path for path in (ROOT / "docs").rglob("*.md") if path.parent != RULES or path.name == "README.md"
    }
    assert {str(path.relative_to(ROOT)) for path in there} - {"docs/README.md"} <= pages
    assert [page for page in pages if not (ROOT / page).is_file()] == []
