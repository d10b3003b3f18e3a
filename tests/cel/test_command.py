"""`duckflux cel`."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from duckflux.cli.main import main


def test_value(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cel", "'a' + 'b'"]) == 0
    assert capsys.readouterr().out == '"ab"\n'


def test_data(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    data = tmp_path / "data.json"
    data.write_text('{"a": {"b": [1, 2]}}', encoding="utf-8")
    assert main(["cel", "a.b.map(x, x * 2) == [2, 4]", "--data", str(data)]) == 0
    assert capsys.readouterr().out == "true\n"


def test_data_from_stdin(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b'{"a": 1}')))
    assert main(["cel", "a + 1", "--data", "-"]) == 0
    assert capsys.readouterr().out == "2\n"


def test_check_prints_the_type(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cel", "--check", "x.y == 'a' ? [1] : [2]"]) == 0
    assert capsys.readouterr().out == "list(int)\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["1 +"], "EXPR:1:4: error: expected an expression, found the end [syntax]"),
        (["1 + a"], "EXPR:1:5: error: undeclared reference to `a` [undeclared]"),
        (["true &&\n 1 + 'a'"], "EXPR:2:2: error: `+` does not take int and string [no-such-overload]"),
        (
            ["--check", "size(1)"],
            "EXPR:1:6: error: `size` takes string or bytes or list or map here, not int",
        ),
        (["1", "--data", "nowhere.json"], "nowhere.json: error: "),
    ],
)
def test_errors(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cel", *arguments]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith(message)
    assert captured.out == ""


def test_the_wrong_part_is_underlined(capsys: pytest.CaptureFixture[str]) -> None:
    main(["cel", "a == 1"])
    assert capsys.readouterr().err.splitlines()[1:] == ["  a == 1", "  ^"]
