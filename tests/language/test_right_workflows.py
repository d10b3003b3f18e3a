"""Right workflows of many kinds and styles: the guard against false alarms. Nothing in them is probably wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from duckflux.language.analysis import load
from duckflux.language.registry import Severity

RIGHT = Path(__file__).parent.parent / "data" / "workflows" / "right"
FILES = sorted(RIGHT.rglob("*.duck.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(RIGHT).as_posix().split(".")[0])
def test_nothing_is_said(path: Path) -> None:
    said = [found for found in load(path).diagnostics if found.severity is not Severity.INFORMATION]
    assert not said


def test_there_are_many() -> None:
    assert len(FILES) >= 60
    assert any(b"\r\n" in path.read_bytes() for path in FILES)
