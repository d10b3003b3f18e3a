"""Http, against a server of this machine."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

pytest.importorskip("httpx2")

from duckflux.runtime.participants import http


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        request = {
            "method": self.command,
            "path": self.path,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "body": self.rfile.read(length).decode(),
        }
        self.server.requests.append(request)
        if self.path == "/slow":
            self.server.released.wait(10)
        status = int(self.path.removeprefix("/status/")) if self.path.startswith("/status/") else 200
        content = json.dumps(request).encode()
        self.send_response(302 if self.path == "/redirect" else status)
        if self.path == "/redirect":
            self.send_header("Location", "/target")
        if self.path == "/latin":
            content = "grün".encode("latin-1")
            self.send_header("Content-Type", "text/plain; charset=iso-8859-1")
        if self.path == "/cookie":
            self.send_header("Set-Cookie", "a=b")
        if self.path == "/big":
            content = b"x" * 2_000_000
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815

    def log_message(self, *args) -> None:
        pass


@pytest.fixture
def server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None
    server.daemon_threads = True
    server.requests = []
    server.released = threading.Event()
    server.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.released.set()
    server.shutdown()


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_methods_and_json_answers(flow, server, method):
    ran = flow(f"flow: [{{type: http, url: '{server.url}/x', method: {method}}}]")
    assert (ran.output["method"], ran.output["path"]) == (method, "/x")


def test_url_headers_and_body_are_cel_or_literal(flow, server):
    ran = flow(
        """
        inputs: {base: , n: {type: integer, default: 3}}
        flow:
          - type: http
            url: workflow.inputs.base + '/items'
            method: POST
            headers:
              X-Api-Version: 2022-11-28
              X-N: workflow.inputs.n
              Accept: application/json
            body:
              literal: some text
              sum: workflow.inputs.n + 1
              nested: {list: [workflow.inputs.n, 5, true]}
        """,
        {"base": server.url},
    )
    headers = ran.output["headers"]
    assert (headers["x-api-version"], headers["x-n"]) == ("2022-11-28", "3")
    assert headers["content-type"] == "application/json"
    assert json.loads(ran.output["body"]) == {
        "literal": "some text",
        "sum": 4,
        "nested": {"list": [3, 5, True]},
    }


def test_a_header_may_say_the_content_type(flow, server):
    ran = flow(f"""
        flow:
          - type: http
            url: {server.url}
            method: POST
            headers: {{content-type: application/merge-patch+json}}
            body: {{a: "1"}}
    """)
    assert ran.output["headers"]["content-type"] == "application/merge-patch+json"


@pytest.mark.parametrize("method", ["GET", "DELETE", "POST", "PUT", "PATCH"])
def test_without_a_body_the_input_is_sent_where_methods_send_one(flow, server, method):
    flow(f"""
        flow:
          - {{type: exec, run: 'echo "{{\\"a\\": 1}}"'}}
          - {{type: http, url: '{server.url}', method: {method}}}
    """)
    (request,) = server.requests
    assert request["body"] == ("" if method in ("GET", "DELETE") else '{"a":1}')


def test_text_is_sent_as_text(flow, server):
    flow(f"""
        flow:
          - {{type: exec, run: printf text}}
          - {{type: http, url: '{server.url}', method: POST}}
          - {{type: http, url: '{server.url}', method: POST, body: 1 + 1}}
    """)
    assert [request["body"] for request in server.requests] == ["text", "2"]
    assert server.requests[0]["headers"]["content-type"].startswith("text/plain")


def test_redirects_are_followed(flow, server):
    assert flow(f"flow: [{{type: http, url: '{server.url}/redirect'}}]").output["path"] == "/target"


def test_cookies_of_one_step_are_not_anothers(flow, server):
    flow(f"flow: [{{type: http, url: '{server.url}/cookie'}}, {{type: http, url: '{server.url}/x'}}]")
    assert "cookie" not in server.requests[1]["headers"]


def test_other_charsets(flow, server):
    assert flow(f"flow: [{{type: http, url: '{server.url}/latin'}}]").output == "grün"


@pytest.mark.parametrize("status", [404, 500])
def test_an_answer_that_is_no_2xx_is_a_failure_with_status_and_body(flow, server, status):
    ran = flow(f"flow: [{{as: s, type: http, url: '{server.url}/status/{status}'}}]")
    assert f"status {status}" in ran.error.message
    assert ran.step("s").output["path"] == f"/status/{status}"


def test_a_timeout_aborts_the_request(flow, server):
    begin = time.monotonic()
    ran = flow(f"flow: [{{as: s, type: http, timeout: 100ms, url: '{server.url}/slow'}}]")
    assert ran.error.code == "timeout"
    assert time.monotonic() - begin < 9


def test_the_response_has_a_limit(flow, server, monkeypatch):
    monkeypatch.setattr(http, "MAX_RESPONSE", 1024 * 1024)
    ran = flow(f"flow: [{{as: s, type: http, url: '{server.url}/big'}}]")
    assert ran.error.message == "the response is larger than 1 MiB"


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "nonsense", "ftp://x/", "http://[bad/"])
def test_a_request_that_can_not_be_made(flow, url):
    ran = flow(f"flow: [{{as: s, type: http, url: '{url}', onError: skip}}]")
    assert ran.step("s").status == "skipped"
    assert ran.step("s").error


def test_a_wrong_expression_is_the_steps_error(flow, server):
    ran = flow(
        """
        inputs: {a: {type: object, default: {}}}
        flow: [{as: s, type: http, url: workflow.inputs.a.missing}]
        """
    )
    assert ran.error.field == "url" and ran.error.code.startswith("cel-")
