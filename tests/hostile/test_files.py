"""Files are opened by kind and size: what has the name of a file may be anything."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.architecture import SOURCES

from .conftest import FULL, Duckflux

pytestmark = pytest.mark.promise("files are opened by kind and size")

WORKFLOW = "flow:\n  - type: exec\n    run: echo done\n"
CALLER = "flow:\n  - type: workflow\n    path: callee.duck.yaml\n"


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(10 * 1024**3)


def _socket(path: Path) -> None:
    # The path of a socket is short.
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(f"/proc/self/fd/{folder}/{path.name}")
    finally:
        os.close(folder)


KINDS: dict[str, Callable[[Path], None]] = {
    "pipe": os.mkfifo,
    "zero": lambda path: path.symlink_to("/dev/zero"),
    "stdin": lambda path: path.symlink_to("/dev/stdin"),
    "sparse": _sparse,
    "socket": _socket,
    "folder": Path.mkdir,
    "nowhere": lambda path: path.symlink_to("nowhere"),
    "circle": lambda path: path.symlink_to(path.name),
}


# `make hostile` tries all.
_TRIED = KINDS if FULL else ("pipe", "zero", "sparse")


@pytest.fixture(params=_TRIED)
def put(request: pytest.FixtureRequest) -> Callable[[Path], None]:
    """Put a file of a kind at a path."""
    return KINDS[request.param]


@pytest.mark.parametrize("name", ["pyproject.toml", ".duckflux.toml", ".mcp.json"])
def test_settings(name: str, put: Callable[[Path], None], duckflux: Duckflux, tmp_path: Path) -> None:
    (tmp_path / "a.duck.yaml").write_text(WORKFLOW)
    put(tmp_path / name)
    duckflux("lint", "a.duck.yaml")
    assert duckflux("run", "a.duck.yaml").stdout.strip() == "done"
    duckflux("mcp", "list", "a.duck.yaml")


def test_workflows_of_a_folder(put: Callable[[Path], None], duckflux: Duckflux, tmp_path: Path) -> None:
    (tmp_path / "a.duck.yaml").write_text(WORKFLOW)
    (tmp_path / "a.ducktest.yaml").write_text("workflow: a.duck.yaml\ntests:\n  - name: t\n    expect: {}\n")
    put(tmp_path / "b.duck.yaml")
    put(tmp_path / "b.ducktest.yaml")
    duckflux("lint", ".")
    duckflux("fmt", "--check", ".")
    duckflux("test", ".")
    duckflux("lint", "b.duck.yaml" if not (tmp_path / "b.duck.yaml").is_fifo() else "a.duck.yaml")


def test_a_called_workflow(put: Callable[[Path], None], duckflux: Duckflux, tmp_path: Path) -> None:
    (tmp_path / "a.duck.yaml").write_text(CALLER)
    put(tmp_path / "callee.duck.yaml")
    assert "error: flow[0].path: the file " in duckflux("lint", "a.duck.yaml").stdout
    ended = duckflux("run", "a.duck.yaml")
    assert ended.code == 1
    assert "error: flow[0].path: the file " in ended.stderr


@pytest.mark.parametrize(
    "suffix", [".json", ".txt", ".sqlite", ".json.journal", ".sqlite-wal", ".sqlite-shm"]
)
def test_traces(suffix: str, put: Callable[[Path], None], duckflux: Duckflux, tmp_path: Path) -> None:
    form = suffix.split(".")[1].split("-")[0]
    (tmp_path / "a.duck.yaml").write_text(WORKFLOW)
    duckflux("run", "a.duck.yaml", "--trace-dir", "traces", "--trace-format", form)
    (good,) = (tmp_path / "traces").iterdir()
    beside = good.name.removesuffix(f".{form}") + suffix
    bad = tmp_path / "traces" / (beside if suffix.count(".") > 1 or "-" in suffix else f"bad{suffix}")
    put(bad)
    for command in ("list", "prune"):
        duckflux("trace", command, "traces")
    duckflux("trace", "show", f"traces/bad{suffix}")
    duckflux("trace", "show", good)
    duckflux("run", "a.duck.yaml", "--resume", f"traces/bad{suffix}")


def test_the_workflow_of_a_trace(put: Callable[[Path], None], duckflux: Duckflux, tmp_path: Path) -> None:
    (tmp_path / "a.duck.yaml").write_text(WORKFLOW)
    duckflux("run", "a.duck.yaml", "--trace-dir", "traces")
    (tmp_path / "a.duck.yaml").unlink()
    put(tmp_path / "a.duck.yaml")
    (trace,) = (tmp_path / "traces").iterdir()
    assert "exec" in duckflux("trace", "show", trace).stdout


def test_files_that_a_person_names_may_be_devices(duckflux: Duckflux, tmp_path: Path) -> None:
    (tmp_path / "a.duck.yaml").write_text("inputs: {n: {type: integer}}\n" + WORKFLOW)
    for path in ("/dev/zero", "/dev/null"):
        assert duckflux("run", "a.duck.yaml", "--input-file", path).code == 1
        assert duckflux("lint", path).code == 1
        assert duckflux("validate", path).code in (1, 2)
    assert "larger than 64 MiB" in duckflux("run", "a.duck.yaml", "--input-file", "/dev/zero").stderr


OPENED_OTHERWISE = {
    "duckflux/files.py": "the place for it",
    "duckflux/diagram/page.py": "the product's own page",
    "duckflux/diagram/svg.py": "the product's own style sheet",
    "duckflux/language/lint/explain.py": "the product's own pages",
    "duckflux/language/schema/__init__.py": "the product's own schema",
    "duckflux/language/test_files.py": "the product's own schema",
    "duckflux/templates/__init__.py": "the product's own templates",
    "duckflux/start_cache.py": "the product's own cache",
    "duckflux/trace/export/html.py": "the product's own page",
    "duckflux/web/pages.py": "the product's own pages",
    "duckflux/trace/writers/json.py": "the run's own journal",
    "duckflux/trace/writers/txt.py": "the run's own trace",
}


def test_no_other_module_reads_files() -> None:
    reading = re.compile(r"""\.read_bytes\(|\.read_text\(|\bopen\([^\n]*"rb"|[^r]_?open\([^)"]*\)\.read""")
    found = {
        str(path.relative_to(folder))
        for package, folder in SOURCES.items()
        for path in (folder / package).rglob("*.py")
        if reading.search(path.read_text())
    }
    assert found == set(OPENED_OTHERWISE)
