"""Each diagnostic in files: `tests/data/rules/CODE/*.duck.yaml`, and beside each what is said about it.

`DUCKFLUX_UPDATE_GOLDEN=1 pytest tests/language/test_rules.py` writes the `.out` files anew: read the difference.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from duckflux.language import registry
from duckflux.language.analysis import Analysis, Diagnostic, load

DATA = Path(__file__).parent.parent / "data" / "rules"
# What a file may say beside what it is about: it need not use all that it declares, nor run everywhere.
BESIDE = {"DF306", "DF508", "DF514", "DF604", "DF621", "DF704", "DF801", "DF802"}
FILES = sorted(DATA.rglob("*.duck.yaml"))


def place(analysis: Analysis, offset: int) -> str:
    line, column = analysis.document.lines.position(offset)
    return f"{line + 1}:{column + 1}"


def lines(analysis: Analysis, diagnostic: Diagnostic) -> str:
    """`LINE:COL-LINE:COL CODE severity message`, under it the text that is selected."""

    def selected(start: int, end: int) -> str:
        return analysis.document.text[start:end].replace("\n", "⏎").replace("\r", "␍")

    start, end = place(analysis, diagnostic.start), place(analysis, diagnostic.end)
    found = [
        f"{start}-{end} {diagnostic.code} {diagnostic.severity} {diagnostic.message}",
        f"    «{selected(diagnostic.start, diagnostic.end)}»",
    ]
    found += [
        f"    {place(analysis, r.start)} {r.message}: «{selected(r.start, r.end)}»"
        for r in diagnostic.related
    ]
    return "".join(f"{line}\n" for line in found)


@pytest.mark.parametrize(
    "path", FILES, ids=lambda path: str(path.relative_to(DATA)).removesuffix(".duck.yaml")
)
def test_what_is_said(path: Path) -> None:
    analysis = load(path)
    about = BESIDE - {path.parent.name}
    said = "".join(lines(analysis, found) for found in analysis.diagnostics if found.code not in about)
    golden = path.with_name(path.name.replace(".duck.yaml", ".out"))
    if os.environ.get("DUCKFLUX_UPDATE_GOLDEN"):
        golden.write_text(said, "utf-8", newline="\n")
    assert said == golden.read_text("utf-8")


@pytest.mark.parametrize("code", registry.REGISTRY)
def test_every_code_has_wrong_and_right_files(code: str) -> None:
    said = [path.read_text("utf-8") for path in (DATA / code).glob("*.out")]
    rule = registry.REGISTRY[code]
    assert any(f" {code} {rule.severity} " in text for text in said), f"no file in {DATA / code} shows it"
    assert any(f" {code} " not in text for text in said), f"no file in {DATA / code} is right"


def test_every_out_has_its_file() -> None:
    wanted = {path.with_name(path.name.replace(".duck.yaml", ".out")) for path in FILES}
    assert set(DATA.rglob("*.out")) == wanted


def test_the_files_stand_under_their_code() -> None:
    """A wrong file is about its folder's code alone, so that it says nothing of the others by chance."""
    for path in DATA.rglob("*.out"):
        said = {line.split()[1] for line in path.read_text("utf-8").splitlines() if not line.startswith(" ")}
        assert said <= {path.parent.name}, path
