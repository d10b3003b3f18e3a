"""The diagnostics of `tests/data/rules/CODE/*.duck.yaml`; the `.out` file beside each has what is expected.

`DUCKFLUX_UPDATE_GOLDEN=1 pytest tests/language/test_rules.py` writes the `.out` files anew: read the difference.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from duckflux.language import registry
from duckflux.language.analysis import Analysis, Diagnostic, load

DATA = Path(__file__).parent.parent / "data" / "rules"
# Rules that a file of another rule may break: it need not use all that it declares, nor be portable.
IGNORED = {"DF306", "DF508", "DF514", "DF604", "DF621", "DF704", "DF801", "DF802"}
FILES = sorted(DATA.rglob("*.duck.yaml"))


def position(analysis: Analysis, offset: int) -> str:
    line, column = analysis.document.lines.position(offset)
    return f"{line + 1}:{column + 1}"


def lines(analysis: Analysis, diagnostic: Diagnostic) -> str:
    """`LINE:COL-LINE:COL CODE severity message`, under it the text that is selected."""

    def selected(start: int, end: int) -> str:
        return analysis.document.text[start:end].replace("\n", "⏎").replace("\r", "␍")

    start, end = position(analysis, diagnostic.start), position(analysis, diagnostic.end)
    rows = [
        f"{start}-{end} {diagnostic.code} {diagnostic.severity} {diagnostic.message}",
        f"    «{selected(diagnostic.start, diagnostic.end)}»",
    ]
    rows += [
        f"    {position(analysis, r.start)} {r.message}: «{selected(r.start, r.end)}»"
        for r in diagnostic.related
    ]
    return "".join(f"{line}\n" for line in rows)


@pytest.mark.parametrize(
    "path", FILES, ids=lambda path: str(path.relative_to(DATA)).removesuffix(".duck.yaml")
)
def test_diagnostics(path: Path) -> None:
    analysis = load(path)
    ignored = IGNORED - {path.parent.name}
    output = "".join(
        lines(analysis, diagnostic) for diagnostic in analysis.diagnostics if diagnostic.code not in ignored
    )
    golden = path.with_name(path.name.replace(".duck.yaml", ".out"))
    if os.environ.get("DUCKFLUX_UPDATE_GOLDEN"):
        golden.write_text(output, "utf-8", newline="\n")
    assert output == golden.read_text("utf-8")


@pytest.mark.parametrize("code", registry.REGISTRY)
def test_every_code_has_wrong_and_right_files(code: str) -> None:
    outputs = [path.read_text("utf-8") for path in (DATA / code).glob("*.out")]
    rule = registry.REGISTRY[code]
    assert any(f" {code} {rule.severity} " in text for text in outputs), f"no file in {DATA / code} shows it"
    assert any(f" {code} " not in text for text in outputs), f"no file in {DATA / code} is right"


def test_every_out_has_its_file() -> None:
    expected = {path.with_name(path.name.replace(".duck.yaml", ".out")) for path in FILES}
    assert set(DATA.rglob("*.out")) == expected


def test_files_are_in_the_folder_of_their_code() -> None:
    """A file only breaks the rule of its folder, so that no other rule is tested by chance."""
    for path in DATA.rglob("*.out"):
        codes = {line.split()[1] for line in path.read_text("utf-8").splitlines() if not line.startswith(" ")}
        assert codes <= {path.parent.name}, path
