"""What steps print is kept with the trace, with times, within limits and without secrets."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from duckflux.runtime.events import OutputChunk
from duckflux.trace import output_log
from duckflux.trace.output_log import OutputLog, read_output

PRINTING = """\
flow:
  - as: one
    type: exec
    run: |
      printf 'first '; sleep 0.2; printf '\\033[31mline\\033[0m\\n'; echo second; echo problem >&2
      printf '%s' "${API_TOKEN%????}"; sleep 0.2; printf '%s\\n' "${API_TOKEN#????????}"
  - {as: two, type: exec, run: printf 'no end'}
"""


def run(folder: Path, *options: str, text: str = PRINTING) -> subprocess.CompletedProcess[str]:
    (folder / "w.duck.yaml").write_text(text)
    return duckflux(folder, "run", "w.duck.yaml", "--quiet", *options)


def duckflux(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "duckflux", *arguments],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "API_TOKEN": "s3cret-token"},
        capture_output=True,
        text=True,
        check=False,
    )


def without_times(text: str) -> list[str]:
    return [re.sub(r"^\d\d:\d\d:\d\d\.\d{3} ", "", line) for line in text.splitlines()]


@pytest.mark.parametrize("form", ["json", "txt", "sqlite"])
def test_lines_have_times_and_no_secrets(tmp_path: Path, form: str) -> None:
    assert run(tmp_path, "--trace-dir", "t", "--trace-format", form, "--trace-output").returncode == 0
    shown = duckflux(tmp_path, "trace", "show", "t", "--log").stdout
    assert sorted(without_times(shown)) == sorted(
        ["one | first line", "one | second", "one | problem", "one | ***", "two | no end"]
    )
    times = [line[:12] for line in shown.splitlines()]
    assert times == sorted(times)
    assert without_times(duckflux(tmp_path, "trace", "show", "t", "--log", "--step", "two").stdout) == [
        "no end"
    ]
    (trace,) = [path for path in (tmp_path / "t").iterdir() if path.suffix == f".{form}"]
    log = trace.with_name(f"{trace.name}.log")
    assert log.stat().st_mode & 0o777 == 0o600
    assert b"s3cret" not in log.read_bytes()
    assert "secret" not in duckflux(tmp_path, "logs", trace.stem, "--trace-dir", "t").stdout


def test_logs_of_an_ended_run_have_times_where_they_were_kept(tmp_path: Path) -> None:
    run(tmp_path, "--trace-dir", "t", "--trace-output")
    (trace,) = (tmp_path / "t").glob("*.json")
    logs = duckflux(tmp_path, "logs", trace.stem[:8], "two", "--times", "--trace-dir", "t").stdout
    assert re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3} no end\n", logs)
    assert duckflux(tmp_path, "logs", trace.stem[:8], "two", "--trace-dir", "t").stdout == "no end\n"


def test_the_page_has_them(tmp_path: Path) -> None:
    run(tmp_path, "--trace-dir", "t", "--trace-output")
    page = duckflux(tmp_path, "trace", "export", "t", "--to", "html").stdout
    found = re.search(r'<script id="data" type="application/json">(.*?)</script>', page)
    assert found is not None
    printed = json.loads(found[1])["printed"]["1"]
    assert "".join(text for _, stream, text in printed if stream == "stdout") == (
        "first \x1b[31mline\x1b[0m\nsecond\n***\n"
    )
    assert all(0 <= offset <= 60_000 for offset, _, _ in printed)


def test_nothing_is_kept_unless_asked_for(tmp_path: Path) -> None:
    run(tmp_path, "--trace-dir", "t")
    assert [path.suffix for path in (tmp_path / "t").iterdir()] == [".json"]
    shown = duckflux(tmp_path, "trace", "show", "t", "--log")
    assert shown.returncode == 1
    assert "`duckflux run --trace-output` keeps it" in shown.stderr


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--no-trace"], "--trace-output needs a trace to keep it with: give --trace-dir"),
        (
            ["--trace-dir", "t", "--trace-no-values"],
            "--trace-output keeps what --trace-no-values leaves out: give one of them",
        ),
    ],
)
def test_options_that_do_not_go_together(tmp_path: Path, options: list[str], reason: str) -> None:
    done = run(tmp_path, "--trace-output", *options)
    assert (done.returncode, done.stderr) == (1, f"w.duck.yaml: error: {reason}\n")


def test_a_trace_goes_with_its_output(tmp_path: Path) -> None:
    for _ in range(2):
        run(tmp_path, "--trace-dir", "t", "--trace-output")
    duckflux(tmp_path, "trace", "prune", "t", "--keep", "1")
    assert sorted(path.suffix for path in (tmp_path / "t").iterdir()) == [".json", ".log"]


def chunk(text: str, seq: int = 1) -> OutputChunk:
    return OutputChunk(seq, "stdout", text, "2026-01-01T00:00:00.000Z")


def test_of_a_long_output_the_beginning_and_the_end_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output_log, "_MAX_BEGINNING", 400)
    monkeypatch.setattr(output_log, "_MAX_END", 20)
    log = OutputLog(tmp_path / "t.json")
    for number in range(100):
        log.add(chunk(f"line {number}\n"))
    log.close()
    texts = [line.text for line in read_output(tmp_path / "t.json")]
    assert texts[0] == "line 0"
    assert texts[-2:] == ["line 98", "line 99"]
    (left_out,) = [text for text in texts if "left out" in text]
    kept = sum(len(text) + 1 for text in texts if text != left_out)
    assert left_out == f"… {sum(len(f'line {n}') + 1 for n in range(100)) - kept:,} characters left out …"


def test_a_run_has_a_limit_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output_log, "_MAX_RUN", 100)
    log = OutputLog(tmp_path / "t.json")
    log.add(chunk("x" * 200 + "\n"))
    log.add(chunk("never\n", seq=2))
    log.close()
    assert [line.text for line in read_output(tmp_path / "t.json", (2,))] == ["… 6 characters left out …"]


def test_what_a_killed_run_has_printed_is_there(tmp_path: Path) -> None:
    log = OutputLog(tmp_path / "t.json")
    log.add(chunk("said\nhalf"))
    log.flush()
    with output_log.log_path(tmp_path / "t.json").open("ab") as file:
        file.write(b'{"seq": 1, "at": "2026')
    assert [line.text for line in read_output(tmp_path / "t.json")] == ["said", "half"]
