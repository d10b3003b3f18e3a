"""Who is let in: the token's holders, from the server's own pages, to the workflows of its folder alone."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from .conftest import Server

pytestmark = pytest.mark.promise("the server lets in who has its token")

EXECUTE = {"filePath": "greet.duck.yaml", "inputs": {"who": "Eve"}}


def answer(server: Server, path: str = "/api/workflows", **options: Any) -> httpx2.Response:
    """The answer to a request without the token."""
    return httpx2.request(options.pop("method", "GET"), server.url + path, **options)


def cookie(server: Server) -> dict[str, str]:
    found = answer(server, f"/?token={server.token}").headers["set-cookie"].partition(";")[0]
    return {"Cookie": found}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer"},
        {"Cookie": "duckflux_1=wrong"},
        {"Authorization": "Basic {token}"},
        {"Cookie": "duckflux_{port}={token}"},
    ],
)
@pytest.mark.parametrize(
    "path", ["/", "/api/workflows", "/api/events", "/runs/x", "/assets/x", "/?token=wrong"]
)
def test_nobody_is_let_in_without_the_token(one_server: Server, path: str, headers: dict[str, str]) -> None:
    server = one_server
    port = server.url.rpartition(":")[2]
    filled = {name: value.format(token=server.token, port=port) for name, value in headers.items()}
    refused = answer(server, path, headers=filled)
    assert refused.status_code == 401
    assert "duckflux server" in refused.text
    assert server.token not in refused.text and "set-cookie" not in refused.headers


def test_the_token_becomes_a_cookie_and_leaves_the_address(one_server: Server) -> None:
    first = answer(one_server, f"/runs?x=1&token={one_server.token}")
    assert (first.status_code, first.headers["location"]) == (303, "/runs?x=1")
    assert "; HttpOnly;" in first.headers["set-cookie"] and "SameSite=lax" in first.headers["set-cookie"]
    assert one_server.token not in first.headers["set-cookie"]
    assert answer(one_server, headers=cookie(one_server)).status_code == 200


def test_the_redirect_stays_on_the_server(one_server: Server) -> None:
    first = answer(one_server, f"//evil.example/x?token={one_server.token}")
    assert first.headers["location"] == "/evil.example/x"


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:3000"},
        {"Host": "localhost.evil.example"},
        {"Host": "10.0.0.7"},
        {"Host": ""},
        {"Host": "127.0.0.1@evil.example"},
        {"Host": "[::1"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "https://localhost"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"},
    ],
)
def test_pages_from_elsewhere_get_nothing_even_with_the_cookie(
    one_server: Server, headers: dict[str, str]
) -> None:
    headers = {**cookie(one_server), **headers}
    assert answer(one_server, headers=headers).status_code in (400, 403)
    posted = answer(one_server, "/api/execute", method="POST", json=EXECUTE, headers=headers)
    assert posted.status_code in (400, 403)
    assert "access-control-allow-origin" not in posted.headers
    assert one_server.get("/api/executions") == []


def test_the_own_page_may_run_and_a_form_from_anywhere_may_not(one_server: Server) -> None:
    known = cookie(one_server)
    own = {**known, "Origin": one_server.url}
    unnamed = answer(one_server, "/api/execute", method="POST", json=EXECUTE, headers=known)
    assert unnamed.status_code == 403
    as_form = {**own, "Content-Type": "text/plain"}
    assert (
        answer(one_server, "/api/execute", method="POST", content=b"{}", headers=as_form).status_code == 415
    )
    bad = {"filePath": "missing.duck.yaml"}
    assert answer(one_server, "/api/execute", method="POST", json=bad, headers=own).status_code == 404
    link = {**known, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert answer(one_server, "/", headers=link).status_code == 200


def test_a_preflight_is_not_answered(one_server: Server) -> None:
    asked = answer(
        one_server,
        "/api/execute",
        method="OPTIONS",
        headers={"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"},
    )
    assert asked.status_code == 403
    assert not [name for name in asked.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", ["/", "/runs", "/assets/none", "/api/workflows", "/api/none"])
def test_every_answer_is_kept_to_itself(one_server: Server, path: str) -> None:
    headers = one_server.client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src 'self'" in policy and "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"


@pytest.fixture
def tricky(folder: Path) -> Path:
    """The folder, with a workflow beside it, and links to that."""
    outside = folder.parent / "outside"
    outside.mkdir()
    (outside / "evil.duck.yaml").write_text("id: evil\nflow: [{type: exec, run: touch hacked}]")
    (folder / "link.duck.yaml").symlink_to(outside / "evil.duck.yaml")
    (folder / "linked").symlink_to(outside)
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "h.duck.yaml").write_text("flow: [{type: exec, run: touch hacked}]")
    (folder / "notes.txt").write_text("flow: [{type: exec, run: touch hacked}]")
    os.mkfifo(folder / "pipe.duck.yaml")
    return folder


PATHS = (
    *(
        "../outside/evil.duck.yaml",
        "sub/../../outside/evil.duck.yaml",
        "link.duck.yaml",
        "linked/evil.duck.yaml",
    ),
    *(
        ".hidden/h.duck.yaml",
        "notes.txt",
        "pipe.duck.yaml",
        "/etc/passwd",
        "evil",
        "",
        ".",
        "..",
        "\0",
        "a" * 5000,
    ),
    "..%2foutside%2fevil.duck.yaml",
    "{outside}/evil.duck.yaml",
)


def test_only_workflows_of_the_folder_are_run_and_shown(tricky: Path, serve: Callable[..., Server]) -> None:
    server = serve()
    listed = [workflow["filePath"] for workflow in server.get("/api/workflows")]
    assert "link.duck.yaml" not in listed and len(listed) == 5
    for path in PATHS:
        name = path.format(outside=tricky.parent / "outside") if path.startswith("{") else path
        refused = server.client.post("/api/execute", json={"filePath": name})
        assert refused.status_code in (400, 404), name
        if name and "\0" not in name:
            shown = server.client.get("/api/workflows/" + httpx2.QueryParams({"x": name})["x"].lstrip("/"))
            assert shown.status_code in (307, 404) or "evil" not in shown.text, name
    assert server.get("/api/executions") == []
    assert not [*tricky.parent.rglob("hacked")]


def test_a_run_of_a_workflow_from_elsewhere_is_shown_but_not_resumed(
    folder: Path, serve: Callable[..., Server]
) -> None:
    other = folder.parent / "other.duck.yaml"
    other.write_text("flow: [{as: bad, type: exec, run: exit 3}]")
    run = [sys.executable, "-m", "duckflux", "run", "--quiet", "--trace-dir", ".duckflux/traces", str(other)]
    subprocess.run(run, cwd=folder, stderr=subprocess.DEVNULL)
    server = serve()
    (found,) = server.get("/api/executions")
    assert (found["state"], found["filePath"]) == ("failure", None)
    refused = server.post(f"/api/executions/{found['id']}/resume", None, 409)
    assert refused["error"] == "the workflow of this run is not in the folder of this server"


def refused_start(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "duckflux", "server", "--port", "0", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout) == (1, "")
    return done.stderr


def test_what_it_does_not_start_with(folder: Path, server: Server) -> None:
    short = folder / "short"
    short.write_text("secret")
    port = server.url.rpartition(":")[2]
    for arguments, message in (
        (
            ("--host", "0.0.0.0"),
            "--host 0.0.0.0: who connects can run programs as you: give --token-file FILE",
        ),
        (("--token-file", "missing"), "--token-file missing: No such file or directory"),
        (("--token-file", "short"), "--token-file short: the token needs at least 16 characters"),
        (("--workflow-dir", "missing"), "--workflow-dir missing is not a folder"),
        (("--trace-dir", "short/x"), "the folder for traces"),
        (("--port", port), f"127.0.0.1:{port} can't be listened on: Address already in use; --port 0 takes"),
        (("--port", "70000"), "'70000' is not a port: give a number from 0 to 65535"),
        (("--host", "no.such.host.invalid"), "--host no.such.host.invalid: "),
    ):
        said = refused_start(folder, *arguments)
        assert message in said and "Traceback" not in said


def test_other_hosts_with_a_token_file_and_names(folder: Path, serve: Callable[..., Server]) -> None:
    (folder / "token").write_text("a token that is long enough\n")
    server = serve("--host", "0.0.0.0", "--token-file", "token", "--allow-host", "Ducks.example")
    assert server.address.endswith("/?token=a%20token%20that%20is%20long%20enough")
    server.client.headers["Authorization"] = "Bearer a token that is long enough"
    for host, status in (("ducks.example", 200), ("10.0.0.7:3000", 200), ("evil.example", 403)):
        assert server.client.get("/api/workflows", headers={"Host": host}).status_code == status
    _, said = server.end()
    assert "is not encrypted" in said


def test_without_its_libraries(folder: Path) -> None:
    hidden = (
        "import sys; sys.modules['starlette'] = None; "
        "from duckflux.cli.main import main; sys.exit(main(['server']))"
    )
    done = subprocess.run([sys.executable, "-c", hidden], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 1
    assert "pip install 'duckflux-ls[server]'" in done.stderr


def test_secrets_stay_masked(
    folder: Path, serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEPLOY_TOKEN", "hunter2hunter2")
    (folder / "leak.duck.yaml").write_text(
        "inputs: {key: {format: password}}\n"
        "flow: [{type: exec, input: {key: workflow.inputs.key}, run: 'echo $DEPLOY_TOKEN $key; exit 3'}]"
    )
    server = serve()
    id_ = server.run("leak.duck.yaml", key="swordfish99")
    server.wait_for_state(id_, "failure")
    for path in (
        f"/runs/{id_}",
        f"/api/executions/{id_}",
        "/api/executions",
        f"/api/executions/{id_}/download",
    ):
        shown = server.client.get(path).text
        assert "hunter2" not in shown and "swordfish" not in shown


def test_the_browser_gets_the_token_in_a_private_file(
    folder: Path, serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = folder / "browser"
    browser.write_text(
        f'#!/bin/sh\nprintf "%s" "$1" >{folder}/seen.part\nmv {folder}/seen.part {folder}/seen\n'
    )
    browser.chmod(0o700)
    monkeypatch.setenv("BROWSER", f"{browser} %s")
    server = serve("--open")
    for _ in range(200):
        if (folder / "seen").exists():
            break
        time.sleep(0.05)
    address = (folder / "seen").read_text()
    assert address.startswith("file:///") and server.token not in address
    page = Path(address.removeprefix("file://"))
    assert server.address in page.read_text()
    assert page.parent.stat().st_mode & 0o077 == 0
    server.end()
    assert not page.exists()
