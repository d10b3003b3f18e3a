"""The command line as a whole: help, mistyped commands, and expressions that look like options."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from duckflux.cli.main import COMMANDS, main
from duckflux.cli.trace import VERBS as TRACE_VERBS


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


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("trace shwo x", "trace: error: no verb is called 'shwo': did you mean `duckflux trace show`?"),
        (
            "trace frob",
            "trace: error: no verb is called 'frob': the verbs are list, show, compare, prune, export",
        ),
        ("mcp sreve", "mcp: error: no verb is called 'sreve': did you mean `duckflux mcp serve`?"),
        ("trace show --teer x", "trace show: error: unknown option --teer: did you mean `--tree`?"),
        ("run x.yaml --tarce-dir=t", "run: error: unknown option --tarce-dir=t: did you mean `--trace-dir`?"),
        ("lint --unheard-of x", "lint: error: unknown option --unheard-of"),
        ("trace list a b", "trace list: error: unknown argument b"),
        (
            "trace export x --to hmtl",
            "--to: 'hmtl' is none of chrome, otlp-json, html, markdown: did you mean `html`?",
        ),
        ("run", "run: error: the following arguments are required: FILE"),
    ],
)
def test_mistakes_are_answered_in_two_lines(capsys, arguments, said):
    assert main(arguments.split()) == 1
    out, err = capsys.readouterr()
    message, help_ = err.splitlines()
    assert out == "" and message.startswith("duckflux ") and message.endswith(said)
    assert help_ == f"For help: {message.partition(':')[0]} --help"


VERBS = [*(f"trace {verb}" for verb in TRACE_VERBS), "mcp list", "mcp serve"]


@pytest.mark.parametrize("command", [*COMMANDS, *VERBS])
def test_help_reads_alike(capsys, command):
    """A sentence about the command; then arguments, options and verbs as phrases without a period."""
    assert main([*command.split(), "--help"]) == 0
    usage, description, *sections = capsys.readouterr().out.split("\n\n")
    assert usage.startswith(f"usage: duckflux {command} ")
    assert re.fullmatch(r"[A-Z][^\n]*\.", description)
    titles = {section.partition(":\n")[0] for section in sections}
    assert titles <= {"arguments", "options", "verbs", "durable runs", "options that build on an earlier run"}
    texts = re.findall(r"^ {2,4}\S.*?(?:  +|\n {5,})(\S.*)$", "\n".join(sections), re.MULTILINE)
    assert texts and not [text for text in texts if text.endswith(".")]
    assert not [text for text in texts if text[0].isupper() and not text.startswith(("CEL", "JSON"))]


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


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")
@pytest.mark.parametrize(
    "arguments",
    [["run", "w.duck.yaml"], ["lint", "w.duck.yaml"], ["graph", "w.duck.yaml"], ["cel", "1"], ["version"]],
)
def test_output_that_can_not_be_written_is_told(tmp_path, arguments):
    (tmp_path / "w.duck.yaml").write_text("flow: [{type: exec, run: printf hi}]")
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "duckflux", *arguments],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=30,
            check=False,
        )
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1] == "stdout: error: cannot be written: No space left on device"
