"""`duckflux server --durable` and workers of a real Postgres."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ...web.conftest import Server, sockets
from .servers import Postgres, Team, holder_of

# pytest finds the fixture here.
__all__ = ["sockets"]

WAITING = """
flow:
- {as: a, type: exec, run: "echo a >> ran.txt; printf one"}
- {type: exec, run: "true"}
- wait: {event: approved, timeout: 1d}
- {as: b, type: exec, run: "echo b >> ran.txt; printf two"}
output: b.output
"""


@pytest.fixture
def serve(team: Team, tmp_path: Path, sockets: Path) -> Iterator[Callable[..., Server]]:
    """Starts servers whose folder is another one than that of the workers."""
    folder, started = tmp_path / "served", list[Server]()
    folder.mkdir()
    (folder / "w.duck.yaml").write_text(WAITING)
    team.write(w=WAITING)

    def start(*arguments: str) -> Server:
        started.append(Server(folder, "--durable", team.url, *arguments))
        return started[-1]

    yield start
    for server in started:
        server.end()


def is_waiting(found: Any) -> bool:
    return any(step["status"] == "running" and step.get("awaits") for step in found["steps"])


def wait_for_run(web: Server, id_: str) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if any(run["id"] == id_ for run in web.get("/api/executions")):
            return
        time.sleep(0.05)
    raise AssertionError(web.get("/api/durable"))


def test_run_answer_and_a_worker_that_dies_meanwhile(team: Team, serve: Callable[..., Server]) -> None:
    web = serve()
    team.hire()
    team.hire()
    id_ = web.run("w.duck.yaml")
    found = web.wait_until(id_, is_waiting)
    assert found["execution"]["filePath"] == "w.duck.yaml"
    team.kill(holder_of(team, id_))
    # The other worker goes on with it: the trace begins anew, with what was done marked as reused.
    web.wait_until(id_, lambda found: is_waiting(found) and found["steps"][0].get("reused"))
    web.post(f"/api/executions/{id_}/answer", {"payload": {}})
    found = web.wait_for_state(id_, "success")
    assert found["execution"]["output"] == "two"
    assert [step["status"] for step in found["steps"]] == ["success"] * 4
    assert team.log() == ["a", "b"]
    assert team.result(id_).strip() == "two"


def test_a_run_of_others_is_shown_and_cancelled(team: Team, serve: Callable[..., Server]) -> None:
    web = serve()
    team.hire()
    team.submit("r")
    wait_for_run(web, "r")
    web.wait_until("r", is_waiting)
    web.post("/api/executions/r/cancel", status=202)
    found = web.wait_for_state("r", "cancelled")
    assert [step.get("error") for step in found["steps"]] == [None, None, "cancelled"]
    assert team.find("r").state == "cancelled"


def test_without_a_worker_the_page_says_so(team: Team, serve: Callable[..., Server]) -> None:
    web = serve()
    refused = web.post("/api/execute", {"filePath": "w.duck.yaml"}, 400)
    assert "no worker takes the run" in refused["error"]
    assert web.get("/api/durable")["waiting"] == 1


def test_a_store_that_is_away_for_a_while(team: Team, server: Postgres, serve: Callable[..., Server]) -> None:
    web = serve()
    team.hire()
    id_ = web.run("w.duck.yaml")
    web.wait_until(id_, is_waiting)
    server.stop("immediate")
    try:
        web.wait_until(id_, lambda _: web.get("/api/durable")["problem"])
        assert web.get(f"/api/executions/{id_}")["execution"]["state"] == "running"
    finally:
        server.start()
    web.wait_until(id_, lambda _: not web.get("/api/durable")["problem"])
    web.wait_until(id_, is_waiting)
    web.post(f"/api/executions/{id_}/answer", {"payload": {}})
    web.wait_for_state(id_, "success")
