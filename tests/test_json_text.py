"""JSON of other programs: surrogates, byte order marks and large numbers get one treatment everywhere."""

from __future__ import annotations

import asyncio
import json
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from duckflux.cli.main import main
from duckflux.json_text import JsonError, NumberError, non_finite_path, parse_json

PROJECT = Path(__file__).parent.parent
TOO_LARGE = '{\n  "a": 1e400\n}'
SAID = "the number 1e400 is out of range: write it as a string"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        ("\ufeff[1]", [1]),
        (b'"\\ud83d\\ude00"', "😀"),
        (b'"\\ud83d"', "\ufffd"),
        (b'["\\ude00\\ud83d", "\\uD83Dx"]', ["\ufffd\ufffd", "\ufffdx"]),
        (b'{"\\ud800": 1}', {"\ufffd": 1}),
        ('"\ud83d"', "\ufffd"),
        (rb'"\\ud83d"', r"\ud83d"),
        (rb'"\\\ud83d"', "\\\ufffd"),
        (b"123456789012345678901234567890", 123456789012345678901234567890),
        (b"1e-400", 0.0),
        (b'"1e400"', "1e400"),
    ],
)
def test_what_programs_write_is_read(text, value):
    assert parse_json(text) == value


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        (b"1e400", NumberError, f"line 1, column 1: {SAID}"),
        (b'{"a": "1e400",\n "\xc3\xa9": [1, -1e999]}', NumberError, "line 2, column 11: the number -1e999"),
        (b"9" * 5000, NumberError, f"line 1, column 1: the number {'9' * 30}... is out of range"),
        # A text that is not JSON does not have a number at fault.
        (b"1e400 is large", JsonError, "line 1, column 7: trailing characters"),
        (b"1e400 01", JsonError, "line 1, column 7: trailing characters"),
        (b"[1e400,", JsonError, "line 1, column 8: it ends too early"),
        (b'["\\ud83d", x]', JsonError, "line 1, column 12: invalid character"),
        (b"\xef\xbb\xbf{,}", JsonError, "line 1, column 2: object keys must be strings"),
        (b"[NaN]", JsonError, "line 1, column 2: invalid character"),
        (b'\n "\xff"', JsonError, "line 2, column 3: it is not UTF-8"),
        (b"[" * 100_000, JsonError, "line 1, column 1: it is nested too deeply"),
        (b" ", JsonError, "line 1, column 2: it is empty"),
    ],
)
def test_what_can_be_no_value_is_refused_with_its_place(text, kind, said):
    with pytest.raises(JsonError) as caught:
        parse_json(text)
    assert type(caught.value) is kind and str(caught.value).startswith(said)


# These read what this project itself has written, or what a tool that it has started prints.
OWN = {
    "duckflux/durable/records.py",
    "duckflux/durable/step_keys.py",
    "duckflux/json_text.py",
    "duckflux/language/schema/__init__.py",
    "duckflux/language/test_files.py",
    "duckflux/runtime/events/__init__.py",
    "duckflux/shellcheck.py",
    "duckflux/trace/journal.py",
    "duckflux/trace/output_log.py",
    "duckflux/trace/sqlite_schema.py",
    "duckflux/trace/text_values.py",
    "duckflux_ls/index/mcp_tools.py",
}


def test_nothing_else_reads_json_of_other_programs():
    decodes = re.compile(r"\bjson\.(loads?|decode|Decoder)\b")
    found = {
        path.relative_to(folder).as_posix()
        for folder in (PROJECT / "engine", PROJECT / "server")
        for path in folder.rglob("*.py")
        if decodes.search(path.read_text())
    }
    assert found == OWN


def test_where_a_value_is_not_finite():
    assert non_finite_path({"a": [1, {"b": float("inf")}]}) == "$.a[1].b"
    assert non_finite_path({"a": [1.5, "x", None]}) is None


@pytest.fixture
def duckflux(tmp_path: Path, monkeypatch, capfd):
    """Run a command in a folder with these files: (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "w.duck.yaml").write_text(
        "inputs: {a: {type: number}}\nflow: [{as: s, type: exec, run: 'true'}]\noutput: workflow.inputs"
    )

    def run(arguments: str, **files: str | bytes) -> tuple[int, str, str]:
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            Path(name.replace("__", ".")).write_bytes(data)
        code = main([*arguments.split(), *(("--quiet",) if arguments.startswith("run") else ())])
        return code, *capfd.readouterr()

    return run


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            "run w.duck.yaml --input-file f.json",
            f"w.duck.yaml: error: --input-file f.json:2:8: not JSON: {SAID}",
        ),
        (
            "run w.duck.yaml -i a=1e400",
            f"w.duck.yaml: error: input 'a' can't be read: line 1, column 1: {SAID}",
        ),
        (
            "run w.duck.yaml -i b=1e400",
            f"w.duck.yaml: error: input 'b' can't be read: line 1, column 1: {SAID}",
        ),
        ("run w.duck.yaml --mock f.json", f"w.duck.yaml: error: --mock f.json:2:8: not JSON: {SAID}"),
        ("run w.duck.yaml --replay t.json", f"w.duck.yaml: error: t.json:1:28: not a JSON trace: {SAID}"),
        ("trace show t.json", f"error: t.json:1:28: not a JSON trace: {SAID}"),
        ("cel a --data f.json", f"f.json:2:8: error: not JSON: {SAID}"),
    ],
)
def test_a_number_out_of_range_is_refused_by_every_command(duckflux, arguments, said):
    trace = '{"execution": {"duration": 1e400}}'
    assert duckflux(arguments, f__json=TOO_LARGE, t__json=trace) == (1, "", f"{said}\n")


def test_inputs_with_a_mark_and_a_lone_surrogate(duckflux):
    code, out, _ = duckflux("run w.duck.yaml --input-file f.json", f__json=b'\xef\xbb\xbf{"b": "\\ud83dx"}')
    assert (code, json.loads(out)) == (0, {"b": "\ufffdx"})


def test_a_text_for_a_number_is_not_infinity(duckflux):
    code, _, err = duckflux("run w.duck.yaml --input-file f.json", f__json='{"a": "1e400"}')
    assert code == 1 and "input 'a' must be a number" in err


def test_mocks_in_json(duckflux):
    code, out, err = duckflux(
        "run m.duck.yaml --mock f.json",
        m__duck__yaml="flow: [{as: s, type: exec, run: exit 1}]",
        f__json='{"s": "\\ud83d\\ude00 \\ud83d"}',
    )
    assert (code, out) == (0, "😀 \ufffd"), err
    assert "the workflow has no step 'x'" in duckflux("run w.duck.yaml --mock f.json", f__json='{"x": 1}')[2]
    assert "must be a map from names of steps" in duckflux("run w.duck.yaml --mock f.json", f__json="[]")[2]


PRINTS = "flow:\n  - as: s\n    type: exec\n    run: cat out.json\noutput: s.output"


def test_the_output_of_a_step(duckflux):
    code, out, _ = duckflux(
        "run p.duck.yaml",
        p__duck__yaml=PRINTS,
        out__json=b'\xef\xbb\xbf{"b": "\\ud83dx", "c": 12345678901234567890}',
    )
    assert (code, json.loads(out)) == (0, {"b": "\ufffdx", "c": 12345678901234567890})
    code, out, err = duckflux("run p.duck.yaml", out__json=TOO_LARGE)
    assert (code, out) == (2, "")
    assert (
        f"p.duck.yaml:4:10: error: run: step 's': its output can't be read: line 2, column 8: {SAID}" in err
    )


def test_a_text_with_a_large_number_stays_a_text(duckflux):
    code, out, _ = duckflux("run p.duck.yaml", p__duck__yaml=PRINTS, out__json="1e400 is large\n")
    assert (code, out) == (0, "1e400 is large\n")


def test_a_failed_command_is_told_before_its_output(duckflux):
    code, _, err = duckflux(
        "run p.duck.yaml",
        p__duck__yaml=PRINTS.replace("cat out.json", "cat out.json; exit 3"),
        out__json="1e400",
    )
    assert code == 2 and "exit code 3" in err and "out of range" not in err


def test_the_answer_of_a_server(duckflux):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(
                b"\xef\xbb\xbf[1e400]" if self.path == "/large" else b'\xef\xbb\xbf{"b": "\\ud83d"}'
            )

        def log_message(self, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    text = f"flow: [{{as: s, type: http, url: 'http://127.0.0.1:{server.server_port}/PATH'}}]\noutput: s.output.b"
    try:
        assert duckflux("run h.duck.yaml", h__duck__yaml=text)[:2] == (0, "\ufffd")
        code, _, err = duckflux("run h.duck.yaml", h__duck__yaml=text.replace("PATH", "large"))
        assert code == 2 and f"step 's': its output can't be read: line 1, column 2: {SAID}" in err
    finally:
        server.shutdown()
        server.server_close()


def test_the_event_of_another_program(tmp_path):
    from duckflux.runtime.hubs import received_payload
    from duckflux.runtime.hubs.memory import Bus

    from .runtime.conftest import Flows

    flow = Flows(tmp_path)
    text = "flow: [{wait: {event: ready}}]\noutput: event.b"

    async def run(payload: bytes):
        bus = Bus()

        async def connect(warn):
            hub = await bus(warn)
            hub.log.add("ready", received_payload(payload))
            return hub

        return await flow.start(text, hub=connect)

    assert asyncio.run(run(b'\xef\xbb\xbf{"b": "\\ud83d"}')).output == "\ufffd"
    message = str(asyncio.run(run(b"[1e400]")).error)
    assert f"the payload of event 'ready' can't be read: line 1, column 2: {SAID}" in message


# Answers as no SDK does: with a mark, a lone surrogate, or a number out of range.
MCP_SERVER = r"""
import json, sys
for line in sys.stdin:
    request = json.loads(line)
    if "id" not in request:
        continue
    result = {"content": [], "structuredContent": {"b": "SURROGATE"}}
    if request["method"] == "initialize":
        result = {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}},
                  "serverInfo": {"name": "raw", "version": "1"}}
    elif request["method"] == "tools/list":
        schema = {"type": "object"}
        result = {"tools": [{"name": name, "inputSchema": schema} for name in ("odd", "large", "both")]}
    elif request["method"] == "tools/call" and request["params"]["name"] == "large":
        result["structuredContent"] = {"n": [float("inf")]}
    elif request["method"] == "tools/call" and request["params"]["name"] == "both":
        result["structuredContent"]["n"] = float("inf")
    answer = json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result})
    print(answer.replace("SURROGATE", "\\ud83d").replace("Infinity", "1e400"), flush=True)
"""


def test_the_answer_of_an_mcp_server(duckflux):
    pytest.importorskip("mcp")
    configuration = "/* one\n   two */ " + json.dumps(
        {"mcpServers": {"raw": {"command": sys.executable, "args": ["raw.py"]}}}
    )
    text = "flow: [{as: s, type: mcp, server: raw, tool: TOOL, timeout: 20s}]\noutput: s.output.b"
    done = duckflux(
        "run m.duck.yaml",
        m__duck__yaml=text.replace("TOOL", "odd"),
        raw__py=MCP_SERVER,
        __mcp__json=configuration,
    )
    assert done[:2] == (0, "\ufffd"), done
    code, _, err = duckflux("run m.duck.yaml", m__duck__yaml=text.replace("TOOL", "large"))
    assert code == 2 and "its output can't be read: the number at $.n[0] is out of range" in err
    code, _, err = duckflux("run m.duck.yaml", m__duck__yaml=text.replace("TOOL", "both"))
    assert code == 2 and "'both' of 'raw' failed: its answer can't be read: line 1, column" in err
    assert "Traceback" not in err
    code, _, err = duckflux("run m.duck.yaml", __mcp__json=f"\ufeff{configuration[:-1]}")
    assert code == 2 and ".mcp.json:2:" in err and "it is not JSON: it ends too early" in err


@pytest.mark.parametrize("form", ["json", "txt"])
def test_a_trace_of_the_reference_with_such_texts_is_read(tmp_path, form):
    from duckflux.trace.readers import read

    data = Path(__file__).parent / "data" / "traces" / f"reference.{form}"
    path = tmp_path / data.name
    text = data.read_text()
    target = '"prod"'
    assert target in text
    path.write_bytes(b"\xef\xbb\xbf" + text.replace(target, '"\\ud83d!"').encode())
    assert read(path).execution.inputs == {"target": "\ufffd!"}


def test_the_file_of_inputs_of_an_editor(tmp_path):
    from duckflux_ls.runs.inputs import InputsError, known_inputs
    from duckflux_ls.session.settings import Settings

    path = tmp_path / "w.duck.yaml"
    file = tmp_path / "w.duck.yaml.inputs.json"
    file.write_bytes(b'\xef\xbb\xbf{"b": "\\ud83d"}')
    assert known_inputs(path, Settings(), {}) == {"b": "\ufffd"}
    file.write_text(TOO_LARGE)
    with pytest.raises(InputsError, match=r"inputs\.json:2:8 is not JSON: the number 1e400 is out of range"):
        known_inputs(path, Settings(), {})
