"""The index of a folder's traces: it knows what the files say, whatever has happened to them or to it."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from duckflux.trace import index as trace_index
from duckflux.trace.folder import list_traces
from duckflux.trace.index import TraceFilter, TraceIndex, list_indexed
from duckflux.trace.journal import Journal
from duckflux.trace.model import Execution, Trace
from duckflux.trace.readers import TraceError
from duckflux.trace.writers.json import write_trace

FILE = ".duckflux-index"


def execution(number: int, **fields: Any) -> Execution:
    ended = {
        "finished_at": f"2026-01-01T00:{number:02}:01.000Z",
        "duration": number * 100,
        "status": "success",
    }
    known = {"inputs": {"secret": "value"}, "output": "the output", "workflow_path": "/w/a.duck.yaml"}
    return Execution(
        **{"id": f"id-{number}", "started_at": f"2026-01-01T00:{number:02}:00.000Z"} | ended | known | fields
    )


def write(folder: Path, number: int, **fields: Any) -> Path:
    path = folder / f"{number}.json"
    write_trace(path, Trace(execution(number, **fields), ()))
    return path


@pytest.fixture
def index(tmp_path: Path) -> Iterator[TraceIndex]:
    with contextlib.closing(TraceIndex(tmp_path)) as opened:
        yield opened


def ids(index: TraceIndex, **wanted: Any) -> list[str]:
    return [found.execution.id for found in index.find(TraceFilter(**wanted))[0]]


def changes(index: TraceIndex) -> list[tuple[str, str, str]]:
    return [(change.kind, change.trace.execution.id, change.trace.state) for change in index.refresh()]


def test_traces_are_told_newest_first_without_values(tmp_path: Path, index: TraceIndex) -> None:
    for number in (2, 1, 3):
        write(tmp_path, number)
    assert sorted(changes(index)) == [("new", f"id-{number}", "success") for number in (1, 2, 3)]
    assert ids(index) == ["id-3", "id-2", "id-1"]
    (newest, *_), total = index.find(limit=1)
    assert total == 3
    assert newest.path == tmp_path / "3.json"
    assert newest.execution == execution(3, inputs=None, output=None)
    assert b"the output" not in (tmp_path / FILE).read_bytes()


def test_it_tells_the_same_as_the_files_do(tmp_path: Path, index: TraceIndex) -> None:
    for number in range(5):
        write(tmp_path, number, status="failure", error="cancelled" if number == 2 else "boom")
    (tmp_path / "broken.json").write_text("{")
    index.refresh()
    read, unreadable = list_traces(tmp_path)
    without = [
        trace._replace(execution=msgspec.structs.replace(trace.execution, inputs=None, output=None))
        for trace in read
    ]
    assert index.find()[0] == without
    assert index.unreadable() == unreadable == [tmp_path / "broken.json"]


def test_nothing_is_read_again(tmp_path: Path, index: TraceIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, 1)
    (tmp_path / "broken.json").write_text("{")
    index.refresh()
    monkeypatch.setattr(trace_index, "execution_with_state", None)
    assert index.refresh() == []
    assert [trace.execution.id for trace in list_indexed(tmp_path)] == ["id-1"]


def test_changes_removals_and_new_files_are_noticed(tmp_path: Path, index: TraceIndex) -> None:
    first = write(tmp_path, 1)
    write(tmp_path, 2)
    index.refresh()
    write(tmp_path, 1, status="failure", error="no")
    write(tmp_path, 3)
    (tmp_path / "2.json").unlink()
    assert sorted(changes(index)) == [("new", "id-3", "success"), ("updated", "id-1", "failure")]
    assert ids(index) == ["id-3", "id-1"]
    first.unlink()
    assert changes(index) == []
    assert ids(index) == ["id-3"]


def test_a_run_that_goes_on_ends_or_is_killed(tmp_path: Path, index: TraceIndex) -> None:
    running = {"status": "running", "finished_at": "", "duration": 0}
    journals = []
    for number in (1, 2):
        journal = Journal(tmp_path / f"{number}.json")
        journal.write(execution(number, **running))
        journal.flush()
        journals.append(journal)
    assert sorted(changes(index)) == [("new", "id-1", "running"), ("new", "id-2", "running")]
    assert changes(index) == []
    journals[0].write(execution(1, **running))
    journals[0].flush()
    assert changes(index) == [("updated", "id-1", "running")]
    write(tmp_path, 1)
    journals[0].remove()
    assert changes(index) == [("finished", "id-1", "success")]
    journals[1]._file.close()
    assert changes(index) == [("finished", "id-2", "interrupted")]
    assert ids(index, statuses=("interrupted",)) == ["id-2"]


def test_filters(tmp_path: Path, index: TraceIndex) -> None:
    write(tmp_path, 1, status="failure", error="100% wrong")
    write(tmp_path, 2, status="failure", error="cancelled", workflow_path="/w/b.duck.yaml")
    write(tmp_path, 3, workflow_name="Deploy all")
    write(tmp_path, 4, workflow_path=None, workflow_id="old")
    index.refresh()
    assert ids(index, statuses=("failure",)) == ["id-1"]
    assert ids(index, statuses=("failure", "cancelled")) == ["id-2", "id-1"]
    assert ids(index, workflow=("/w/a.duck.yaml",)) == ["id-3", "id-1"]
    assert ids(index, workflow=("/w/b.duck.yaml",), workflow_id="old") == ["id-4", "id-2"]
    assert ids(index, since="2026-01-01T00:02", until="2026-01-01T00:03:00.001Z") == ["id-3", "id-2"]
    assert ids(index, text="deploy ALL") == ["id-3"]
    assert ids(index, text="100% wrong") == ["id-1"]
    assert ids(index, text="%") == ["id-1"]
    assert ids(index, text="' or 1=1 --") == []


def test_statistics(tmp_path: Path, index: TraceIndex) -> None:
    for number in range(1, 6):
        write(tmp_path, number)
    write(tmp_path, 9, status="failure", error="no")
    index.refresh()
    found = index.statistics()
    assert (found.statuses, found.runs, found.median) == ({"success": 5, "failure": 1}, 6, 300)
    assert index.statistics(TraceFilter(text="nothing")).median is None


def test_a_missing_broken_or_foreign_index_is_made_anew(tmp_path: Path) -> None:
    write(tmp_path, 1)
    for content in (b"no database", b"SQLite format 3\0" + bytes(4096), b""):
        (tmp_path / FILE).write_bytes(content)
        assert [trace.execution.id for trace in list_indexed(tmp_path)] == ["id-1"]
    with contextlib.closing(sqlite3.connect(tmp_path / FILE)) as database:
        database.execute("pragma user_version = 999")
    assert [trace.execution.id for trace in list_indexed(tmp_path)] == ["id-1"]


def test_an_index_that_breaks_while_it_is_open_is_made_anew(tmp_path: Path, index: TraceIndex) -> None:
    write(tmp_path, 1)
    index.refresh()
    (tmp_path / FILE).write_bytes(b"broken" * 5000)
    write(tmp_path, 2)
    index.refresh()
    assert ids(index) == ["id-2", "id-1"]


def test_an_index_that_was_closed_stays_as_it_is(tmp_path: Path) -> None:
    write(tmp_path, 1)
    index = TraceIndex(tmp_path)
    index.refresh()
    index.close()
    content = (tmp_path / FILE).read_bytes()
    assert index.refresh() == []
    assert (tmp_path / FILE).read_bytes() == content


def test_a_locked_index_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace_index, "_SECONDS_TO_WAIT", 0.01)
    write(tmp_path, 1)
    assert len(list_indexed(tmp_path)) == 1
    write(tmp_path, 2)
    with contextlib.closing(sqlite3.connect(tmp_path / FILE)) as database:
        database.execute("begin exclusive")
        assert [trace.execution.id for trace in list_indexed(tmp_path)] == ["id-2", "id-1"]


def test_the_index_is_private_and_follows_no_link(tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("keep me")
    folder = tmp_path / "traces"
    folder.mkdir()
    write(folder, 1)
    list_indexed(folder)
    assert stat.S_IMODE((folder / FILE).stat().st_mode) == 0o600
    (folder / FILE).unlink()
    (folder / FILE).symlink_to(target)
    assert len(list_indexed(folder)) == 1
    assert target.read_text() == "keep me"


def test_a_folder_that_cannot_be_written_is_listed(tmp_path: Path) -> None:
    write(tmp_path, 1)
    tmp_path.chmod(0o500)
    try:
        assert len(list_indexed(tmp_path)) == 1
        if os.getuid():
            assert not (tmp_path / FILE).exists()
    finally:
        tmp_path.chmod(0o700)


def test_any_name_and_any_text_can_be_kept(tmp_path: Path) -> None:
    content = write(tmp_path, 1, workflow_name="snow \u2603").read_bytes()
    (tmp_path / "1.json").rename(tmp_path / os.fsdecode(b"\xff.json"))
    (found,) = list_indexed(tmp_path)
    assert found.path.read_bytes() == content
    assert len(list_indexed(tmp_path, TraceFilter(text="\u2603 .json"))) == 1
    (tmp_path / os.fsdecode(b"\xff.json")).unlink()
    assert list_indexed(tmp_path) == []


def test_without_a_folder(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="No such file"):
        list_indexed(tmp_path / "missing")


def test_ten_thousand_traces_are_listed_quickly(tmp_path: Path) -> None:
    for number in range(10_000):
        record = execution(number % 60, id=f"id-{number}", workflow_path=f"/w/{number % 20}.duck.yaml")
        (tmp_path / f"{number}.json").write_bytes(msgspec.json.encode({"execution": record, "steps": []}))
    list_indexed(tmp_path)
    with contextlib.closing(TraceIndex(tmp_path)) as index:
        started = time.perf_counter()
        index.refresh()
        _, total = index.find(limit=100)
        seconds = time.perf_counter() - started
        assert total == 10_000
        started = time.perf_counter()
        index.refresh()
        index.find(limit=100)
        again = time.perf_counter() - started
    print(f"10,000 traces: {seconds * 1000:.0f} ms for a new process, {again * 1000:.0f} ms again")
    # The goal is 50 ms on a machine with nothing else to do.
    assert seconds < 0.5
