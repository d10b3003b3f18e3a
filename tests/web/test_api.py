"""The API as its clients use it: what the reference's has, and more (docs/server.md)."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Server, is_alive


def test_workflows_with_their_last_runs_and_statistics(server: Server) -> None:
    id_ = server.run("greet.duck.yaml", who="Eve")
    server.wait_for_state(id_, "success")
    found = {workflow["filePath"]: workflow for workflow in server.get("/api/workflows")}
    assert [*found] == [
        "broken.duck.yaml", "failing.duck.yaml", "greet.duck.yaml", "slow.duck.yaml", "sub/approve.duck.yaml"
    ]  # fmt: skip
    greet = found["greet.duck.yaml"]
    assert (greet["id"], greet["name"], greet["errors"]) == ("greet", "Greeting", [])
    assert greet["inputs"]["times"] == {
        "type": "integer", "default": 2, "minimum": 1, "maximum": 5, "x-required": False
    }  # fmt: skip
    assert [run["id"] for run in greet["lastRuns"]] == [id_]
    assert greet["statistics"]["statuses"] == {"success": 1}
    assert greet["statistics"]["medianDuration"] == greet["lastRuns"][0]["duration"]
    assert found["broken.duck.yaml"]["errors"] == ["broken.duck.yaml:1: exec needs `run` [DF202]"]
    assert found["sub/approve.duck.yaml"]["id"] == "sub/approve.duck.yaml"


@pytest.mark.parametrize("name", ["greet", "greet.duck.yaml"])
def test_a_workflow_by_id_or_path_with_its_text_and_results(server: Server, name: str) -> None:
    id_ = server.run(name, who="Eve")
    server.wait_for_state(id_, "success")
    found = server.get(f"/api/workflows/{name}")
    assert found["executionId"] == id_ and found["isSameText"] is True
    texts = ["".join(text for text, _ in line["pieces"]) for line in found["lines"]]
    assert texts == (server.folder / "greet.duck.yaml").read_text().split("\n")
    assert found["lines"][1]["pieces"] == [["# Greets.", "comment"]]
    labels = {text.strip()[:12]: line.get("label") for text, line in zip(texts, found["lines"], strict=True)}
    assert labels["- {as: again"].startswith("✓ ×2")
    assert labels["flow:"] is None
    assert "data-step" in found["diagram"]["svg"] and "style" not in found["diagram"]["svg"]
    assert found["diagram"]["results"]["/flow/0"]["status"] == "success"
    assert server.get(f"/api/executions/{id_}/diagram") == found["diagram"]


def test_runs_are_started_shown_and_filtered(server: Server) -> None:
    started = server.post("/api/execute", {"filePath": "greet.duck.yaml", "inputs": {"who": "Eve"}}, 202)
    first = started["executionId"]
    assert started == {"executionId": first, "id": first, "status": "running"}
    found = server.wait_for_state(first, "success")
    assert found["execution"] | {"startedAt": "", "finishedAt": "", "duration": 0} == {
        "id": first, "workflowId": "greet", "workflowName": "Greeting", "workflowVersion": None,
        "filePath": "greet.duck.yaml", "startedAt": "", "finishedAt": "", "duration": 0, "status": "success",
        "state": "success", "error": None, "resumedFrom": None, "inputs": {"who": "Eve", "times": 2},
        "output": "hello Eve",
    }  # fmt: skip
    assert [step["name"] for step in found["steps"]] == ["hello", "loop", "again", "again"]
    second = server.run("failing.duck.yaml")
    server.wait_for_state(second, "failure")

    def ids(**query: str) -> list[str]:
        return [run["id"] for run in server.get("/api/executions", **query)]

    assert ids() == [second, first]
    assert ids(workflowId="greet") == ids(workflowId="greet.duck.yaml") == [first]
    assert ids(workflowId="failing.duck.yaml") == [second]
    assert ids(status="failure,running") == [second]
    assert ids(text="greeting") == [first]
    assert ids(since=found["execution"]["finishedAt"]) == [second]
    assert ids(limit="1", offset="1") == [first]
    assert server.client.get("/api/executions?limit=1").headers["X-Total-Count"] == "2"
    assert server.get("/api/statistics")["statuses"] == {"failure": 1, "success": 1}


@pytest.mark.parametrize("form", ["json", "txt", "sqlite"])
def test_traces_of_all_formats(server: Server, form: str) -> None:
    run = ["run", "--quiet", "--trace-dir", ".duckflux/traces", "--trace-format", form, "failing.duck.yaml"]
    subprocess.run([sys.executable, "-m", "duckflux", *run], cwd=server.folder, stderr=subprocess.DEVNULL)
    (found,) = server.get("/api/executions")
    steps = server.get(f"/api/executions/{found['id']}")["steps"]
    assert [(step["name"], step["status"]) for step in steps] == [("first", "success"), ("second", "failure")]
    assert f'"{found["id"]}"' in server.client.get(f"/runs/{found['id']}").text


@pytest.mark.parametrize(
    ("body", "status", "problems"),
    [
        ({"filePath": "greet", "inputs": {"who": "E", "times": 9}}, 400,
         ["input 'who' must have at least 2 characters", "input 'times' must be at most 5"]),
        ({"filePath": "greet", "inputs": []}, 400, ["`inputs` must be an object with a value for each name"]),
        ({"filePath": "broken.duck.yaml"}, 400, ["broken.duck.yaml:1: exec needs `run` [DF202]"]),
        ({"filePath": "missing.duck.yaml"}, 404,
         ["there is no workflow missing.duck.yaml in the folder of this server"]),
        ({}, 400, ["`filePath` must be the path of a workflow in the folder of this server"]),
        ([], 400, ["the body must be a JSON object"]),
    ],
)  # fmt: skip
def test_what_cannot_run_is_told(server: Server, body: object, status: int, problems: list[str]) -> None:
    answer = server.post("/api/execute", body, status)
    assert answer["problems"] == problems
    assert server.get("/api/executions") == []


def test_a_body_that_is_no_json(server: Server) -> None:
    json_type = {"Content-Type": "application/json"}
    answer = server.client.post("/api/execute", content=b"{", headers=json_type)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("the body is not JSON: 1:")
    assert server.client.post("/api/execute", content=b"{}").status_code == 415


def test_a_wait_is_answered(server: Server) -> None:
    id_ = server.run("sub/approve.duck.yaml")
    server.wait_until(id_, lambda found: len(found["steps"]) == 2)
    form = server.get(f"/api/executions/{id_}/answer")
    assert (form["event"], form["match"]) == ("approved", 'event.by != ""')
    assert form["fields"] == {"by": {"type": "string", "x-required": True}}
    refused = server.post(f"/api/executions/{id_}/answer", {"fields": {"by": ""}}, 409)
    assert "does not accept this" in refused["error"]
    assert "required" in server.post(f"/api/executions/{id_}/answer", {"fields": {}}, 409)["error"]
    server.post(f"/api/executions/{id_}/answer", {"payload": {"by": "eve"}})
    done = server.wait_for_state(id_, "success")
    assert done["steps"][1]["answeredBy"] == "web"
    late = server.post(f"/api/executions/{id_}/answer", {"payload": {"by": "eve"}}, 409)
    assert late["error"] == "this step does not wait for an event any more"


def test_a_run_is_cancelled(server: Server) -> None:
    id_ = server.run("slow.duck.yaml")
    server.wait_until(id_, lambda found: (server.folder / "pid").exists())
    assert server.post(f"/api/executions/{id_}/cancel", None, 202) == {"id": id_}
    found = server.wait_for_state(id_, "cancelled")
    assert found["execution"]["status"] == "failure"
    assert server.post(f"/api/executions/{id_}/cancel", None, 409)["error"] == "this run has ended"


def test_a_failed_run_is_resumed_and_run_again_from_a_step(server: Server) -> None:
    failed = server.run("failing.duck.yaml")
    server.wait_for_state(failed, "failure")
    (server.folder / "fixed").touch()
    resumed = server.post(f"/api/executions/{failed}/resume", None, 202)["id"]
    found = server.wait_for_state(resumed, "success")
    assert found["execution"]["resumedFrom"] == failed
    assert [step.get("reused", False) for step in found["steps"]] == [True, False]
    again = server.post(f"/api/executions/{resumed}/resume", {"from": 1}, 202)["id"]
    found = server.wait_for_state(again, "success")
    assert [step.get("reused", False) for step in found["steps"]] == [False, False]
    assert "number" in server.post(f"/api/executions/{resumed}/resume", {"from": 7}, 400)["error"]


def test_runs_are_compared(server: Server) -> None:
    before, after = (server.run("failing.duck.yaml") for _ in range(2))
    for id_ in (before, after):
        server.wait_for_state(id_, "failure")
    found = server.get(f"/api/executions/{after}/compare", **{"with": before})
    assert (found["before"]["id"], found["after"]["id"]) == (before, after)
    assert [step["name"] for step in found["steps"]] == ["first", "second"]
    assert found["steps"][1]["before"]["status"] == "failure"


def test_downloads(server: Server) -> None:
    id_ = server.run("greet", who="Eve")
    server.wait_for_state(id_, "success")
    download = f"/api/executions/{id_}/download"
    answer = server.client.get(download)
    assert answer.json()["execution"]["id"] == id_
    assert answer.headers["content-disposition"] == f'attachment; filename="{id_}.json"'
    assert server.client.get(download, params={"format": "html"}).text.startswith("<!doctype html>")
    assert server.client.get(download, params={"format": "markdown"}).text.startswith("### ✓ Greeting")
    assert server.client.get(download, params={"format": "exe"}).status_code == 400


def test_news_of_a_run(server: Server) -> None:
    id_ = server.run("sub/approve.duck.yaml")
    server.wait_until(id_, lambda found: len(found["steps"]) == 2)
    first = server.post(f"/api/executions/{id_}/news")
    assert [step["name"] for step in first["steps"]] == ["build", "wait"]
    again = server.post(f"/api/executions/{id_}/news", first["known"])
    assert again["steps"] == [] and again["state"] == "running"
    server.post(f"/api/executions/{id_}/answer", {"payload": {"by": "eve"}})
    server.wait_for_state(id_, "success")
    last = server.post(f"/api/executions/{id_}/news", again["known"])
    assert [step["name"] for step in last["steps"]] == ["wait", "publish"]
    assert (last["state"], last["known"]) == ("success", None)


def test_a_server_that_only_shows(serve: Callable[..., Server]) -> None:
    server = serve("--no-run")
    for path in (
        "/api/execute",
        "/api/executions/x/cancel",
        "/api/executions/x/answer",
        "/api/executions/x/resume",
    ):
        assert "--no-run" in server.post(path, None, 403)["error"]
    assert len(server.get("/api/workflows")) == 5


def test_what_does_not_exist(server: Server) -> None:
    for path in ("/api/executions/nothing", "/api/workflows/nothing", "/runs/nothing", "/assets/../app.py"):
        assert server.client.get(path).status_code == 404
    assert server.client.get("/api/executions?limit=-1").status_code == 400


def test_the_description_names_every_route(server: Server) -> None:
    from duckflux.web.api import Api

    described = server.get("/api/openapi.json")
    assert described["openapi"].startswith("3.1")
    routes = {
        (re.sub(r":path}", "}", route.path), method.lower())
        for route in Api(None, None, None, can_run=True).routes()  # type: ignore[arg-type]
        for method in route.methods or ()
        if method != "HEAD"
    }
    assert {(path, method) for path, methods in described["paths"].items() for method in methods} == routes


def test_runs_end_with_the_server(server: Server) -> None:
    id_ = server.run("slow.duck.yaml")
    server.wait_until(id_, lambda found: (server.folder / "pid").exists())
    pid = int((server.folder / "pid").read_text())
    assert server.end() == (143, "")
    assert not is_alive(pid)
    trace = json.loads((server.folder / ".duckflux" / "traces" / f"{id_}.json").read_text())
    assert trace["execution"]["error"] == "cancelled"


def test_runs_end_with_a_server_that_is_killed(server: Server) -> None:
    id_ = server.run("slow.duck.yaml")
    server.wait_until(id_, lambda found: (server.folder / "pid").exists())
    pid = int((server.folder / "pid").read_text())
    server.end(signal.SIGKILL)
    for _ in range(200):
        if not is_alive(pid):
            return
        time.sleep(0.05)
    raise AssertionError("the step goes on")


def test_detached_runs_go_on_and_are_found_again(serve: Callable[..., Server]) -> None:
    server = serve("--detach-runs")
    id_ = server.run("slow.duck.yaml")
    server.wait_until(id_, lambda found: (server.folder / "pid").exists())
    pid = int((server.folder / "pid").read_text())
    assert server.end() == (143, "")
    assert is_alive(pid)
    again = serve("--detach-runs")
    assert again.get("/api/executions", status="running")[0]["id"] == id_
    again.post(f"/api/executions/{id_}/cancel", None, 202)
    again.wait_for_state(id_, "cancelled")
    assert not is_alive(pid)


def test_a_killed_run_is_interrupted(server: Server) -> None:
    id_ = server.run("slow.duck.yaml")
    server.wait_until(id_, lambda found: (server.folder / "pid").exists())
    step = int((server.folder / "pid").read_text())
    parent = int(re.findall(r"PPid:\t(\d+)", Path(f"/proc/{step}/status").read_text())[0])
    os.kill(parent, signal.SIGKILL)
    server.wait_for_state(id_, "interrupted")
    assert server.get("/api/executions", status="interrupted")[0]["id"] == id_


def test_it_starts_within_a_second(server: Server) -> None:
    print(f"started in {server.seconds_to_start:.2f} s")
    # The goal is 1 s on a machine with nothing else to do.
    assert server.seconds_to_start < 5
