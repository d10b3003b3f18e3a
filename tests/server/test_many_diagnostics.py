"""Of very many diagnostics an editor gets the first ones, and is told of the others."""

from __future__ import annotations

from duckflux.language.analysis import analyse
from duckflux_ls.session.lsp_diagnostics import to_diagnostics
from lsprotocol.types import PositionEncodingKind


def sent(names: int) -> list[tuple[str, int, str]]:
    text = "flow: [" + "".join(f"nix{number},\n" for number in range(names)) + "]\n"
    found = to_diagnostics(analyse(text), "file:///w.duck.yaml", PositionEncodingKind.Utf16)
    return [(str(one.code), one.range.start.line, one.message) for one in found]


def test_the_last_one_tells_of_those_that_are_not_sent() -> None:
    found = sent(5_200)
    assert found[4_999:] == [
        ("DF301", 4_999, "unknown participant `nix4999`"),
        ("DF111", 4_999, "200 more problems are not shown: fix some of those above"),
    ]


def test_as_many_as_are_sent_are_all() -> None:
    assert {code for code, _, _ in sent(1_000)} == {"DF301"}
