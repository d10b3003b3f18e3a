"""`duckflux lint`."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest
from duckflux.cli.lint import check
from duckflux.cli.main import main
from duckflux.language import analysis
from duckflux.language.budget import OverBudgetError
from duckflux.language.syntax import MAX_BYTES

VALID = "flow: [{as: hello, type: exec, run: echo hi}]"
WRONG = "participants:\n  a: {type: exec, run: echo, timeout: 5 min}\nflow:\n  - b\n"


@pytest.fixture
def lint(tmp_path, monkeypatch, capfd):
    """Write a file, lint it: (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)

    def run(content: str | bytes | None, *arguments: str) -> tuple[int, str, str]:
        if content is not None:
            data = content.encode() if isinstance(content, str) else content
            (tmp_path / "w.duck.yaml").write_bytes(data)
        code = main(["lint", *(arguments or ("w.duck.yaml",))])
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        return code, out, err

    return run


def test_valid(lint) -> None:
    assert lint(VALID) == (0, "valid\n", "")


def test_messages_name_the_place_the_field_and_the_code(lint) -> None:
    code, out, err = lint(WRONG)
    assert (code, err) == (1, "")
    assert out.splitlines() == [
        "w.duck.yaml:2:39: error: participants.a.timeout: invalid duration `5 min`: did you mean `5m`? [DF205]",
        "w.duck.yaml:4:5: error: flow[0]: unknown participant `b` [DF301]",
    ]


def test_columns_count_characters(lint) -> None:
    _, out, _ = lint("id: 💡\r\nflow: ['💡', 💡]\r\n")
    assert [line.partition(" ")[0] for line in out.splitlines()] == ["w.duck.yaml:2:8:", "w.duck.yaml:2:13:"]


def test_warnings_and_notes_leave_a_file_valid(lint) -> None:
    text = "flow:\n  - {type: exec, run: echo, method: GET}\n  - {<<: {type: exec, run: ls}}"
    code, out, _ = lint(text)
    assert code == 0
    assert [line.split()[1] for line in out.splitlines()[:-1]] == ["warning:", "information:"]
    assert out.endswith("\nvalid\n")
    assert lint(None, "--quiet", "w.duck.yaml") == (0, "", "")


def test_several_files(lint, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(WRONG)
    code, out, err = lint(VALID, "w.duck.yaml", "gone.yaml", "bad.yaml")
    assert code == 1
    assert out.startswith("w.duck.yaml: valid\nbad.yaml:2:39: error: ")
    assert err == "gone.yaml: error: file does not exist\n"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("gone.yaml", "file does not exist"),
        (".", "no workflow files"),
        ("*.duck.yaml", "no workflow files"),
        ("x" * 300, "File name too long"),
    ],
)
def test_what_is_no_file(lint, path: str, reason: str) -> None:
    code, out, err = lint(None, path)
    assert (code, out) == (1, "")
    assert err.startswith(f"{path}: error: ")
    assert reason in err


def test_what_is_no_utf_8(lint) -> None:
    assert lint(b"flow: [\xff]") == (1, "", "w.duck.yaml: error: is not UTF-8 text (byte 7)\n")


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("", "1:1: error: the file is empty: a workflow needs at least `flow:` with one step [DF208]"),
        ("# c\n", "1:1: error: the file is empty: a workflow needs at least `flow:` with one step [DF208]"),
        ("- a\n", "1:1: error: a workflow is a map with `flow:` at the top, not a list or text [DF208]"),
        ("text", "1:1: error: a workflow is a map with `flow:` at the top, not a list or text [DF208]"),
        (
            "flow: ['a]",
            "1:8: error: flow[0]: missing closing quote: add a ' at the end of the text [DF101]",
        ),
        (
            f"{VALID}\n---\nx",
            "2:1: error: a file contains one workflow: a second document starts here [DF105]",
        ),
        ("x" * (MAX_BYTES + 1), "1:1: error: the file is larger than 10 MiB [DF103]"),
        ("flow: " + "[" * 900, "1:206: error: nested deeper than 200 levels [DF103]"),
        (b"\xef\xbb\xbfflow: ~", "1:8: error: flow: `flow` must be a list, but it is empty [DF203]"),
        (b"a\x00b", "1:2: error: character U+0000 is not allowed in YAML"),
    ],
    ids=["empty", "comment", "list", "text", "quote", "documents", "10 MiB", "nesting", "BOM", "NUL"],
)
def test_hopeless_files(lint, content: str | bytes, line: str) -> None:
    code, out, err = lint(content)
    assert (code, err) == (1, "")
    assert out.startswith(f"w.duck.yaml:{line}"), out


def test_no_file_is_a_mistake_of_use(lint, capfd) -> None:
    assert main(["lint"]) == 1
    assert "FILE" in capfd.readouterr().err


def test_a_file_that_takes_too_long_is_invalid(lint, monkeypatch) -> None:
    monkeypatch.setattr(check, "_SECONDS", 0.0)
    code, out, err = lint(VALID)
    assert code == 1
    assert "cannot be checked: reading it takes longer than 0 s; divide it" in out + err


@pytest.mark.parametrize("arguments", [(), ("--quiet",)])
def test_what_was_not_checked_in_time_is_said(lint, monkeypatch, arguments: tuple[str, ...]) -> None:
    items = count()

    def give_up_at_the_tenth() -> None:
        if next(items) == 10:
            raise OverBudgetError

    monkeypatch.setattr(analysis, "check_budget", give_up_at_the_tenth)
    text = "participants:\n  a: {type: exec, run: echo}\nflow:\n" + "  - a\n" * 100
    code, out, err = lint(text, *arguments, "w.duck.yaml")
    assert code == 1
    assert "91 of 101 parts are not checked: it takes too long [DF111]" in out + err
