"""No secret is in anything that a run prints, sends or writes: each output is searched for all its forms."""

from __future__ import annotations

import base64
import html
import json
import os
import pty
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from textwrap import dedent
from urllib.parse import quote, quote_plus

import pytest
from duckflux.runtime.secrets import MASK, MaskingStream, Secrets

from .conftest import FULL

pytestmark = pytest.mark.promise("secrets are masked")

TOKEN = "canary-7Fq2Lx9Wv4"
PASSWORD = 'kanarie <b>"qu\'ote"</b> & 9é/+ 55'
KEY = "-----BEGIN\nMIIcanaryLineOne0123456789abcdefghijk\nlmnopQRSTUVsecondLineOfKey98765\n-----END"
PIN = 7391846205
ITEMS = ["kanarinblau-1", "kanaringelb-2"]
URL_PASSWORD = "vogelfrei77"
ENVIRONMENT = {
    "API_TOKEN": TOKEN,
    "DB_PASSWORD": PASSWORD,
    "DEPLOY_KEY": KEY,
    "DATABASE_URL": f"postgres://user:{URL_PASSWORD}@host/db",
}
INPUTS = {"pin": PIN, "words": ITEMS}


def forms(secret: str) -> list[str]:
    """A secret as other programs write it, made with the standard library."""
    data = secret.encode()
    found = [
        secret,
        json.dumps(secret),
        json.dumps(secret, ensure_ascii=False),
        quote(secret),
        quote(secret, ""),
    ]
    found += [
        quote_plus(secret),
        html.escape(secret),
        html.escape(secret, quote=False),
        json.dumps(json.dumps(secret)),
    ]
    found += [base64.b64encode(b"x" * before + data + b"yz").decode() for before in range(3)]
    return [*found, base64.urlsafe_b64encode(data).decode(), base64.encodebytes(data).decode()]


def needles(secret: str) -> set[str]:
    """What must not be found: also a long part of a secret tells too much."""
    found = (
        {secret[at : at + 9] for at in range(len(secret) - 8)}
        if "\n" not in secret
        else {*secret.split("\n")}
    )
    for form in forms(secret)[1:9]:
        found.add(form.strip('"\\'))
    found |= {*base64.encodebytes(secret.encode()).decode().split("\n")[:-2]}
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + secret.encode()).decode()
        found.add(whole[-(-before * 8 // 6) + 1 : -4])
    return {needle for needle in found if len(needle) >= 6 and not needle.startswith("-----")}


ALL = [TOKEN, PASSWORD, KEY, str(PIN), *ITEMS, URL_PASSWORD]
NEEDLES = {needle.encode(): secret for secret in ALL for needle in needles(secret)}


def assert_masked(data: bytes | str, where: str) -> None:
    data = data.encode() if isinstance(data, str) else data
    found = {needle: secret for needle, secret in NEEDLES.items() if needle in data}
    assert not found, f"{where} has {found}"
    assert b"Traceback" not in data, where


class _Hostile(BaseHTTPRequestHandler):
    """Answers with the secrets, in an error; `/away` is redirected to another port."""

    def do_GET(self) -> None:
        self.server.headers.append(dict(self.headers))  # type: ignore[attr-defined]
        away = self.path.startswith("/away")
        self.send_response(307 if away else 500)
        if away:
            self.send_header("Location", f"http://localhost:{self.path.rpartition('/')[2]}/x")
        body = b"" if away else b"x " * 985 + "\n".join(map("\n".join, map(forms, ALL))).encode()
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture(scope="module")
def servers() -> Iterator[list[ThreadingHTTPServer]]:
    found = [ThreadingHTTPServer(("127.0.0.1", 0), _Hostile) for _ in range(2)]
    for server in found:
        server.headers = []  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield found
    for server in found:
        server.shutdown()
        server.server_close()


WORKFLOW = """
id: leaks
defaults: {cwd: .}
inputs:
  pin: {type: integer, format: password}
  words: {type: array, items: {type: string, format: password}}
flow:
  - {as: given, type: exec, input: {p: workflow.inputs.pin, w: workflow.inputs.words}, run: 'echo "$p $w"; env'}
  - {as: all, type: exec, run: cat forms.txt; cat forms.txt >&2}
  - {as: json, type: exec, run: cat forms.json}
  - as: slowly
    type: exec
    run: 'for c in c a n a r y - 7 F q 2 L x 9 W v 4; do printf %s "$c"; done; echo; printf %s "$DEPLOY_KEY"'
  - {as: chunks, type: exec, run: cat chunks.txt}
  - {as: tail, type: exec, run: cat tail.txt >&2; exit 1, onError: skip}
  - {as: retried, type: exec, run: cat forms.txt >&2; exit 3, onError: retry, retry: {max: 1, backoff: 10ms}}
"""
ENDINGS = {
    "retried": "",
    "http": """
  - as: http
    type: http
    url: "'%s/?key=' + env.API_TOKEN"
    headers: {Authorization: "'Bearer ' + env.API_TOKEN"}
""",
    "refused": """
  - as: refused
    type: http
    url: "'http://user:vogelfrei77@127.0.0.1:1/' + env.API_TOKEN"
""",
    "mcp": """
  - {as: mcp, type: mcp, server: leaking, tool: x}
""",
    "thrown": """
  - set: {x: timestamp(env.API_TOKEN)}
""",
}


SAID = {
    "retried": "exit code 3",
    "http": "status 500",
    "refused": "GET http://user:***@127.0.0.1:1/***",
    "mcp": "MCP server 'leaking'",
    "thrown": "✗ failure",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, servers: list[ThreadingHTTPServer]) -> Path:
    folder = tmp_path_factory.mktemp("canaries")
    everything = [form for secret in ALL for form in forms(secret)]
    (folder / "forms.txt").write_text("\n".join(everything))
    known = (form for secret in (TOKEN, PASSWORD, KEY) for form in forms(secret))
    (folder / "known.txt").write_text("\n".join(known))
    (folder / "forms.json").write_text(json.dumps({"a": everything, PASSWORD: {"n": PIN}}))
    # Borders: of what is passed on at once, 8 KiB, and of what is kept of stderr, 64 and 80 KiB.
    borders = (8 * 1024, 64 * 1024, 80 * 1024)
    texts = [f"{'w ' * (border // 2 - at)}{PASSWORD} {TOKEN}" for border in borders for at in (2, 5, 9)]
    (folder / "chunks.txt").write_text("\n".join(texts))
    (folder / "tail.txt").write_text("x" * 9 + f"{TOKEN}{PASSWORD}" * 3000)
    leaking = {"command": "sh", "args": ["-c", "cat known.txt >&2; exit 1"]}
    (folder / ".mcp.json").write_text(json.dumps({"mcpServers": {"leaking": leaking}}))
    (folder / "inputs.json").write_text(json.dumps(INPUTS))
    url = f"http://127.0.0.1:{servers[0].server_port}"
    for name, ending in ENDINGS.items():
        flow = (
            WORKFLOW
            if name == "retried"
            else WORKFLOW.replace("onError: retry, retry", "onError: skip, retry")
        )
        (folder / f"{name}.duck.yaml").write_text(flow + (ending % url if "%s" in ending else ending) + "\n")
    (folder / "retried.ducktest.yaml").write_text(
        dedent("""
        workflow: retried.duck.yaml
        tests:
          - name: leaks
            inputs: {pin: 7391846205, words: [kanarinblau-1, kanaringelb-2]}
            expect:
              output: nothing
              error: no such error
              steps:
                all: {output: x}
                json: {output: {a: 1}}
                given: {output: 1, status: failure, error: nope}
                retried: success
          - name: is refused
            inputs: {pin: kanarinblau-1, words: [kanarinblau-1, 5]}
        """)
    )
    return folder


def run(folder: Path, *command: str, terminal: bool = False, **more: str) -> bytes:
    """All that a command prints; on a terminal as it is drawn."""
    arguments = [sys.executable, "-m", *command]
    environment = os.environ | ENVIRONMENT | {"TERM": "xterm"} | more
    if not terminal:
        done = subprocess.run(
            arguments, cwd=folder, env=environment, capture_output=True, timeout=60, check=False
        )
        return done.stdout + done.stderr
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        arguments, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=follower, stderr=follower
    )
    os.close(follower)
    written = b""
    while piece := _read(leader):
        written += piece
    os.close(leader)
    process.wait()
    return written


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


def assert_files_masked(folder: Path) -> None:
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert files
    for file in files:
        assert_masked(file.read_bytes(), file.name)


def test_the_search_finds_what_is_leaked(folder: Path) -> None:
    for name in ("forms.txt", "chunks.txt", "tail.txt"):
        with pytest.raises(AssertionError, match="has"):
            assert_masked((folder / name).read_bytes(), name)
    lines = (folder / "forms.txt").read_text()
    for secret in ALL:
        for form in forms(secret):
            assert form in lines
            with pytest.raises(AssertionError, match="has"):
                assert_masked(form, secret)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("how", ["json", "txt", "sqlite"] if FULL else ["json"])
def test_a_run(folder: Path, tmp_path: Path, ending: str, how: str) -> None:
    options = ("--input-file", "inputs.json", "--trace-dir", str(tmp_path / "t"), "--trace-format", how)
    events = str(tmp_path / "events")
    printed = run(
        folder, "duckflux", "run", f"{ending}.duck.yaml", *options, "--verbose", "--progress-events", events
    )
    assert_masked(printed, "what is printed")
    assert b"all | ***" in printed
    assert f"{SAID[ending]}".encode() in printed, printed[-300:]
    assert_files_masked(tmp_path)
    assert MASK in (tmp_path / "events").read_text()


@pytest.mark.parametrize("how", ["txt", "sqlite"])
def test_traces(folder: Path, tmp_path: Path, how: str) -> None:
    options = ("--input-file", "inputs.json", "--trace-dir", str(tmp_path), "--trace-format", how)
    assert_masked(run(folder, "duckflux", "run", "retried.duck.yaml", *options), "what is printed")
    assert_files_masked(tmp_path)


def test_a_terminal_and_what_shows_a_trace(folder: Path, tmp_path: Path) -> None:
    run_ = (
        "duckflux",
        "run",
        "retried.duck.yaml",
        "--input-file",
        "inputs.json",
        "--trace-dir",
        str(tmp_path),
    )
    printed = run(folder, *run_, "--verbose", terminal=True)
    assert b"all | ***" in printed
    assert_masked(printed, "the terminal")
    (trace,) = tmp_path.glob("*.json")
    assert_masked(run(folder, *run_, "--resume", str(trace)), "what a continued run prints")
    traces = ("duckflux", "trace")
    shown = ((), ("--tree",), ("--json",)) if FULL else (("--tree",),)
    for options in shown:
        assert_masked(run(folder, *traces, "show", str(trace), *options), f"show {options}")
    assert_masked(run(folder, *traces, "compare", str(trace), str(trace), "--all"), "compare")
    for target in ("chrome", "otlp-json", "html") if FULL else ("html",):
        assert_masked(run(folder, *traces, "export", str(trace), "--to", target), target)
    assert_files_masked(tmp_path)


def test_tests_and_their_report(folder: Path, tmp_path: Path) -> None:
    report = tmp_path / "junit.xml"
    printed = run(folder, "duckflux", "test", "retried.ducktest.yaml", "--junit", str(report))
    assert b"the output of step 'all' differs" in printed
    assert b"is refused" in printed
    assert_masked(printed, "what is printed")
    assert_masked(report.read_bytes(), "the report")


def test_servers(folder: Path) -> None:
    for options in ((), ("--json",)) if FULL else ((),):
        printed = run(folder, "duckflux", "mcp", "list", ".", *options)
        assert b"***" in printed
        assert_masked(printed, "mcp list")


def test_invalid_inputs(folder: Path) -> None:
    wrong = ("--input", f'words=["{ITEMS[0]}", 5]', "--input", f"pin={ITEMS[1]}")
    for command in ("run", "validate"):
        printed = run(folder, "duckflux", command, "retried.duck.yaml", *wrong)
        assert b"input 'pin'" in printed
        assert_masked(printed, command)


LIBRARY = """
import asyncio, duckflux, json, sys
from duckflux import events
def show(event):
    if isinstance(event, events.OutputChunk):
        print(event.text)
    if isinstance(event, events.StepFinished):
        print(event.error, event.stderr, event.attempts)
for name in ("retried", "http", "refused", "mcp", "thrown"):
    inputs = json.load(open("inputs.json"))
    result = duckflux.run_sync(f"{name}.duck.yaml", inputs, listeners=[show], warn=print)
    error = result.error
    print(error, repr(error), error.args, error.message, error.stderr, json.dumps(error.output), repr(result))
    for earlier in error.earlier:
        print(repr(earlier), earlier.stderr, earlier.output)
try:
    duckflux.run_sync("retried.duck.yaml", {"pin": "kanarinblau-1", "words": ["kanaringelb-2", 5]})
except duckflux.InputError as error:
    print("refused", repr(error), error.problems)
"""


def test_the_library(folder: Path) -> None:
    (folder / "program.py").write_text(LIBRARY)
    done = subprocess.run(
        [sys.executable, "program.py"],
        cwd=folder,
        env=os.environ | ENVIRONMENT,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-500:].decode()
    assert b"refused InputError" in done.stdout
    assert b"exit code 3" in done.stdout
    assert_masked(done.stdout + done.stderr, "the library")


def test_keys_stay_at_their_host(tmp_path: Path, servers: list[ThreadingHTTPServer]) -> None:
    first, second = servers
    first.headers.clear()  # type: ignore[attr-defined]
    second.headers.clear()  # type: ignore[attr-defined]
    (tmp_path / "w.duck.yaml").write_text(
        dedent(f"""
        flow:
          - type: http
            url: http://127.0.0.1:{first.server_port}/away/{second.server_port}
            headers:
              X-Api-Key: env.API_TOKEN
              X-Auth: env.API_TOKEN
              Authorization: "'Bearer ' + env.API_TOKEN"
              Cookie: "'a=' + env.API_TOKEN"
              Accept-Language: de
        """)
    )
    run(tmp_path, "duckflux", "run", "w.duck.yaml")
    (sent,) = first.headers  # type: ignore[attr-defined]
    (forwarded,) = second.headers  # type: ignore[attr-defined]
    assert str(sent).count(TOKEN) == 4
    assert TOKEN not in str(forwarded)
    assert forwarded["Accept-Language"] == "de"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_any_division_into_parts(size: int) -> None:
    secrets = Secrets(ENVIRONMENT)
    text = "\n".join(form for secret in (TOKEN, PASSWORD, KEY, URL_PASSWORD) for form in forms(secret))
    text += " see https://me:vogel@host/x, http://a:b@c"
    stream = MaskingStream(secrets)
    parts = [stream.feed(text[at : at + size]) for at in range(0, len(text), size)]
    masked = "".join((*parts, stream.close()))
    assert masked == secrets.mask(text)
    assert_masked(masked, f"parts of {size}")


@pytest.mark.parametrize("seed", range(400 if FULL else 40))
def test_any_cut(seed: int) -> None:
    secrets = Secrets(ENVIRONMENT)
    chance = random.Random(seed)
    whole = " ".join(chance.choice(forms(chance.choice([TOKEN, PASSWORD]))) for _ in range(6))
    cut = chance.randrange(len(whole))
    assert_masked(secrets.mask_beginning(whole[:cut]), f"{seed}: the beginning")
    assert_masked(secrets.mask_end(whole[cut:]), f"{seed}: the end")


def test_thousands_of_secrets_are_found_as_fast_as_one() -> None:
    chance = random.Random(1)
    names = [f"V{number}_TOKEN" for number in range(2000)]
    environment = {name: base64.b64encode(chance.randbytes(24)).decode() for name in names}
    text = ("a line of a log with words, and /paths/to/files\n" * 2000) + environment[names[99]]
    begin = time.process_time()
    secrets = Secrets(environment)
    assert secrets.mask(text).endswith("files\n***")
    for _ in range(1000):
        secrets.mask("another line")
    # It takes 0.1 s; a regular expression with all of them took 42 s.
    assert time.process_time() - begin < 2
