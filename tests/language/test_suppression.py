"""`# duckflux-ignore`: which diagnostics a comment silences."""

from __future__ import annotations

from pathlib import Path

import pytest
from duckflux.cli.main import main
from duckflux.language.analysis import analyse

SILENCED = "flow:\n  - absent  # duckflux-ignore DF301: comes later\n"


def test_what_is_silenced_is_kept_apart() -> None:
    analysis = analyse(SILENCED)
    assert not analysis.diagnostics
    assert [found.code for found in analysis.suppressed] == ["DF301"]
    assert analysis.errors == analysis.suppressed


def test_a_rule_is_silenced_by_its_name_too() -> None:
    analysis = analyse(SILENCED.replace("DF301", "unknown-participant"))
    assert not analysis.diagnostics
    assert [found.code for found in analysis.suppressed] == ["DF301"]


@pytest.mark.parametrize(("command", "code"), [("lint", 0), ("validate", 1), ("run", 1)])
def test_lint_obeys_and_a_run_stops_all_the_same(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], command: str, code: int
) -> None:
    path = tmp_path / "w.duck.yaml"
    path.write_text(SILENCED)
    assert main([command, str(path)]) == code
    assert ("[DF301]" in "".join(capfd.readouterr())) == (code == 1)


def test_it_follows_an_edit() -> None:
    text = SILENCED + "".join(f"  - {{type: exec, as: s{n}, run: ls}}\n" for n in range(20))
    before = analyse(text)
    for old, new in (
        ("comes", "came"),
        ("  - absent", "\n  - absent"),
        ("DF301", "DF302"),
        ("# duck", "# dack"),
    ):
        text = text.replace(old, new)
        after = analyse(text, previous=before)
        fresh = analyse(text)
        assert (after.diagnostics, after.suppressed) == (fresh.diagnostics, fresh.suppressed)
        before = after
    assert [found.code for found in before.diagnostics] == ["DF301"]


def test_a_broken_text_calls_no_comment_unused() -> None:
    text = "flow:\n  - 'ls\n  - absent  # duckflux-ignore DF205: x\n"
    assert "DF902" not in {found.code for found in analyse(text).diagnostics}
