"""The real process answers each request in each state, wrong ones with an error, and leaves nothing running."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest
from duckflux.debug.adapter.handlers import adapter_handlers

from .conftest import Debugging
from .dap_client import PROGRAM, TIMEOUT, DapClient, RefusedError
from .dap_schema import check

TEXT = """\
flow:
  - {as: one, type: exec, run: printf one}
  - {as: two, type: exec, run: 'echo started; sleep 60'}
"""
BEGINNING = ("initialize", "launch", "attach", "configurationDone")
ENDING = ("terminate", "disconnect")
REQUESTS = sorted({*adapter_handlers()} - {*BEGINNING, *ENDING})


def refused(client: DapClient, command: str, **arguments: object) -> str:
    with pytest.raises(RefusedError) as refusal:
        client.request(command, **arguments)
    return str(refusal.value)


def test_only_what_is_supported_is_announced(debugging: Debugging) -> None:
    capabilities = debugging.client().initialize()
    supported = {name for name, value in capabilities.items() if value is True}
    assert "supportsStepBack" not in supported
    requests = {
        "supportsConfigurationDoneRequest": "configurationDone",
        "supportsFunctionBreakpoints": "setFunctionBreakpoints",
        "supportsDataBreakpoints": "setDataBreakpoints",
        "supportsBreakpointLocationsRequest": "breakpointLocations",
        "supportsSetVariable": "setVariable",
        "supportsRestartFrame": "restartFrame",
        "supportsGotoTargetsRequest": "gotoTargets",
        "supportsCompletionsRequest": "completions",
        "supportsExceptionInfoRequest": "exceptionInfo",
        "supportsTerminateRequest": "terminate",
    }
    assert requests.keys() <= supported
    assert set(requests.values()) <= set(adapter_handlers())


@pytest.mark.parametrize("state", ["new", "ready", "ended"])
def test_requests_in_a_wrong_state_are_answered_with_an_error(debugging: Debugging, state: str) -> None:
    path = debugging.write("flow:\n  - {as: one, type: exec, run: printf one}\n")
    client = debugging.client()
    if state == "new":
        expected = "came before `initialize`"
    elif state == "ready":
        client.initialize()
        expected = "came before `launch` or `attach`"
    else:
        client.launch(path)
        client.finish()
        expected = "what was debugged has ended"
    for command in REQUESTS:
        assert expected in refused(client, command)
    if state != "ready":
        assert refused(client, "launch", program=str(path))
    assert refused(client, "configurationDone")
    client.request("disconnect")
    assert client.ended()


@pytest.mark.parametrize("state", ["configuring", "running", "stopped"])
def test_requests_without_their_arguments_are_answered(debugging: Debugging, state: str) -> None:
    client = debugging.client()
    path = debugging.write(TEXT)
    client.initialize()
    client.request("launch", program=str(path))
    client.event("initialized")
    if state == "stopped":
        client.set_breakpoints(path, 2)
    if state != "configuring":
        client.request("configurationDone")
    if state == "stopped":
        client.stopped()
    if state == "running":
        client.event("output", category="stdout")
    answered = 0
    for command in REQUESTS:
        for arguments in ({}, {"threadId": 99, "frameId": 99, "variablesReference": 99}, {"threadId": "one"}):
            try:
                client.request(command, **arguments)
            except RefusedError as error:
                assert "Traceback" not in str(error)
            answered += 1
    assert answered == 3 * len(REQUESTS)
    assert client.request("threads")["threads"] or state == "configuring"


def test_threads_that_run_refuse_what_needs_a_stop(debugging: Debugging) -> None:
    client = debugging.launch(TEXT)
    client.event("output", output="started\n")
    for command in ("continue", "next", "stepIn", "stepOut"):
        assert "the thread runs: pause it first" in refused(client, command, threadId=1)
    assert "pause it first" in refused(client, "evaluate", expression="1")
    assert client.stack()[0]["name"] == "two (exec)"


def test_what_is_no_request_is_passed_over(debugging: Debugging) -> None:
    client = debugging.client()
    client.write(["no", "request"])
    client.write({"seq": 1, "type": "request"})
    assert "is not supported" in refused(client, "flyAway")
    assert client.initialize()


def test_a_stream_that_is_no_protocol_ends_the_adapter(debugging: Debugging) -> None:
    process = subprocess.Popen(
        PROGRAM, cwd=debugging.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    _, errors = process.communicate(b"GET / HTTP/1.1\r\n\r\n", timeout=TIMEOUT)
    assert process.returncode == 0
    assert errors == b"duckflux-dap: a message has no Content-Length\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "`program` must be the path of a workflow file"),
        ({"program": "nowhere.duck.yaml"}, "nowhere.duck.yaml: No such file or directory"),
        ({"program": "wrong.duck.yaml"}, r"wrong.duck.yaml:2:5: unknown participant `nothing` \[DF301\]"),
        ({"program": "main.duck.yaml"}, "input 'who' is required: give it under `inputs`"),
        ({"program": "main.duck.yaml", "inputs": {"who": 1}, "cwd": "gone"}, "`cwd`: gone is not a folder"),
        ({"program": "main.duck.yaml", "inputs": {"who": 1}, "resume": "gone"}, "gone"),
        ({"program": "main.duck.yaml", "inputs": {"who": 1}, "from": "x"}, "`from` needs `resume`"),
        ({"program": "main.duck.yaml", "inputs": {"who": 1}, "mock": "gone.yaml"}, "gone.yaml"),
        ({"program": 7}, r"the arguments of `launch` are wrong: Expected `str`, got `int` - at `\$.program`"),
        ({"trace": "gone"}, "gone"),
    ],
)
def test_a_launch_that_can_not_be_says_why(debugging: Debugging, arguments, message) -> None:
    debugging.write("inputs: {who: {required: true}}\nflow:\n  - {type: exec, run: echo}\n")
    debugging.write("flow:\n  - nothing\n", "wrong.duck.yaml")
    client = debugging.client()
    client.initialize()
    said = refused(client, "launch", **arguments)
    assert re.search(message, said), said
    assert "--" not in said
    # Another try is possible.
    client.request("launch", program="main.duck.yaml", inputs={"who": "ann"})


def test_a_run_is_mocked_resumed_and_replayed(debugging: Debugging) -> None:
    text = """\
    flow:
      - {as: one, type: exec, run: 'echo x >> ran.txt; printf one'}
      - {as: two, type: exec, run: test -e ok}
    """
    traces = debugging.folder / "traces"
    client = debugging.launch(text, traceDir=str(traces))
    assert client.finish() == 2
    (debugging.folder / "ok").touch()
    client = debugging.launch(text, resume=str(traces), traceDir=str(traces))
    assert client.finish() == 0
    assert (debugging.folder / "ran.txt").read_text() == "x\n"
    client = debugging.launch(text, replay=str(traces))
    assert client.finish() == 0
    (debugging.folder / "mocks.yaml").write_text("one: mocked\ntwo: also\n")
    client = debugging.launch(text, 3, mock=str(debugging.folder / "mocks.yaml"))
    client.stopped()
    assert client.evaluate("one.output") == '"mocked"'


def is_running(folder: Path, marker: str) -> bool:
    """Return whether a process with a text in its command line runs in a folder."""
    for entry in Path("/proc").iterdir():
        try:
            if marker in (entry / "cmdline").read_text() and (entry / "cwd").readlink() == folder:
                return True
        except (OSError, ValueError):
            continue
    return False


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs /proc to see processes")
@pytest.mark.parametrize("end", ["disconnect", "terminate", "close", "kill", "stopped"])
def test_a_debugger_that_goes_away_leaves_nothing_running(debugging: Debugging, end: str) -> None:
    client = debugging.launch(TEXT.replace("sleep 60", "sleep 61.5"), *([2] if end == "stopped" else []))
    if end == "stopped":
        client.stopped()
        client.move("continue")
    client.event("output", output="started\n")
    assert is_running(debugging.folder, "61.5")
    (process,) = debugging.processes
    match end:
        case "terminate":
            client.request("terminate")
            assert client.finish() == 143
            client.request("disconnect")
        case "kill":
            process.send_signal(signal.SIGKILL)
        case "close":
            client.close()
        case _:
            client.request("disconnect")
    process.wait(TIMEOUT)
    deadline = time.monotonic() + TIMEOUT
    while is_running(debugging.folder, "61.5"):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_stopped_thread_does_not_keep_the_adapter(debugging: Debugging) -> None:
    client = debugging.launch(TEXT, 2)
    client.stopped()
    client.close()
    assert debugging.processes[0].wait(TIMEOUT) == 0


def test_what_prints_without_end_does_not_fill_the_memory(debugging: Debugging) -> None:
    text = "flow:\n  - {as: much, type: exec, run: 'head -c 30000000 /dev/zero | tr \"\\\\0\" x'}\n"
    client = debugging.launch(text)
    assert client.finish() == 0


@pytest.fixture
def port(debugging: Debugging):
    """Return a function that starts an adapter on a port and connects a client to it."""
    processes = []

    def start(*options: str) -> DapClient:
        process = subprocess.Popen(
            [*PROGRAM, "--port", "0", *options], cwd=debugging.folder, stderr=subprocess.PIPE, text=True
        )
        processes.append(process)
        assert process.stderr is not None
        number = int(process.stderr.readline().rpartition(":")[2])
        connection = socket.create_connection(("127.0.0.1", number))
        stream = connection.makefile("rwb")
        return DapClient(stream, stream, connection.close)

    yield start
    for process in processes:
        process.terminate()
        assert process.wait(TIMEOUT) == 143


def test_a_port_serves_those_who_know_the_token(debugging: Debugging, port) -> None:
    path = debugging.write("flow:\n  - {as: one, type: exec, run: printf one}\n")
    (debugging.folder / "token").write_text("0123456789abcdef\n")
    client = port("--token-file", "token")
    client.initialize()
    assert "wrong or missing `token`" in refused(client, "launch", program=str(path))
    assert "wrong or missing `token`" in refused(client, "attach", run="x", token="wrong")
    client.request("launch", program=str(path), token="0123456789abcdef")
    client.configure({path: [2]})
    client.stopped()
    client.move("continue")
    assert client.finish() == 0


def test_a_port_without_a_token_must_be_asked_for(debugging: Debugging, port) -> None:
    refusal = subprocess.run([*PROGRAM, "--port", "0"], capture_output=True, text=True, timeout=TIMEOUT)
    assert refusal.returncode == 1
    assert "who connects can run programs as you: give --token-file FILE" in refusal.stderr
    assert port("--insecure").initialize()


def test_messages_are_held_against_the_schema_of_the_protocol() -> None:
    pytest.importorskip("dap_types")
    check({"seq": 1, "type": "event", "event": "stopped", "body": {"reason": "step", "threadId": 1}})
    with pytest.raises(AssertionError, match="threadID"):
        check({"seq": 1, "type": "event", "event": "stopped", "body": {"reason": "step", "threadID": 1}})


def test_inputs_that_a_trace_lacks_are_asked_for_without_flags(debugging: Debugging) -> None:
    text = "inputs: {key: {format: password}}\nflow:\n  - {as: one, type: exec, run: exit 1}\n"
    traces = str(debugging.folder / "traces")
    client = debugging.launch(text, traceDir=traces, inputs={"key": "pass-987654321"})
    assert client.finish() == 2
    again = debugging.client()
    again.initialize()
    said = refused(again, "launch", program=str(debugging.folder / "main.duck.yaml"), resume=traces)
    assert said == (
        "input 'key' is masked or truncated in the trace: give it under `inputs` in the launch configuration"
    )
