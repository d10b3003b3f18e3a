"""Spans that go out while a run lasts: `duckflux run` in a process of its own, a collector in this one."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

pytest.importorskip("opentelemetry.sdk")
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
WORKFLOW = """
name: deploy
inputs: {password: {type: string, format: password}}
flow:
  - {as: told, type: exec, run: 'echo "$TRACEPARENT"'}
  - {as: asked, type: http, url: "'%s/page'", onError: skip}
  - as: agent
    type: exec
    run: echo '{"usage":{"input_tokens":12,"output_tokens":3},"text":"private"}'
  - {as: broken, type: exec, run: 'echo "it is hunter2" >&2; exit 3', input: {P: workflow.inputs.password}}
"""


class Collector(ThreadingHTTPServer):
    """Keeps the spans that it receives, and the headers of other requests."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.spans, self.asked = [], []
        self.url = f"http://127.0.0.1:{self.server_port}"

    def span(self, name: str):
        (found,) = [span for span in self.spans if span.name == name]
        return found


class Handler(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            content = gzip.decompress(content)
        for resource in ExportTraceServiceRequest.FromString(content).resource_spans:
            for scope in resource.scope_spans:
                self.server.spans += scope.spans
        self.send_response(200)
        self.end_headers()

    def do_GET(self) -> None:
        self.server.asked.append(dict(self.headers))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server
        server.shutdown()


def run(folder: Path, text: str, endpoint: str, **variables: str) -> subprocess.CompletedProcess[str]:
    (folder / "w.duck.yaml").write_text(text)
    return subprocess.run(
        [sys.executable, "-m", "duckflux", "run", "w.duck.yaml", "--input", "password=hunter2"],
        cwd=folder,
        env={**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "NO_PROXY": "*", **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


def values(span) -> dict[str, object]:
    return {a.key: getattr(a.value, a.value.WhichOneof("value")) for a in span.attributes}


def test_spans_join_the_trace_that_the_run_was_started_in(tmp_path, collector):
    parent = f"00-{TRACE}-{SPAN}-01"
    ran = run(tmp_path, WORKFLOW % collector.url, collector.url, TRACEPARENT=parent)
    assert ran.returncode == 2, ran.stderr
    whole = collector.span("RUN deploy")
    steps = [collector.span(name) for name in ("told", "asked", "agent", "broken")]
    assert whole.parent_span_id.hex() == SPAN
    assert {span.trace_id.hex() for span in (whole, *steps)} == {TRACE}
    assert {span.parent_span_id for span in steps} == {whole.span_id}
    assert collector.asked[0]["traceparent"] == f"00-{TRACE}-{steps[1].span_id.hex()}-01"


def test_a_command_is_told_its_own_span(tmp_path, collector):
    text = "flow:\n  - {as: told, type: exec, run: 'printf %s \"$TRACEPARENT\"'}\noutput: told.output\n"
    ran = run(tmp_path, text, collector.url)
    told = collector.span("told")
    assert ran.stdout == f"00-{told.trace_id.hex()}-{told.span_id.hex()}-01"


def test_attributes_follow_the_conventions_and_contain_no_values(tmp_path, collector):
    run(tmp_path, WORKFLOW % collector.url, collector.url)
    whole, agent, broken = map(collector.span, ("RUN deploy", "agent", "broken"))
    assert values(whole) | {"cicd.pipeline.name": "deploy", "cicd.pipeline.result": "failure"} == values(
        whole
    )
    assert values(agent)["gen_ai.usage.input_tokens"] == 12
    assert values(broken)["cicd.pipeline.task.run.result"] == "failure"
    assert values(broken)["process.exit.code"] == 3
    sent = b"".join(span.SerializeToString() for span in collector.spans)
    assert b"hunter2" not in sent
    assert b"private" not in sent


def test_a_collector_that_is_gone_is_told_once_and_changes_nothing(tmp_path):
    ran = run(tmp_path, "flow:\n  - {type: exec, run: echo done}\n", "http://127.0.0.1:9")
    assert (ran.returncode, ran.stdout) == (0, "done\n")
    assert ran.stderr.count("spans are not sent: ") == 1
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("off", [{"OTEL_SDK_DISABLED": "true"}, {"OTEL_TRACES_EXPORTER": "none"}])
def test_spans_are_not_sent_where_opentelemetry_is_off(tmp_path, collector, off):
    assert run(tmp_path, "flow:\n  - {type: exec, run: echo done}\n", collector.url, **off).returncode == 0
    assert not collector.spans
