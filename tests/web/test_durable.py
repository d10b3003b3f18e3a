"""`duckflux server --durable`: the runs of a store as if they were the server's own."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

pytest.importorskip("dbos")

from duckflux.durable.dbos_store import Location
from duckflux.durable.records import RunRequest
from duckflux.durable.store import RunInfo, RunState, StoreError
from duckflux.runtime.events import ExecutionStarted, encode
from duckflux.web.mirror import Mirror, folder_of

from .conftest import Server

DUCKFLUX = [sys.executable, "-m", "duckflux"]
# The second step waits until somebody makes the file `go`.
TWO_STEPS = """
flow:
- {as: a, type: exec, run: "echo a >> ran.txt; printf one"}
- {as: b, type: exec, run: "echo b >> ran.txt; until test -e go; do sleep 0.02; done; printf two"}
output: b.output
"""


class Beside:
    """Commands of a person in the folder of the workflows."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = f"sqlite:{folder}/runs.db"
        (folder / "two.duck.yaml").write_text(TWO_STEPS)

    def start(self, id_: str, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*DUCKFLUX, "run", "two.duck.yaml", "--durable", self.store, "--id", id_, *arguments],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def runs(self) -> dict[str, Any]:
        done = subprocess.run(
            [*DUCKFLUX, "runs", "list", "--json", "--durable", self.store],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=True,
        )
        return {run["id"]: run for run in json.loads(done.stdout)}

    def go(self) -> None:
        (self.folder / "go").touch()

    def trace(self, id_: str) -> Path:
        return self.folder / ".duckflux" / "traces" / f"{id_}.json"


@pytest.fixture
def beside(folder: Path) -> Beside:
    return Beside(folder)


@pytest.fixture
def durable(serve: Callable[..., Server], beside: Beside) -> Server:
    return serve("--durable", beside.store)


def until(is_so: Callable[[], Any]) -> Any:
    """What is so, once it is."""
    deadline = time.monotonic() + 40
    while not (found := is_so()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def states(server: Server) -> dict[str, str]:
    return {run["id"]: run["state"] for run in server.get("/api/executions")}


def names(found: Any) -> list[tuple[str, str]]:
    return [(step["name"], step["status"]) for step in found["steps"]]


def test_a_run_of_another_program_is_shown_while_it_goes_on(durable: Server, beside: Beside) -> None:
    run = beside.start("r", "--no-trace")
    until(lambda: states(durable) == {"r": "running"})
    found = durable.wait_until("r", lambda found: len(found["steps"]) == 2)
    assert names(found) == [("a", "success"), ("b", "running")]
    assert found["execution"]["filePath"] == "two.duck.yaml"
    beside.go()
    found = durable.wait_for_state("r", "success")
    assert found["execution"]["output"] == "two"
    assert run.wait(30) == 0
    assert durable.get("/api/executions/r/diagram")["results"]
    assert durable.client.get("/api/executions/r/download?format=html").is_success


def test_a_run_that_is_gone_on_with_shows_what_it_reuses(durable: Server, beside: Beside) -> None:
    first = beside.start("r", "--no-trace")
    until(lambda: states(durable) == {"r": "running"})
    durable.wait_until("r", lambda found: len(found["steps"]) == 2)
    first.kill()
    first.communicate()
    beside.go()
    beside.start("r", "--no-trace").communicate(timeout=60)
    found = durable.wait_for_state("r", "success")
    assert [(step["name"], step.get("reused", False)) for step in found["steps"]] == [
        ("a", True),
        ("b", False),
    ]


def test_run_in_the_browser_makes_a_durable_run(durable: Server, beside: Beside) -> None:
    beside.go()
    id_ = durable.run("two.duck.yaml")
    assert durable.wait_for_state(id_, "success")["execution"]["output"] == "two"
    until(lambda: beside.runs()[id_]["state"] == "success")
    refused = durable.post("/api/execute", {"filePath": "greet.duck.yaml", "inputs": {}}, 400)
    assert "who" in refused["error"]


def test_a_wait_is_answered(durable: Server, beside: Beside) -> None:
    id_ = durable.run("sub/approve.duck.yaml")
    durable.wait_until(id_, lambda found: any(step.get("awaits") for step in found["steps"]))
    assert durable.get(f"/api/executions/{id_}/answer")["event"] == "approved"
    durable.post(f"/api/executions/{id_}/answer", {"fields": {"by": "eve"}})
    found = durable.wait_for_state(id_, "success")
    assert found["steps"][1]["output"] == {"by": "eve"}


def test_a_run_is_cancelled(durable: Server, beside: Beside) -> None:
    run = beside.start("r", "--no-trace")
    until(lambda: states(durable) == {"r": "running"})
    durable.wait_until("r", lambda found: len(found["steps"]) == 2)
    durable.post("/api/executions/r/cancel", status=202)
    found = durable.wait_for_state("r", "cancelled")
    assert names(found) == [("a", "success"), ("b", "failure")]
    assert found["steps"][1]["error"] == "cancelled"
    _, stderr = run.communicate(timeout=30)
    assert run.returncode == 143
    assert "Traceback" not in stderr
    assert durable.post("/api/executions/r/cancel", status=409)["error"] == "this run has ended"


def test_a_trace_that_the_run_writes_itself_is_left_to_it(durable: Server, beside: Beside) -> None:
    run = beside.start("r", "--trace-dir", ".duckflux/traces")
    until(lambda: beside.trace("r").exists())
    inode = until(lambda: Path(f"{beside.trace('r')}.journal").stat().st_ino)
    # The server looks for runs meanwhile, which another one shows.
    other = beside.start("s", "--no-trace")
    until(lambda: states(durable) == {"r": "running", "s": "running"})
    assert Path(f"{beside.trace('r')}.journal").stat().st_ino == inode
    beside.go()
    _, stderr = run.communicate(timeout=30)
    assert "cannot write" not in stderr
    other.communicate(timeout=30)
    durable.wait_for_state("s", "success")
    assert names(durable.get("/api/executions/r")) == [("a", "success"), ("b", "success")]


def test_what_has_ended_is_shown_by_the_next_server_and_written_once(
    serve: Callable[..., Server], beside: Beside
) -> None:
    beside.go()
    beside.start("before", "--no-trace").communicate(timeout=60)
    first = serve("--durable", beside.store)
    until(lambda: states(first) == {"before": "success"})
    first.end()
    inode = beside.trace("before").stat().st_ino
    beside.start("after", "--no-trace").communicate(timeout=60)
    second = serve("--durable", beside.store, "--no-run")
    until(lambda: states(second) == {"before": "success", "after": "success"})
    assert beside.trace("before").stat().st_ino == inode


def test_a_server_that_only_shows_does_nothing(serve: Callable[..., Server], beside: Beside) -> None:
    server = serve("--durable", beside.store, "--no-run")
    run = beside.start("r", "--no-trace")
    until(lambda: states(server) == {"r": "running"})
    for path in ("/api/execute", "/api/executions/r/cancel", "/api/executions/r/answer"):
        assert "--no-run" in server.post(path, status=403)["error"]
    beside.go()
    assert run.wait(30) == 0


def test_a_store_that_fails_is_told_without_its_password(serve: Callable[..., Server]) -> None:
    server = serve("--durable", "postgresql://eve:hidden@127.0.0.1:1/x?password=hidden")
    found = until(lambda: (status := server.get("/api/durable"))["problem"] and status)
    assert found["store"] == "127.0.0.1:1/x"
    assert found["problem"].startswith("127.0.0.1:1/x can't be used: ")
    refused = server.post("/api/execute", {"filePath": "slow.duck.yaml"}, 400)
    assert "127.0.0.1:1/x can't be used" in refused["error"]
    assert server.get("/api/executions") == []
    assert "hidden" not in json.dumps([found, refused]) + server.end()[1]


def test_without_a_store_there_is_no_status(server: Server) -> None:
    assert server.get("/api/durable") is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--durable", "mysql://x"], "use sqlite:PATH or postgresql://USER@HOST/DATABASE"),
        (["--durable"], "say where runs are kept: --durable URL, or the variable DUCKFLUX_DURABLE"),
    ],
)
def test_what_is_no_store_is_refused(folder: Path, arguments: list[str], said: str) -> None:
    done = subprocess.run(
        [*DUCKFLUX, "server", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (1, f"duckflux server: error: {said}\n")


STARTED = ExecutionStarted("r", "/srv/flows/w.duck.yaml", "", "2026-01-01T00:00:00.000Z", {})


class Store:
    """A store of runs that go on until they are let go; it fails while it is `broken`."""

    def __init__(self, *ids: str) -> None:
        self.ids = ids
        self.let_go = threading.Event()
        self.broken = False

    def runs(self, states: tuple[RunState, ...] = (), limit: int = 100) -> list[RunInfo]:
        found = [info for id_ in self.ids if (info := self.find(id_)) is not None]
        return [info for info in found if not states or info.state in states][:limit]

    def find(self, id_: str) -> RunInfo | None:
        if self.broken:
            raise StoreError("the store is away")
        if id_ not in self.ids:
            return None
        state: RunState = "success" if self.let_go.is_set() else "running"
        return RunInfo(id_, state, "w", 0, 0, None, None, "{}")

    def request(self, id_: str) -> RunRequest | None:
        return None

    def events(self, id_: str) -> Iterator[str]:
        yield encode(msgspec.structs.replace(STARTED, id=id_)).decode()
        self.let_go.wait(30)


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Callable[..., Mirror]]:
    started: list[Mirror] = []

    def start(store: Store, max_followed: int = 50) -> Mirror:
        found = Mirror(Location("sqlite:x"), tmp_path, tmp_path, max_followed)
        found._client = store  # type: ignore[assignment]
        found.start()
        started.append(found)
        return found

    yield start
    for one in started:
        one.close()


def test_not_too_many_runs_are_followed_at_once(mirror: Callable[..., Mirror], tmp_path: Path) -> None:
    store = Store("a", "b", "c")
    watched = mirror(store, max_followed=2)
    until(lambda: watched.status.unfollowed == 1)
    assert len([*tmp_path.glob("*.journal")]) <= 2
    store.let_go.set()
    until(lambda: len([*tmp_path.glob("*.json")]) == 3 and not [*tmp_path.glob("*.journal")])
    until(lambda: watched.status.unfollowed == 0)


def test_hundreds_of_runs_that_have_ended_are_all_shown(
    mirror: Callable[..., Mirror], tmp_path: Path
) -> None:
    store = Store(*(f"r{number}" for number in range(300)))
    store.let_go.set()
    mirror(store, max_followed=20)
    until(lambda: len([*tmp_path.glob("*.json")]) == 300 and not [*tmp_path.glob("*.journal")])


def test_an_id_that_leads_out_of_the_folder_is_no_trace(
    mirror: Callable[..., Mirror], tmp_path: Path
) -> None:
    outside = f"{tmp_path.name}-outside"
    store = Store(f"../{outside}", "in")
    store.let_go.set()
    mirror(store)
    until(lambda: (tmp_path / "in.json").exists())
    assert not [*tmp_path.parent.glob(f"{outside}*")]


def test_a_run_that_was_deleted_is_no_problem(mirror: Callable[..., Mirror]) -> None:
    store = Store("a", "b")
    watched = mirror(store, max_followed=1)
    until(lambda: watched.status.unfollowed == 1)
    store.ids = ()
    store.let_go.set()
    until(lambda: watched.status.unfollowed == 0)
    assert watched.status.problem is None


def test_a_store_that_is_back_is_no_problem_any_more(mirror: Callable[..., Mirror], tmp_path: Path) -> None:
    store = Store("a")
    store.broken = True
    watched = mirror(store)
    assert until(lambda: watched.status.problem) == "the store is away"
    store.broken = False
    until(lambda: watched.status.problem is None)
    until(lambda: [*tmp_path.glob("a.json*")])


def test_paths_count_from_the_folder_that_has_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "flows"
    folder.mkdir()
    (folder / "w.duck.yaml").touch()
    monkeypatch.chdir(tmp_path)
    found = {
        file: folder_of(RunRequest("r", file, ".", {}, {}), folder)
        for file in ("w.duck.yaml", "flows/w.duck.yaml", "gone.duck.yaml")
    }
    assert found == {
        "w.duck.yaml": str(folder),
        "flows/w.duck.yaml": str(tmp_path),
        "gone.duck.yaml": str(folder),
    }
    assert folder_of(None, folder) == str(folder)
