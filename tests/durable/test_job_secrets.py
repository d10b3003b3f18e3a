"""A worker masks the secrets of the run whose job it performs, and is not told them but in the job itself."""

from __future__ import annotations

import http.server
import os
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from duckflux.durable import job_hosts
from duckflux.durable.execution import Worker
from duckflux.durable.job_secrets import places_in, secrets_at
from duckflux.durable.records import JobRequest, JobResult, from_raw, raw
from duckflux.runtime.participants.exec import CommandDone, CommandJob
from duckflux.runtime.participants.http import RequestDone, RequestJob
from duckflux.runtime.participants.job import Job, Problem
from duckflux.runtime.secrets import Secrets

SECRET = "correct-horse-battery"
PARTS = [SECRET[:6], SECRET[-6:], SECRET[8:14]]


@pytest.fixture
def secrets() -> Secrets:
    """Those of the run: the worker's own environment has none of them."""
    found = Secrets()
    found.learn(SECRET)
    return found


@pytest_asyncio.fixture
async def worker(tmp_path: Path) -> AsyncIterator[Worker]:
    worker = Worker("w", str(tmp_path), {"PATH": os.environ["PATH"]}, print)
    yield worker
    await worker.close()


async def ignore(text: str) -> None:
    """Send nothing."""


async def perform(worker: Worker, type_: str, job: Job, secrets: Secrets) -> JobResult:
    request = JobRequest("r", type_, raw(job), worker.root, True, places_in(job, secrets))
    return JobResult.decode(await worker.perform(request.encode(), ignore))


def problem_of(result: JobResult, done: type[CommandDone] | type[RequestDone]) -> Problem:
    problem = from_raw(result.done, done).problem
    assert problem is not None
    return problem


def test_secrets_are_found_where_they_are(secrets: Secrets) -> None:
    job = CommandJob(f"echo {SECRET}", "/", {"T": f"x{SECRET}"}, stdin=f"in: {SECRET}".encode())
    places = places_in(job, secrets)
    assert len(places) == 3
    assert secrets_at(places, msgspec.json.decode(raw(job), type=CommandJob)) == {SECRET}
    assert SECRET not in repr(places)


def test_a_job_without_secrets_has_no_places(secrets: Secrets) -> None:
    assert places_in(CommandJob("true", "/", {}), secrets) == ()
    assert places_in(CommandJob(SECRET, "/", {}), Secrets()) == ()


@pytest.mark.asyncio
@pytest.mark.parametrize("how", ["variable", "command", "stdin"])
async def test_what_a_job_writes_is_masked(worker: Worker, secrets: Secrets, how: str) -> None:
    job = {
        "variable": CommandJob('echo "$T"', "/", {"T": SECRET}),
        "command": CommandJob(f"echo {SECRET}", "/", {}),
        "stdin": CommandJob("cat", "/", {}, stdin=f"{SECRET}\n".encode()),
    }[how]
    result = await perform(worker, "exec", job, secrets)
    assert result.written is not None
    assert result.written.texts == (("stdout", "***\n"),)


# Where text is cut: what a command's stderr is kept of, and what a message quotes of it.
@pytest.mark.asyncio
@pytest.mark.parametrize("border", [2_000, 16 * 1024, 64 * 1024, 1024 * 1024])
async def test_no_cut_leaves_a_part_of_a_secret(worker: Worker, secrets: Secrets, border: int) -> None:
    script = (
        'for shift in $(seq 0 3 24); do head -c $((BORDER - shift)) /dev/zero | tr "\\0" .; '
        'printf "%s\\n" "$T"; done >&2; head -c $((BORDER - 11)) /dev/zero | tr "\\0" . >&2; exit 1'
    )
    job = CommandJob(script, "/", {"T": SECRET, "BORDER": str(border)})
    problem = problem_of(await perform(worker, "exec", job, secrets), CommandDone)
    assert problem.stderr
    for part in PARTS:
        assert part not in problem.message
        assert part not in problem.stderr


@pytest.fixture
def url() -> Iterator[str]:
    """A server that refuses with the token it was given, after as many characters as the path says."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            token = self.headers["Authorization"].rpartition(" ")[2]
            body = ("." * int(self.path[1:]) + token).encode()
            self.send_response(401)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.asyncio
async def test_no_cut_of_a_response_leaves_a_part_of_a_secret(
    worker: Worker, secrets: Secrets, url: str
) -> None:
    for length in range(1_975, 2_002):
        job = RequestJob("GET", f"{url}/{length}", {"Authorization": f"Bearer {SECRET}"})
        message = problem_of(await perform(worker, "http", job, secrets), RequestDone).message
        for part in PARTS:
            assert part not in message


@pytest.mark.asyncio
async def test_a_worker_forgets_secrets_once_it_knows_too_many(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_hosts, "_MAX_LEARNED", 3)
    for number in range(20):
        secrets = Secrets()
        secrets.learn(secret := f"token-{number:03}-of-one-run")
        result = await perform(worker, "exec", CommandJob('echo "$T"', "/", {"T": secret}), secrets)
        assert result.written is not None
        assert result.written.texts == (("stdout", "***\n"),)
        assert len(worker._hosts._host.learned) <= 4
        assert not worker._hosts._earlier
