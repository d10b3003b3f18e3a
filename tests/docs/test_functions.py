"""The list of functions in docs/language.md is that of the library."""

from __future__ import annotations

import re
from pathlib import Path

from duckflux.cel.library.standard import STANDARD

LANGUAGE = Path(__file__).parents[2] / "docs" / "language.md"


def test_every_function_and_macro_is_listed_and_no_other() -> None:
    section = LANGUAGE.read_text("utf-8").partition("\n### Functions\n")[2].partition("\nWhere the spec")[0]
    rows = "".join(line for line in section.splitlines() if line.startswith("|"))
    listed = set(re.findall(r"`([\w.]+)`", rows))
    assert listed == {*STANDARD.functions, *(macro.name for macro in STANDARD.macros.values())}
