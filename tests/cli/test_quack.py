"""The installed command `quack`: each command and option with the output and exit code of the reference."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from ..runtime.hubs.conftest import Server, needs

QUACK = Path(sys.executable).with_name("quack")
GREET = """\
inputs:
  name: {type: string, required: true}
  count: {type: integer, default: 1}
flow:
  - as: greet
    type: exec
    run: echo "hello" >&2; pwd
output:
  name: workflow.inputs.name
  count: workflow.inputs.count
  cwd: greet.output
"""
FAILS = "flow: [{as: s, type: exec, run: echo out; exit 3}]"


class Done(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def quack(tmp_path: Path):
    """Run `quack` in a folder with `w.yaml`, and wait until it ends."""

    def run(*arguments: str, text: str = GREET, stdin: str = "") -> Done:
        (tmp_path / "w.yaml").write_text(text)
        done = subprocess.run(
            [QUACK, *arguments],
            cwd=tmp_path,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    return run


def test_run_prints_the_output_alone(quack, tmp_path):
    done = quack("run", "w.yaml", "--input", "name=World", "--input", "count=3")
    expected = json.dumps({"name": "World", "count": 3, "cwd": f"{tmp_path}\n"}, indent=2)
    assert done == (0, f"{expected}\n", "")


@pytest.mark.parametrize(
    ("output", "printed"),
    [("output: s.output", "out\n"), ("output: 'null'", ""), ("output: '[1]'", "[\n  1\n]\n")],
)
def test_outputs(quack, output, printed):
    assert quack("run", "w.yaml", text=f"flow: [{{as: s, type: exec, run: echo out}}]\n{output}") == (
        0,
        printed,
        "",
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("w.yaml", "-i", "name=x"),
        ("run", "-iname=x", "w.yaml"),
        ("--input=name=x", "run", "w.yaml", "--port", "3000"),
        ("--quiet", "run", "w.yaml", "-i", "name=x"),
        ("run", "w.yaml", "--quiet", "--verbose", "-i", "name=x"),
    ],
)
def test_options_stand_anywhere(quack, arguments):
    done = quack(*arguments)
    assert done.code == 0 and json.loads(done.out)["name"] == "x" and done.err == ""


def test_inputs_come_from_stdin_a_file_and_options(quack, tmp_path):
    (tmp_path / "in.json").write_text('{"name": "file", "count": 2}')
    done = quack("run", "w.yaml", "--input-file", "in.json", "-i", "count=3", stdin='{"name": "stdin"}')
    assert json.loads(done.out) | {"cwd": ""} == {"name": "file", "count": 3, "cwd": ""}
    assert json.loads(quack("run", "w.yaml", stdin='{"name": "stdin"}').out)["name"] == "stdin"


def test_cwd(quack, tmp_path):
    (tmp_path / "work").mkdir()
    assert (
        json.loads(quack("run", "w.yaml", "--cwd", "work", "-i", "name").out)["cwd"] == f"{tmp_path}/work\n"
    )


def test_verbose_shows_steps_on_stderr(quack):
    done = quack("run", "w.yaml", "-v", "-i", "name=x")
    assert done.code == 0 and json.loads(done.out)["name"] == "x"
    assert "▸ greet\n" in done.err and "greet | hello\n" in done.err


@pytest.mark.parametrize("form", ["json", "txt", "sqlite"])
def test_a_trace(quack, tmp_path, form):
    assert quack("run", "w.yaml", "-i", "name=x", "--trace-dir", "traces", "--trace-format", form).code == 0
    (trace,) = (tmp_path / "traces").iterdir()
    assert trace.suffix == f".{form}"


def test_without_trace_dir_nothing_is_written(quack, tmp_path):
    quack("run", "w.yaml", "-i", "name=x")
    assert [file.name for file in tmp_path.iterdir()] == ["w.yaml"]


def test_a_run_that_fails(quack):
    done = quack("run", "w.yaml", text=FAILS)
    assert (done.code, done.out) == (2, "")
    assert "step 's': exit code 3" in done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "none.yaml"), "none.yaml: error: file does not exist"),
        (("run", "w.yaml"), "input 'name' is required"),
        (("run", "w.yaml", "--input-file", "none.json"), "--input-file none.json: No such file"),
        (("run", "w.yaml", "-i", "name=x", "--event-backend", "pigeon"), "pigeon"),
        (("run", "w.yaml", "-i", "name=x", "--event-backend", "nats"), "--nats-url"),
        (
            ("run", "w.yaml", "-i", "name=x", "--event-backend", "redis", "--redis-addr", "localhost:1"),
            "localhost:1",
        ),
        (("run", "w.yaml", "--quite"), "quack: error: unknown option --quite: did you mean `--quiet`?"),
        (("run",), "Usage: quack run <workflow.yaml> [--input k=v]"),
        ((), "Usage: quack run <workflow.yaml> [--input k=v]"),
        (("lint",), "Usage: quack lint <workflow.yaml>"),
        (("validate",), "Usage: quack validate <workflow.yaml> [--input k=v]"),
        (
            ("frobnicate",),
            "Unknown command: frobnicate\nAvailable commands: run, lint, validate, version, server\n",
        ),
        (("server", "--workflow-dir", "missing"), "--workflow-dir missing is not a folder"),
    ],
)
def test_what_can_not_run_is_exit_code_1(quack, arguments, said):
    done = quack(*arguments)
    assert (done.code, done.out) == (1, "") and said in done.err and "Traceback" not in done.err


def test_sigterm_cancels(tmp_path):
    (tmp_path / "w.yaml").write_text("flow: [{as: s, type: exec, run: echo ready; sleep 60}]")
    process = subprocess.Popen([QUACK, "run", "w.yaml", "-v"], cwd=tmp_path, stderr=subprocess.PIPE)
    assert process.stderr is not None
    while b"s | ready" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    assert b"\nw.yaml: error: cancelled\n" in process.communicate(timeout=10)[1]
    assert process.returncode == 143


BROKEN = "flow:\n  - as: s\n    type: exec\n    rum: echo\n  - nobody\n"


@pytest.mark.parametrize(("command", "bullet"), [("lint", "  - "), ("validate", "- ")])
def test_what_is_wrong_with_a_file(quack, command, bullet):
    done = quack(command, "w.yaml", text=BROKEN)
    assert (done.code, done.out) == (1, "")
    schema, semantic = done.err.split("Semantic validation failed:\n")
    assert schema.startswith(f"Schema validation failed:\n{bullet}flow[0]")
    assert "did you mean `run`?" in schema and "(w.yaml:4:5)" in schema
    assert semantic == f"{bullet}flow[1]: unknown participant `nobody` [DF301] (w.yaml:5:5)\n"
    assert quack(command, "none.yaml") == (1, "", f"Error during {command}: none.yaml: file does not exist\n")


def test_lint_of_a_valid_file(quack):
    assert quack("lint", "/dev/stdin", stdin=GREET) == (0, "valid\n", "")
    assert quack("lint", "w.yaml") == (0, "valid\n", "")
    done = quack(
        "lint", "w.yaml", text="participants: {p: {type: exec, run: ls}}\nflow: [{type: exec, run: ls}]"
    )
    assert done[:2] == (0, "valid\n") and done.err.startswith("Warnings:\n  - participants.p")


def test_validate_takes_inputs(quack, tmp_path):
    (tmp_path / "in.json").write_text('{"name": "x", "count": "often"}')
    assert quack("validate", "w.yaml", "--input", "name=World") == (0, "valid\n", "")
    assert quack("validate", "w.yaml", stdin='{"name": "x"}') == (0, "valid\n", "")
    assert quack("validate", "w.yaml", "--input-file", "in.json", "-i", "count=2") == (0, "valid\n", "")
    said = "Input validation failed:\n- input 'count' must be an integer\n"
    assert quack("validate", "w.yaml", "--input-file", "in.json") == (1, "", said)


def test_version_and_help(quack):
    assert quack("version") == (0, "0.7.3\n", "")
    assert "quack run|lint|validate|version" in quack("--help").out


@pytest.fixture(params=["nats", "redis"])
def server(request, tmp_path_factory) -> Iterator[Server]:
    needs(request.param)
    server = Server(request.param, tmp_path_factory.mktemp(request.param))
    server.start()
    yield server
    server.kill()


def test_a_hub(quack, server):
    more = ["--nats-stream", "ducks"] if server.kind == "nats" else ["--redis-db", "3"]
    text = "flow: [{type: emit, event: e, payload: '1 + 1'}, {wait: {event: e}}]\noutput: event"
    assert quack("run", "w.yaml", *server.flags, *more, text=text) == (0, "2\n", "")
    if server.kind == "redis":
        from redis import Redis

        with Redis(port=server.port, db=3) as client:
            assert client.dbsize() == 1
    else:
        assert asyncio.run(_streams(server.options["url"])) == ["ducks"]


async def _streams(url: str) -> list[str]:
    import nats

    client = await nats.connect(url)
    try:
        return [stream.config.name for stream in await client.jetstream().streams_info()]
    finally:
        await client.close()
