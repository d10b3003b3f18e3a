"""`duckflux trace`: list, show, compare, prune, export."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from duckflux.cli.main import main
from duckflux.trace.model import Execution, Step, Trace
from duckflux.trace.writers import json as json_writer
from duckflux.trace.writers import txt as txt_writer

DATA = Path(__file__).parent.parent / "data" / "traces"
WORKFLOW = """\
id: release
participants:
  flaky: { type: exec, run: exit 3, onError: fix }
  fix: { type: exec, run: echo fixed }
flow:
  - as: hello
    type: exec
    run: echo hello
  - loop:
      as: rounds
      max: 2
      steps:
        - parallel:
            - { as: left, type: exec, run: "true" }
            - { as: right, type: exec, run: "true", when: loop.index == 0 }
  - flaky
  - child: { when: "true" }
"""
CHILD = "flow: [{as: inner, type: exec, run: echo inner}]\n"


@pytest.fixture
def duckflux(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Runs the command in this process: (exit code, stdout, stderr)."""

    def run(*arguments: object) -> tuple[int, str, str]:
        code = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture
def ran(tmp_path: Path, duckflux: Callable[..., tuple[int, str, str]]) -> Path:
    """The trace of a real run of WORKFLOW."""
    file = tmp_path / "release.duck.yaml"
    file.write_text(WORKFLOW.replace("  fix:", "  child: { type: workflow, path: child.duck.yaml }\n  fix:"))
    (tmp_path / "child.duck.yaml").write_text(CHILD)
    code, _, err = duckflux("run", file, "--quiet", "--trace-dir", tmp_path / "traces")
    assert code == 0, err
    (path,) = (tmp_path / "traces").iterdir()
    return path


def at(second: int, minute: int = 0) -> str:
    return f"2026-01-01T00:{minute:02}:{second:02}.000Z"


def write(folder: Path, id_: str, started: str, *steps: Step, form: str = "json", **fields: Any) -> Path:
    """A trace made by hand."""
    folder.mkdir(exist_ok=True)
    given = {"finished_at": at(59), "duration": 1_000, "status": "success", "workflow_name": "W"} | fields
    trace = Trace(Execution(id_, started, inputs={}, output=None, **given), steps)
    path = folder / f"{id_}.{form}"
    (json_writer if form == "json" else txt_writer).write_trace(path, trace)
    return path


def step(seq: int, name: str, duration: int, status: Any = "success", **fields: Any) -> Step:
    return Step(seq, name, "exec", at(seq), at(seq), duration, status, path=f"/flow/{name}", **fields)


# list


def test_list_is_newest_first(tmp_path, duckflux):
    write(tmp_path, "old", at(1), status="failure", duration=61_000)
    write(tmp_path, "new", at(3), form="txt", workflow_name=None, workflow_id="the-id")
    write(tmp_path, "broken", at(2), status="running", finished_at="")
    code, out, err = duckflux("trace", "list", tmp_path)
    assert code == 0 and err == ""
    rows = [line.split() for line in out.splitlines()]
    assert rows == [
        ["STARTED", "STATUS", "DURATION", "WORKFLOW", "FILE"],
        ["2026-01-01", "00:00:03", "success", "1.0s", "the-id", str(tmp_path / "new.txt")],
        ["2026-01-01", "00:00:02", "interrupted", "W", str(tmp_path / "broken.json")],
        ["2026-01-01", "00:00:01", "failure", "1m", "01s", "W", str(tmp_path / "old.json")],
    ]


def test_list_as_json(tmp_path, duckflux):
    path = write(tmp_path, "one", at(1))
    (found,) = json.loads(duckflux("trace", "list", "--json", tmp_path)[1])
    assert (found["file"], found["state"], found["execution"]["id"]) == (str(path), "success", "one")


def test_list_passes_over_other_files(tmp_path, duckflux):
    (tmp_path / "package.json").write_text("{}")
    (tmp_path / "notes.md").write_text("")
    code, out, err = duckflux("trace", "list", tmp_path)
    assert (code, out) == (0, "")
    assert "no traces in" in err and "not a readable trace: package.json" in err


def test_list_of_no_folder(tmp_path, duckflux):
    code, out, err = duckflux("trace", "list", tmp_path / "away")
    assert (code, out) == (1, "") and err == f"error: {tmp_path / 'away'}: No such file or directory\n"


# show


def test_show_puts_results_on_the_lines(ran, duckflux):
    code, out, err = duckflux("trace", "show", ran)
    assert code == 0 and err == ""
    head, _, text = out.partition("\n\n")
    assert head.startswith("# release: success in ")
    lines = [line.split("  ")[-1] for line in text.splitlines()]
    by_line = dict(zip((line.split("  ✓")[0].strip() for line in text.splitlines()), lines, strict=True))
    assert "✓ ×2" in by_line["- loop:"] and "✓ ×2" in by_line["- parallel:"]
    assert "✗ exit 3" in text and "- flaky" in text
    assert "fix: { type: exec, run: echo fixed }" in text
    assert next(line for line in text.splitlines() if "fix:" in line).rstrip().endswith("ms")
    assert f"# {ran.parent.parent}/child.duck.yaml\n\nflow:" in out
    assert "✓" in out.rpartition("inner")[2]


def test_show_takes_the_newest_of_a_folder(ran, duckflux):
    assert duckflux("trace", "show", ran.parent) == duckflux("trace", "show", ran)


def test_show_as_a_tree(ran, duckflux):
    out = duckflux("trace", "show", "--tree", ran)[1]
    lines = [line.split("  ✓")[0].split("  ✗")[0].split("  ⊘")[0] for line in out.splitlines()[2:]]
    assert lines == [
        "hello (exec)",
        "rounds (loop)",
        "  iteration 1",
        "    parallel (parallel)",
        "      left (exec)",
        "      right (exec)",
        "  iteration 2",
        "    parallel (parallel)",
        "      left (exec)",
        "      right (exec)",
        "flaky (exec)",
        "    exit code 3",
        "  fix (exec)",
        "child (workflow)",
        "  inner (exec)",
    ]
    assert "rounds (loop)  ✓ ×2" in out and "right (exec)  ⊘ skipped (when)" in out


def test_show_as_json_is_the_trace(ran, duckflux):
    shown = json.loads(duckflux("trace", "show", "--json", ran)[1])
    assert shown == json.loads(ran.read_text())


def test_show_of_a_workflow_that_is_gone_is_a_tree(ran, duckflux):
    (ran.parent.parent / "release.duck.yaml").unlink()
    code, out, err = duckflux("trace", "show", ran)
    assert code == 0 and "file does not exist" in err
    assert "hello (exec)  ✓" in out


def test_show_says_when_the_workflow_has_changed(ran, duckflux):
    with (ran.parent.parent / "release.duck.yaml").open("a") as file:
        file.write("# more\n")
    assert "has changed since this run" in duckflux("trace", "show", ran)[2]


def test_show_says_where_a_run_was_interrupted(tmp_path, duckflux):
    running = {"status": "running", "duration": 0}
    path = write(
        tmp_path,
        "x",
        at(0),
        step(1, "loop", **running),
        step(2, "parallel", parent=1, iterations=(4,), **running),
        step(3, "a", parent=2, iterations=(4,), **running),
        step(4, "b", parent=2, iterations=(4,), **running),
        step(5, "c", 3, parent=2, iterations=(4,)),
        status="running",
        finished_at="",
    )
    out = duckflux("trace", "show", path)[1]
    inside = "loop > parallel (iteration 5)"
    assert out.splitlines()[:3] == [
        "# W: interrupted, 5 steps, 2026-01-01T00:00:00.000Z",
        f"# interrupted in: {inside} > a (iteration 5)",
        f"# interrupted in: {inside} > b (iteration 5)",
    ]
    between = write(tmp_path, "y", at(0), step(1, "a", 3), status="running", finished_at="")
    assert "# interrupted after: a" in duckflux("trace", "show", between)[1]


@pytest.mark.parametrize("form", ["json", "txt"])
def test_show_places_steps_of_the_reference(duckflux, form):
    code, out, err = duckflux(
        "trace", "show", DATA / f"reference.{form}", "--workflow", DATA / "reference.duck.yaml"
    )
    assert code == 0 and err == ""
    results = [" ".join(line.split()) for line in out.splitlines() if set(line) & set("✓✗⊘")]
    assert results == [
        "- build ✓ 338ms",
        """- set: { tag: "'v' + workflow.version" } ✓ 0ms""",
        "- loop: ✓ ×2 · 1.1s",
        "- test ✓ ×2 · 1.1s · 1 retry",
        "- parallel: ✓ 239ms",
        "- lint ✓ 99ms",
        "- type: exec ✓ 239ms",
        "- if: ✓ 61ms",
        "- notify ⊘ skipped (onError)",
        '- notify: { when: "false" } ⊘ skipped (when)',
    ]


def test_show_places_no_step_where_the_reference_leaves_a_choice(tmp_path, duckflux):
    workflow = tmp_path / "w.duck.yaml"
    workflow.write_text(
        (DATA / "reference.duck.yaml")
        .read_text()
        .replace("run: make docs", "run: make docs\n        onError: lint")
        .replace("        - test\n", "        - test\n        - notify\n")
    )
    code, out, err = duckflux("trace", "show", DATA / "reference.json", "--workflow", workflow)
    assert code == 0 and "3 of 11 steps cannot be located in the file" in err
    assert not any("✓" in line for line in out.splitlines() if "lint" in line or "notify" in line)


def test_show_of_the_reference_without_a_workflow_is_a_list(duckflux):
    out = duckflux("trace", "show", DATA / "reference.json")[1]
    assert "build (exec)  ✓ 338ms\n" in out and "<anonymous> (exec)" in out


def test_show_of_what_is_no_trace(tmp_path, duckflux):
    path = tmp_path / "x.json"
    path.write_text("[]")
    code, out, err = duckflux("trace", "show", path)
    assert (code, out) == (1, "") and err.startswith(f"error: {path}: not a duckflux trace")


def test_a_workflow_is_no_trace(tmp_path, duckflux):
    workflow = tmp_path / "w.duck.yaml"
    workflow.write_text("flow: [{set: {k: 1}}]\n")
    message = f"error: {workflow}: is a workflow: name the trace of a run, or a folder of traces\n"
    assert duckflux("trace", "show", workflow) == (1, "", message)


@pytest.mark.parametrize("verb", ["list", "show"])
def test_where_there_are_no_traces_it_says_how_they_come(tmp_path, monkeypatch, duckflux, verb):
    monkeypatch.chdir(tmp_path)
    message = (
        "error: .duckflux/traces: No such file or directory: "
        "`duckflux run` on a terminal writes a trace of each run there\n"
    )
    assert duckflux("trace", verb) == (1, "", message)


# compare


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    a = write(
        tmp_path,
        "a",
        at(1),
        step(1, "same", 100),
        step(2, "slower", 100),
        step(3, "faster", 400),
        step(4, "breaks", 20, iterations=(0,)),
        step(5, "breaks", 20, iterations=(1,)),
        step(6, "gone", 5),
        step(7, "noise", 2),
    )
    b = write(
        tmp_path,
        "b",
        at(2),
        step(1, "same", 104),
        step(2, "slower", 180),
        step(3, "faster", 100),
        step(4, "breaks", 20, iterations=(0,)),
        step(5, "breaks", 21, "failure", iterations=(1,)),
        step(6, "new", 5),
        step(7, "noise", 6),
        status="failure",
        duration=500,
    )
    return a, b


def test_compare_goes_step_by_step(pair, duckflux):
    code, out, _ = duckflux("trace", "compare", *pair)
    assert code == 0
    assert [" ".join(line.split()) for line in out.splitlines()] == [
        "STEP A B CHANGE",
        "# W 1.0s 500ms -50% success → failure",
        "slower ✓ 100ms ✓ 180ms +80% slower",
        "faster ✓ 400ms ✓ 100ms -75% faster",
        "breaks ✓ 40ms ×2 ✗ 41ms ×2 +2% success → failure",
        "gone ✓ 5ms - only in A",
        "new - ✓ 5ms only in B",
    ]
    assert "same" in duckflux("trace", "compare", "--all", *pair)[1]


@pytest.mark.parametrize(
    ("order", "threshold", "code"),
    [((0, 1), "90", 2), ((0, 1), "10", 2), ((1, 0), "200", 2), ((1, 0), "400", 0), ((0, 0), "0", 0)],
    ids=["fails now", "fails now and slower", "slower", "within", "the same"],
)
def test_the_threshold_sets_the_exit_code(pair, duckflux, order, threshold, code):
    traces = [pair[index] for index in order]
    assert duckflux("trace", "compare", *traces, "--threshold", threshold)[0] == code


def test_compare_shows_where_values_differ(tmp_path: Path, duckflux):
    def traced(name: str, second: int, review: Any, log: str, *more: Step) -> Path:
        return write(
            tmp_path,
            name,
            at(second),
            step(1, "build", 5, output={"log": log, "sizes": [1, 2]}),
            step(2, "review", 5, iterations=(0,), input={"n": 1}, output="fine"),
            step(3, "review", 5, iterations=(1,), input={"n": 2}, output=review),
            *more,
        )

    a = traced("a", 1, {"score": 7, "notes": ["a"]}, "x" * 90)
    b = traced("b", 2, {"score": 8, "verdict": "pass", "notes": ["a", "b"]}, "x" * 89 + "y")
    out = duckflux("trace", "compare", a, b, "--values")[1]
    _, _, differences = out.partition("\n\n")
    assert differences == dedent("""\
        build
          output.log: …xxxxxxxxxxxxxxxxxxxxx" → …xxxxxxxxxxxxxxxxxxxxy"

        review
          @1 output.score: 7 → 8
          @1 output.notes[1]: "b" is new
          @1 output.verdict: "pass" is new
        """)
    assert "score" not in duckflux("trace", "compare", a, b)[1]
    assert duckflux("trace", "compare", a, a, "--values")[1].endswith("no step differs\n")


def test_compare_writes_a_page_with_both_runs(pair, duckflux, tmp_path):
    page = tmp_path / "both.html"
    assert duckflux("trace", "compare", *pair, "--html", page)[0] == 0
    text = page.read_text()
    assert '"before: W"' in text and '"after: W"' in text and '"gone"' in text and '"new"' in text
    code, _, err = duckflux("trace", "compare", *pair, "--html", tmp_path / "no" / "page.html")
    assert code == 1 and "cannot be written" in err


def test_compare_with_the_reference(duckflux):
    traces = (DATA / "reference.json", DATA / "reference.txt")
    code, out, _ = duckflux("trace", "compare", *traces, "--threshold", "0")
    assert code == 0 and "no step differs" in out


# prune


@pytest.fixture
def five(tmp_path: Path) -> Path:
    for second in range(5):
        write(tmp_path / "traces", f"t{second}", at(second))
    folder = tmp_path / "traces"
    (folder / "t0.json.journal").write_text("")
    (folder / "t1.sqlite-wal").write_text("")
    (folder / "other.md").write_text("")
    return folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_prune_keeps_the_newest(five, duckflux):
    code, out, _ = duckflux("trace", "prune", five, "--keep", "2")
    assert code == 0
    assert out.splitlines() == [str(five / f"t{number}.json") for number in (2, 1, 0)]
    assert names(five) == ["other.md", "t1.sqlite-wal", "t3.json", "t4.json"]


def test_prune_by_age(five, duckflux):
    write(five, "young", "2999-01-01T00:00:00.000Z")
    assert duckflux("trace", "prune", five, "--older-than", "7d", "--dry-run")[0] == 0
    assert len(names(five)) == 9
    duckflux("trace", "prune", five, "--older-than", "7d")
    assert names(five) == ["other.md", "t1.sqlite-wal", "young.json"]


def test_prune_leaves_a_run_that_goes_on(five, duckflux):
    from duckflux.trace.journal import Journal

    path = write(five, "running", at(0), status="running", finished_at="")
    journal = Journal(path)
    journal.write(Execution("running", at(0), "", 0, "running", {}, None))
    journal.flush()
    duckflux("trace", "prune", five, "--keep", "0")
    assert "running.json" in names(five) and "running.json.journal" in names(five)


@pytest.mark.parametrize("arguments", [[], ["--keep", "-1"], ["--older-than", "soon"], ["--keep", "x"]])
def test_prune_needs_to_know_what(five, duckflux, arguments):
    code, _, err = duckflux("trace", "prune", five, *arguments)
    assert code == 1 and "error:" in err
    assert len(names(five)) == 8


# export


def test_export_to_a_file_and_to_stdout(ran, tmp_path, duckflux):
    assert duckflux("trace", "export", ran, "--to", "html", "-o", tmp_path / "x.html")[0] == 0
    export = [sys.executable, "-m", "duckflux", "trace", "export", str(ran), "--to", "html"]
    assert subprocess.run(export, stdout=subprocess.PIPE).stdout == (tmp_path / "x.html").read_bytes()


def test_export_into_nowhere(ran, duckflux, tmp_path):
    code, _, err = duckflux("trace", "export", ran, "--to", "chrome", "-o", tmp_path / "no" / "x.json")
    assert code == 1 and "cannot be written: No such file or directory" in err


def test_a_pipe_that_closes_early_is_no_traceback(ran):
    export = [sys.executable, "-m", "duckflux", "trace", "export", str(ran), "--to", "html"]
    reading, writing = os.pipe()
    os.close(reading)
    process = subprocess.run(export, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert process.returncode == 1 and process.stderr == b""


def test_what_an_output_cannot_show_is_escaped(tmp_path: Path) -> None:
    name = os.fsdecode(b"b\xff.duck.yaml")
    (tmp_path / name).write_text("name: Пример\nflow: [{type: exec, run: 'true'}]")
    latin = os.environ | {"PYTHONIOENCODING": "latin-1"}

    def call(*arguments: str) -> str:
        command = [sys.executable, "-m", "duckflux", *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=latin, stdin=subprocess.DEVNULL, capture_output=True)
        assert done.returncode == 0, done.stderr
        assert b"Traceback" not in done.stderr and b"warning" not in done.stderr
        return done.stdout.decode("latin-1")

    call("run", name, "--trace-dir", "t")
    assert "\\u041f" in call("trace", "list", "t")
    assert "success" in call("trace", "show", "t")
    assert "exec" in call("trace", "show", "t", "--tree")
    (path,) = (tmp_path / "t").glob("*.json")
    assert call("run", name, "--replay", str(path)) == ""


def test_a_loop_of_a_reference_trace_does_not_claim_zero_iterations(tmp_path: Path, capsys) -> None:
    begin, end = "2024-01-01T00:00:00.000Z", "2024-01-01T00:00:01.000Z"
    found = Trace(
        Execution("e", begin, end, 1000, "success", {}, None),
        (Step(1, "loop", "loop", begin, end, 1000, "success"),),
    )
    json_writer.write_trace(tmp_path / "e.json", found)
    assert main(["trace", "show", str(tmp_path / "e.json"), "--tree"]) == 0
    assert "×0" not in capsys.readouterr().out
