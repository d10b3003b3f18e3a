"""Settings and traces that want to take the program's time or memory: one clear message each."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path

import pytest

from .conftest import Duckflux

WORKFLOW = "flow:\n  - type: exec\n    run: echo done\n"
SETTINGS = {
    "deep": ("x = " + "[" * 100_000, "it is nested too deeply"),
    "deep tables": ("x = " + "{a=" * 100_000, "it is nested too deeply"),
    "huge integer": ("x = " + "9" * 100_000, "a number has too many digits"),
    "dotted key": ("a." * 50_000 + "a = 1", "line 1: a key has more than 100 parts"),
    "dotted key in a table": ("\nx = {" + "a." * 50_000 + "a = 1}", "line 2: a key has more than 100 parts"),
    "too large": ("#" * 2**20 + "\n", "is larger than 1 MiB"),
    "no UTF-8": (b"x = '\xff'", "can't decode byte 0xff"),
    "half": ("[lint", "Expected ']' at the end of a table declaration"),
    "wrong type": ("[lint]\nselect = 1", "Expected `array`, got `int`"),
}


@pytest.mark.promise("settings give one clear message")
@pytest.mark.parametrize("name", SETTINGS)
def test_settings(name: str, duckflux: Duckflux, tmp_path: Path) -> None:
    text, message = SETTINGS[name]
    (tmp_path / "a.duck.yaml").write_text(WORKFLOW)
    content = text if isinstance(text, bytes) else text.encode()
    (tmp_path / "pyproject.toml").write_bytes(content)
    assert duckflux("lint", "a.duck.yaml").code == 0
    (tmp_path / ".duckflux.toml").write_bytes(content)
    ended = duckflux("lint", "a.duck.yaml")
    assert ended.code == 1
    (line,) = ended.stderr.splitlines()
    assert ".duckflux.toml" in line
    assert message in line
    assert duckflux("run", "a.duck.yaml").stdout.strip() == "done"


@pytest.mark.promise("settings give one clear message")
@pytest.mark.parametrize(
    "content",
    [
        '"' * 100_000,
        '"\\' * 50_000,
        "/*" * 50_000,
        "," + " " * 100_000,
        ", " * 50_000,
        "[" * 100_000,
        "9" * 100_000,
    ],
)
def test_mcp_servers(content: str, duckflux: Duckflux, tmp_path: Path) -> None:
    (tmp_path / ".mcp.json").write_text(content)
    (tmp_path / "a.duck.yaml").write_text("flow:\n  - {type: mcp, server: a, tool: b}\n")
    duckflux("lint", "a.duck.yaml")
    duckflux("run", "a.duck.yaml")
    assert len(duckflux("mcp", "list").stderr.splitlines()) == 1


def _trace(folder: Path, duckflux: Duckflux, form: str) -> Path:
    (folder / "a.duck.yaml").write_text("flow:\n  - as: one\n    type: exec\n    run: echo done\n")
    duckflux("run", "a.duck.yaml", "--trace-dir", "traces", "--trace-format", form)
    (path,) = (folder / "traces").iterdir()
    return path


ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
DATABASES = {
    "endless view": f"""
        ALTER TABLE steps RENAME TO real;
        CREATE VIEW steps AS {ENDLESS} SELECT real.* FROM real, n;
    """,
    "view that computes": f"""
        ALTER TABLE executions RENAME TO real;
        CREATE VIEW executions AS SELECT *, ({ENDLESS} SELECT count(*) FROM n) AS error FROM real;
    """,
    "generated column": """
        ALTER TABLE steps DROP COLUMN stderr;
        ALTER TABLE steps ADD COLUMN stderr TEXT GENERATED ALWAYS AS (hex(zeroblob(400000000))) VIRTUAL;
    """,
    "virtual table": """
        DROP TABLE steps;
        CREATE VIRTUAL TABLE steps USING fts5(execution_id, seq, name, type, status);
    """,
    "no steps": "DROP TABLE steps;",
    "no execution": "DELETE FROM executions;",
    "its own parent": "UPDATE steps SET parent = seq;",
    "deep value": f"UPDATE steps SET output = '{'[' * 100_000}', output_is_json = 1;",
    "wrong types": "UPDATE steps SET seq = 'x', started_at = x'ff';",
}


@pytest.mark.promise("traces are data")
@pytest.mark.parametrize("name", DATABASES)
def test_sqlite_traces(name: str, duckflux: Duckflux, tmp_path: Path) -> None:
    path = _trace(tmp_path, duckflux, "sqlite")
    with sqlite3.connect(path) as database:
        database.executescript(DATABASES[name])
    database.close()
    _read_in_all_ways(path, duckflux)


def _read_in_all_ways(path: Path, duckflux: Duckflux) -> None:
    duckflux("trace", "list", path.parent)
    duckflux("trace", "show", path)
    duckflux("trace", "export", path, "--to", "html", "--output", "page.html")
    duckflux("trace", "compare", path, path)
    duckflux("run", "a.duck.yaml", "--resume", path)
    duckflux("run", "a.duck.yaml", "--replay", path)


DEEP = json.loads("[" * 900 + "]" * 900)
STEPS = {
    "its own parent": {"parent": 1},
    "in a circle": {"parent": 2},
    "deep value": {"output": DEEP},
    "deep input": {"input": DEEP},
    "negative number": {"seq": -1, "duration": -5},
    "huge number": {"duration": 10**400},
    "text as number": {"seq": "one"},
    "control characters": {"name": "\x1b[31m\n::error::x", "error": "\x1b]0;title\x07"},
    "odd time": {"startedAt": "yesterday", "finishedAt": "9999-99-99"},
}


@pytest.mark.promise("traces are data")
@pytest.mark.parametrize("name", STEPS)
def test_json_traces(name: str, duckflux: Duckflux, tmp_path: Path) -> None:
    path = _trace(tmp_path, duckflux, "json")
    trace = json.loads(path.read_text())
    (step,) = trace["steps"]
    trace["steps"] = [step | STEPS[name], step | {"seq": 2, "parent": 1}]
    path.write_text(json.dumps(trace))
    _read_in_all_ways(path, duckflux)


@pytest.mark.promise("traces are data")
@pytest.mark.parametrize("form", ["json", "txt", "sqlite"])
def test_cut_traces(form: str, duckflux: Duckflux, tmp_path: Path) -> None:
    from duckflux.trace.readers import TraceError, read, read_execution

    path = _trace(tmp_path, duckflux, form)
    content = path.read_bytes()
    for size in range(0, len(content), 1 if form == "txt" else 97):
        for cut in (content[:size], content[:size] + content[size + 20 :]):
            path.write_bytes(cut)
            for reader in (read, read_execution):
                with contextlib.suppress(TraceError):
                    reader(path)


@pytest.mark.promise("traces are data")
@pytest.mark.parametrize("form", ["json", "txt", "sqlite"])
def test_a_link_at_a_temporary_name_is_not_followed(form: str, tmp_path: Path) -> None:
    from duckflux.trace.private_files import create_file, temporary_path

    precious = tmp_path / "precious"
    precious.write_text("kept")
    temporary = temporary_path(tmp_path / f"trace.{form}")
    temporary.symlink_to(precious)
    create_file(temporary).close()
    assert precious.read_text() == "kept"
    assert not temporary.is_symlink()
