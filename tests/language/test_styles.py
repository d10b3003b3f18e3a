"""Whatever the style of the YAML, the same is said of the same words: every wrong file, written in other ways."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from duckflux.language.analysis import Analysis, analyse, load
from duckflux.language.syntax import Mapping, Node

sys.path.insert(0, str(Path(__file__).parent))

import restyle

DATA = Path(__file__).parent.parent / "data" / "rules"
# What is wrong with the text itself, and merges, are not there any more when it is written anew.
TEXT = "DF1"
# May be about maps and lists, whose texts are what a style changes.
SHAPE = "DF2"


def analyses() -> list[Analysis]:
    found = [load(path) for path in sorted(DATA.rglob("*.duck.yaml"))]
    return [
        each
        for each in found
        if isinstance(each.document.root, Mapping)
        and any(not diagnostic.code.startswith(SHAPE) for diagnostic in each.diagnostics)
        and not any(diagnostic.code.startswith(TEXT) for diagnostic in each.diagnostics)
        and "#" not in each.document.text
        and "&" not in re.sub("&&", "", each.document.text)
    ]


def crlf(root: Node) -> str:
    return restyle.in_block(root, restyle.double).lstrip("\n").replace("\n", "\r\n") + "\r\n"


STYLES: dict[str, Callable[[Node], str]] = {
    "flow": lambda root: restyle.in_flow(root, restyle.double),
    "flow, single quotes": lambda root: restyle.in_flow(root, restyle.single),
    "after characters beyond the BMP": lambda root: (
        '{"version": "🦆é\\t🦆", ' + restyle.in_flow(root, restyle.double)[1:]
    ),
    "escapes": lambda root: restyle.in_block(root, restyle.escaped),
    "block scalars": lambda root: restyle.in_block(root, restyle.literal),
    "block scalars, CRLF": lambda root: restyle.in_block(root, restyle.literal).replace("\n", "\r\n"),
    "lines wrapped, with tabs": lambda root: restyle.in_block(root, restyle.wrapped),
    "CRLF": crlf,
}


def plain(selected: str) -> str:
    """A selected text without what the style adds to it."""
    text = re.sub(r"^[|>][-+]?\r?\n", "", selected)
    if len(text) > 1 and text[0] == text[-1] == '"':
        return json.loads(re.sub(r"\s+", " ", text)).strip()
    text = re.sub(r"\\U([0-9a-f]{8})", lambda match: chr(int(match[1], 16)), text)
    text = re.sub(r"\\([\"\\])", r"\1", text).replace("''", "'")
    if text[:1] in ("'", '"') and text[0] == text[-1]:
        text = text[1:-1]
    return re.sub(r"\s+", " ", text.replace("\\n", " ")).strip()


def said(analysis: Analysis) -> Counter[tuple[str, str, str]]:
    text = analysis.document.text
    return Counter(
        (d.code, d.message, plain(text[d.start : d.end]))
        for d in analysis.diagnostics
        if not d.code.startswith(SHAPE)
    )


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    "analysis", analyses(), ids=lambda a: a.path.relative_to(DATA).as_posix().removesuffix(".duck.yaml")
)
def test_the_same_words_are_selected(analysis: Analysis, style: str) -> None:
    root = analysis.document.root
    if style.startswith("after") and "version" in root:
        root = Mapping(root.block, root.start, root.end, tuple(p for p in root if p.key.text != "version"))
    text = STYLES[style](root)
    assert said(analyse(text, analysis.path)) == said(analysis), text
