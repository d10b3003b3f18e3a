"""`type: mcp`, against a real server process."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import time

import pytest
from duckflux.runtime.events import OutputChunk

from .conftest import HttpServer, alive

ADD = """
    flow:
      - {as: sum, type: mcp, server: ducks, tool: add, input: {a: "2", b: "3"}}
"""


def test_the_input_is_the_arguments_and_structured_content_is_the_output(mcp):
    ran = mcp(ADD)
    assert ran.output == {"sum": 5}
    assert ran.step("sum").type == "mcp"


def test_text_is_read_like_a_commands_output(mcp):
    say = "flow: [{type: mcp, server: ducks, tool: say, input: {text: env.TEXT}}]"
    assert mcp(say, environment={**os.environ, "TEXT": "plain"}).output == "plain"
    assert mcp(say, environment={**os.environ, "TEXT": '{"a": [1]}'}).output == {"a": [1]}


def test_other_content_is_a_list_of_its_blocks(mcp):
    assert mcp("flow: [{type: mcp, server: ducks, tool: picture}]").output == [
        {"type": "text", "text": "a duck"},
        {"type": "image", "data": "AAAA", "mimeType": "image/png"},
    ]


def test_a_text_that_came_along_the_chain_is_no_argument(mcp):
    ran = mcp("flow: [{type: exec, run: echo hi}, {as: p, type: mcp, server: ducks, tool: ping}]")
    assert ran.output == "pong"


def test_an_input_that_is_no_map_is_an_error(mcp):
    error = mcp("flow: [{type: mcp, server: ducks, tool: add, input: \"'text'\"}]").error
    assert (error.code, error.field) == ("mcp-arguments", "input")


def test_a_tool_that_fails_is_the_steps_error(mcp):
    error = mcp("flow: [{as: f, type: mcp, server: ducks, tool: fail}]").error
    assert error.code == "mcp-tool"
    assert error.message == "'fail' of 'ducks' failed: Error executing tool fail: no ducks today"
    assert str(error).startswith(f"{mcp.folder}/main.duck.yaml:1:")


def test_a_failure_follows_the_steps_on_error(mcp):
    ran = mcp("""
        flow:
          - {as: f, type: mcp, server: ducks, tool: fail, onError: retry, retry: {max: 2}}
    """)
    assert ran.step("f").retries == 2


def test_an_unknown_tool_names_the_one_that_may_be_meant(mcp):
    error = mcp("flow: [{type: mcp, server: ducks, tool: ad}]").error
    assert error.code == "mcp-tool"
    assert error.message.startswith("MCP server 'ducks' has no tool 'ad'")
    assert "did you mean `add`?" in error.message


def test_progress_is_shown_as_what_the_step_prints(mcp):
    ran = mcp('flow: [{type: mcp, server: ducks, tool: count, input: {to: "3"}}]')
    assert ran.output == {"counted": 3}
    chunks = [event.text for event in ran.events if isinstance(event, OutputChunk)]
    assert chunks == ["1/3 number 1\n", "2/3 number 2\n", "3/3 number 3\n"]


def test_a_run_has_one_connection_per_server_and_closes_it(mcp):
    ran = mcp("""
        participants:
          where: {type: mcp, server: ducks, tool: environment, input: {name: "'HOME'"}}
        flow:
          - parallel: [where, where, where]
        output: output.map(w, w.pid)
    """)
    assert len(set(ran.output)) == 1
    assert mcp.log() == ["started"]
    assert not alive(int(ran.output[0]))


def test_a_server_starts_when_it_is_first_needed(mcp):
    ran = mcp("""
        flow:
          - if: {condition: 'false', then: [{type: mcp, server: ducks, tool: fail}]}
          - {type: exec, run: echo done}
    """)
    assert ran.result.success and not (mcp.folder / "log").exists()


def test_a_timeout_ends_the_call_and_not_the_server(mcp):
    ran = mcp("""
        flow:
          - {as: slow, type: mcp, server: ducks, tool: sleep, timeout: 3s, onError: skip, input: {seconds: "60"}}
          - {type: mcp, server: ducks, tool: add, input: {a: "1", b: "1"}}
    """)
    assert ran.step("slow").error == "timed out after 3 s"
    assert ran.output == {"sum": 2}
    assert mcp.log() == ["started", "sleeping", "cancelled"]


def test_cancelling_leaves_no_process_behind(mcp):
    async def main():
        task = asyncio.ensure_future(
            mcp.start("""
                flow:
                  - {as: who, type: mcp, server: ducks, tool: environment, input: {name: "'HOME'"}}
                  - {type: exec, cwd: ./, run: echo "$pid" > pid}
                  - {type: mcp, server: ducks, tool: sleep, input: {seconds: "60"}}
            """)
        )
        deadline = time.monotonic() + 30
        while not (mcp.folder / "log").exists() or "sleeping" not in mcp.log():
            assert time.monotonic() < deadline and not task.done()
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert not alive(int((mcp.folder / "pid").read_text()))


def test_a_server_that_died_in_between_is_started_anew(mcp):
    ran = mcp("""
        participants:
          who: {type: mcp, server: ducks, tool: environment, input: {name: "'HOME'"}}
          kill: {type: exec, run: 'kill -9 "$pid"; while kill -0 "$pid" 2>&-; do sleep 0.01; done'}
        flow:
          - who
          - set: {first: output.pid}
          - kill
          - who
        output: '[execution.context.first, output.pid]'
    """)
    assert ran.output[0] != ran.output[1]
    assert mcp.log() == ["started", "started"]


def test_a_call_that_a_server_dies_of_is_not_repeated(mcp):
    ran = mcp("""
        flow:
          - {as: deadly, type: mcp, server: ducks, tool: die, onError: skip}
          - {type: mcp, server: ducks, tool: add, input: {a: "1", b: "1"}}
    """)
    assert ran.step("deadly").error == (
        "MCP server 'ducks': it crashed while 'die' ran; the call may have had effects and is not repeated"
        " (it wrote: quack, I die)"
    )
    assert ran.output == {"sum": 2}
    assert mcp.log() == ["started", "die", "started"]


def test_a_call_that_is_harmless_is_repeated_once(mcp):
    assert mcp("flow: [{type: mcp, server: ducks, tool: die_once}]").output == {"lived": True}
    error = mcp("flow: [{type: mcp, server: ducks, tool: die_always}]").error
    assert error.code == "mcp-server" and "it crashed again after a restart" in error.message
    assert mcp.log().count("die") == 2


@pytest.mark.parametrize(
    ("server", "words"),
    [
        (
            {"command": "no-such-command"},
            "it could not be started: No such file or directory: no-such-command",
        ),
        (
            {"command": "sh", "args": ["-c", "echo broken >&2; exit 3"]},
            "it ended at startup (it wrote: broken)",
        ),
        ({"url": "http://127.0.0.1:1/mcp"}, "it can't be reached"),
    ],
)
def test_a_server_that_can_not_be_had_says_why(mcp, server, words):
    mcp.configure(ducks=server)
    error = mcp(ADD).error
    assert error.code == "mcp-server" and error.message.startswith(f"MCP server 'ducks': {words}")


@pytest.fixture
def http(tmp_path):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    server = HttpServer(port, tmp_path)
    yield server
    server.stop()


def test_streamable_http(mcp, http):
    mcp.configure(ducks={"type": "http", "url": http.url, "headers": {"X-Duck": "quack"}})
    assert mcp(ADD).output == {"sum": 5}
    assert "no ducks today" in mcp("flow: [{type: mcp, server: ducks, tool: fail}]").error.message


def test_an_http_server_that_was_restarted_is_found_again(mcp, http):
    mcp.configure(ducks={"url": http.url})
    begun = mcp.folder / "begun"

    async def main():
        task = asyncio.ensure_future(
            mcp.start("""
                flow:
                  - {type: mcp, server: ducks, tool: add, input: {a: "1", b: "1"}}
                  - {type: exec, cwd: ./, run: 'touch begun; while [ -e begun ]; do sleep 0.02; done'}
                  - {type: mcp, server: ducks, tool: add, input: {a: "2", b: "2"}}
            """)
        )
        deadline = time.monotonic() + 30
        while not begun.exists():
            assert time.monotonic() < deadline and not task.done()
            await asyncio.sleep(0.01)
        await asyncio.to_thread(http.stop)
        await asyncio.to_thread(http.start)
        begun.unlink()
        return await task

    assert asyncio.run(main()).output == {"sum": 4}


def test_secrets_of_the_configuration_are_masked(mcp):
    mcp.configure(ducks={**mcp.stdio, "env": {"FOLDER": str(mcp.folder), "DUCK_TOKEN": "quack-quack-1"}})
    from duckflux.runtime.secrets import Secrets

    secrets = Secrets({})
    ran = mcp(
        "flow: [{type: mcp, server: ducks, tool: environment, input: {name: \"'DUCK_TOKEN'\"}}]",
        secrets=secrets,
    )
    assert ran.output["value"] == "quack-quack-1"
    assert secrets.mask_value(ran.output)["value"] == "***"


def test_the_environment_of_the_run_is_the_servers(mcp):
    ran = mcp(
        "flow: [{type: mcp, server: ducks, tool: environment, input: {name: \"'POND'\"}}]",
        environment={**os.environ, "POND": "deep"},
    )
    assert ran.output["value"] == "deep"
    assert ran.output["cwd"] == str(mcp.folder)


def test_json_comes_as_json(mcp):
    assert json.dumps(mcp(ADD).output) == '{"sum": 5}'
