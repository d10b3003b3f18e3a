"""The command line as a whole: help, mistyped commands, and expressions that look like options."""

from __future__ import annotations

import pytest
from duckflux.cli.main import COMMANDS, main


@pytest.mark.parametrize(("arguments", "code"), [([], 1), (["help"], 0), (["--help"], 0)])
def test_the_commands_are_listed_with_a_line_each(capsys, arguments, code):
    assert main(arguments) == code
    lines = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()]
    for name, command in COMMANDS.items():
        assert [name, command.summary] in lines


def test_help_of_a_command(capsys):
    assert main(["help", "run"]) == 0
    assert "--trace-dir" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("rnu", "did you mean `duckflux run`?"),
        ("linnt", "did you mean `duckflux lint`?"),
        ("frobnicate", "`duckflux help` lists the commands"),
    ],
)
def test_a_mistyped_command_is_answered(capsys, typed, said):
    assert main([typed, "x.duck.yaml"]) == 1
    assert capsys.readouterr().err == f"duckflux: error: no command and no file is called '{typed}': {said}\n"


def test_a_file_without_a_suffix_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "build").write_text("flow: [{type: exec, run: printf hi}]")
    assert main(["build", "--quiet"]) == 0
    assert capsys.readouterr().out == "hi"


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        (["- -1"], "1\n"),
        (["-(1)"], "-1\n"),
        (["--1"], "1\n"),
        (["-7 / 2"], "-3\n"),
        (["--check", "-(1)"], "int\n"),
        (["-(1)", "--check"], "int\n"),
        (["--", "-(1)"], "-1\n"),
    ],
)
def test_an_expression_may_begin_with_a_minus(capsys, arguments, printed):
    assert main(["cel", *arguments]) == 0
    assert capsys.readouterr().out == printed
