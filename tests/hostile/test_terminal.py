"""Names, texts and outputs of others do not control a terminal, a CI log, or an editor."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from duckflux.cli.lint.formats import FORMATS
from duckflux.ide.hover import hover
from duckflux.language.analysis import analyse
from duckflux.terminal_text import printable, printable_line, printable_output

from .test_canaries import run

pytestmark = pytest.mark.promise("control characters do not reach a terminal")

HOSTILE = (
    "q\x1b]0;pwned\x07\x1b[2J\x1b[35mred\x9b5A\x85\u202edivided\u2066\u2028\x7f\x08\n::error::pwned\r\n"
    "  ::set-output name=x::pwned\r##vso[task.setvariable]pwned\n##[group]pwned"
)
YAML = json.dumps(HOSTILE)
# YAML has no raw control characters; what it can hold raw is in the comment.
WORKFLOW = f"""
id: {YAML}
name: {YAML}
# \u202e raw \u2066 here, and \x85 there
inputs: {{{YAML}: {{type: integer, default: 1}}}}
participants:
  {YAML}: {{type: exec, run: {YAML}}}
flow:
  - {YAML}
  - {{as: printed, type: exec, run: cat hostile.txt; cat hostile.txt >&2}}
  - {{as: {json.dumps(HOSTILE + "2")}, type: exec, run: cat hostile.txt >&2; exit 1}}
  - parallel: [{YAML}, {YAML}]
output: printed.output
"""
FAILING = WORKFLOW.replace(f"  - {YAML}\n", "", 1)
SUCCEEDING = """
flow: [{as: printed, type: exec, run: cat hostile.txt}]
output: printed.output
"""
TESTS = f"""
workflow: succeeding.duck.yaml
tests:
  - name: {YAML}
    expect: {{output: {YAML}, error: {YAML}, steps: {{printed: {{output: {YAML}, error: {YAML}}}}}}}
"""
# What is drawn by the program itself: colors, and going up and erasing to draw the tree again.
OWN = re.compile(rb"\r\x1b\[K|\x1b\[(?:0|1|1;32|3[1236])?m|\x1b\[[0-9]+A\r\x1b\[J")
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def assert_harmless(printed: bytes, where: str) -> None:
    # Colors of steps are kept: tried below.
    printed = printed.replace(b"\x1b[35m", b"") if "--verbose" in where else printed
    text = OWN.sub(b"", printed).replace(b"\r\n", b"\n").decode()
    found = CONTROLS.search(text)
    assert found is None, f"{where}: {text[max(0, found.start() - 60) : found.end() + 20]!r}"
    own = "::warning file=" if "github" in where else "-"
    commands = [
        line
        for line in text.split("\n")
        if re.match(r"\s*::[\w-]+.*pwned", line) and not line.startswith(own)
    ]
    assert not commands, where
    assert "##vso[" not in text and "##[" not in text, where


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("terminal")
    (folder / "hostile.txt").write_bytes(HOSTILE.encode())
    (folder / "w.duck.yaml").write_text(WORKFLOW)
    (folder / "failing.duck.yaml").write_text(FAILING)
    (folder / "succeeding.duck.yaml").write_text(SUCCEEDING)
    (folder / "w.ducktest.yaml").write_text(TESTS)
    (folder / "x\x1b[2J\n::error::pwned\u202e.duck.yaml").write_text("flow: [x]\n")
    (folder / "ugly.duck.yaml").write_text("flow:\n    -   type: exec\n        run: 'a \u202e b' # \u2066\n")
    (folder / "data.json").write_text(json.dumps({"x": HOSTILE}))
    (folder / ".mcp.json").write_text(
        json.dumps(
            {"mcpServers": {HOSTILE: {"command": "sh", "args": ["-c", "cat hostile.txt >&2; exit 1"]}}}
        )
    )
    run(folder, "duckflux", "run", "failing.duck.yaml", "--trace-dir", "traces")
    (trace,) = (folder / "traces").glob("*.json")
    trace.rename(folder / "traces" / "a.json")
    return folder


@pytest.mark.parametrize("terminal", [True, False], ids=["terminal", "pipe"])
@pytest.mark.parametrize(
    "command",
    [
        "run w.duck.yaml",
        "run failing.duck.yaml --verbose --trace-dir traces-of-run",
        "run failing.duck.yaml --quiet",
        "run nothing\x1b[2J.duck.yaml",
        "run succeeding.duck.yaml --input \x1b[2J=1 --resume \x1b[2J",
        "lint .",
        *(f"lint w.duck.yaml --format {name}" for name in FORMATS),
        "validate w.duck.yaml",
        "fmt --check .",
        "test",
        "trace list traces",
        "trace show traces/a.json",
        "trace show traces/a.json --tree",
        "trace show traces/a.json --json",
        "trace compare traces/a.json traces/a.json --all",
        "cel x.y+\x1b[2J",
        "cel 'a\u202e'+1",
        "mcp list .",
        "mcp list . --json",
        "explain \x1b[2J",
        "\x1b[2J",
        "--\x1b[2J",
    ],
)
def test_no_command_passes_them_on(folder: Path, command: str, terminal: bool) -> None:
    printed = run(folder, "duckflux", *command.split(" "), terminal=terminal)
    assert printed.strip()
    assert_harmless(printed, command)


@pytest.mark.parametrize("command", ["fmt ugly.duck.yaml --diff", "cel x --data data.json"])
def test_a_terminal_gets_escapes_of_texts(folder: Path, command: str) -> None:
    printed = run(folder, "duckflux", *command.split(" "), terminal=True)
    assert b"\\u202e" in printed
    assert_harmless(printed, command)


def test_the_output_is_left_alone_but_on_a_terminal(folder: Path) -> None:
    command = ("duckflux", "run", "succeeding.duck.yaml", "--quiet", "--no-trace")
    assert run(folder, *command) == HOSTILE.encode()
    assert_harmless(run(folder, *command, terminal=True), "output")


def test_the_diff_is_for_patch(folder: Path) -> None:
    assert "\u202e" in run(folder, "duckflux", "fmt", "ugly.duck.yaml", "--diff").decode()


def test_colors_of_steps_are_kept_on_a_terminal_only(tmp_path: Path) -> None:
    (tmp_path / "w.duck.yaml").write_text(
        "flow: [{as: s, type: exec, run: \"printf '\\\\033[35mviolet\\\\033[2J\\\\033]0;title\\\\007 end'\"}]"
    )
    command = ("duckflux", "run", "w.duck.yaml", "--verbose", "--no-trace")
    assert b"s | \x1b[35mviolet end\x1b[0m" in run(tmp_path, *command, terminal=True)
    assert b"s | violet end\n" in run(tmp_path, *command)


@pytest.mark.parametrize(
    ("text", "line", "lines"),
    [
        ("a b", "a b", "a b"),
        ("a\tb\nc", "a\\tb\\nc", "a\tb\nc"),
        ("a\r\nb\rc", "a\\r\\nb\\rc", "a\nb\\rc"),
        ("\x1b[1m\x9b", "\\x1b[1m\\x9b", "\\x1b[1m\\x9b"),
        (
            "x\n ::warning file=a::b",
            "x\\n ::warning file=a::b".replace("\\n ::", "\\n \\x3a:"),
            "x\n \\x3a:warning file=a::b",
        ),
        ("std::vector ::1 a::b", "std::vector ::1 a::b", "std::vector ::1 a::b"),
        ("##vso[a] ##[b] ## c", "\\x23#vso[a] \\x23#[b] ## c", "\\x23#vso[a] \\x23#[b] ## c"),
    ],
)
def test_escapes(text: str, line: str, lines: str) -> None:
    assert (printable_line(text), printable(text)) == (line, lines)


@pytest.mark.parametrize("end", ["", "\x07", "\x1b\\", "\x9c"])
def test_titles_go_whole(end: str) -> None:
    assert printable_output(f"a\x1b]0;title{end}", colors=True) == "a"


def test_code_does_not_end_the_block_of_a_hover() -> None:
    run = "|\n      echo a\n      ```\n      # <b>[link](http://x)"
    text = f"participants:\n  x:\n    type: exec\n    run: {run}\nflow: [x]\n"
    shown = hover(analyse(text, None), text.rindex("x"))
    assert shown is not None
    assert "````sh\necho a\n```\n# <b>[link](http://x)\n````" in shown.text


def test_a_name_is_no_markup_in_a_hover() -> None:
    name = "<img src=x>[a](b)*c*"
    text = f"participants:\n  {json.dumps(name)}: {{type: exec, run: ls}}\nflow: [{json.dumps(name)}]\n"
    shown = hover(analyse(text, None), text.rindex("img"))
    assert shown is not None
    assert "**&lt;img src=x&gt;\\[a\\](b)\\*c\\***" in shown.text


def test_the_page_of_a_trace_holds_names_as_text(folder: Path) -> None:
    trace = json.loads((folder / "traces" / "a.json").read_text())
    trace["execution"]["workflowName"] = "</script><script>alert(1)</script>"
    changed = folder / "traces" / "b.json"
    changed.write_text(json.dumps(trace).replace("printed", "</script><img src=x onerror=alert(1)>"))
    done = subprocess.run(
        [sys.executable, "-m", "duckflux", "trace", "export", str(changed), "--to", "html"],
        env=os.environ,
        capture_output=True,
        check=True,
    )
    changed.unlink()
    assert b"<img src=x" not in done.stdout
    assert b"<script>alert" not in done.stdout
