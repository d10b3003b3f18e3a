"""The real server answers within bounds of time and memory, and ends at once, whatever the text."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.connection import Connection

from .conftest import FULL

# A request gives up after 2 s; this machine may be busy with other tests.
_SECONDS = 2.0 * (1.5 if FULL else 3)
_MEMORY_KIB = 500 * 1024
_END_SECONDS = 1.0 if FULL else 3.0
_HEAD = "participants:\n  a: {type: exec, run: echo}\n"

TEXTS = {
    "200,000 steps": _HEAD + "flow:\n" + "  - a\n" * 200_000,
    "300,000 duplicate keys": "participants:\n" + "  a: {}\n" * 300_000 + "flow: [a]\n",
    "48 MB of comments": _HEAD + "#\n" * 24_000_000 + "flow: [a]\n",
    "10,000 pairs of a set": _HEAD
    + "flow:\n  - a\n  - set:\n"
    + "".join(f"      k{i}: a.output\n" for i in range(10_000)),
    "2,000 misspelt names": _HEAD + "flow:\n" + "".join(f"  - aa{i}\n" for i in range(2_000)),
    "10,000 suppressions on one line": _HEAD + "flow:\n  - a " + "# duckflux-ignore DF301 " * 10_000 + "\n",
    "an expression of 100 KB": _HEAD
    + 'flow:\n  - a\n  - set: {k: "'
    + " || ".join(f"a.output == '{i}'" for i in range(4_500))
    + '"}\n',
    "nested ternaries": _HEAD + 'flow:\n  - a\n  - set: {k: "' + "a.output == 'x' ? 1 : " * 4_000 + '0"}\n',
}
_SHORT = ("200,000 steps", "10,000 pairs of a set")
_DOCUMENT = {"uri": "file:///w.duck.yaml"}
_WHOLE = {"start": {"line": 0, "character": 0}, "end": {"line": 9_999_999, "character": 0}}
_AT = {"textDocument": _DOCUMENT, "position": {"line": 4, "character": 6}}
REQUESTS: dict[str, dict[str, Any]] = {
    "textDocument/diagnostic": {"textDocument": _DOCUMENT},
    "textDocument/documentSymbol": {"textDocument": _DOCUMENT},
    "textDocument/foldingRange": {"textDocument": _DOCUMENT},
    "textDocument/semanticTokens/full": {"textDocument": _DOCUMENT},
    "textDocument/codeAction": {"textDocument": _DOCUMENT, "range": _WHOLE, "context": {"diagnostics": []}},
    "textDocument/codeLens": {"textDocument": _DOCUMENT},
    "textDocument/inlayHint": {"textDocument": _DOCUMENT, "range": _WHOLE},
    "textDocument/documentLink": {"textDocument": _DOCUMENT},
    "textDocument/formatting": {"textDocument": _DOCUMENT, "options": {"tabSize": 2, "insertSpaces": True}},
    "textDocument/hover": _AT,
    "textDocument/completion": _AT,
    "textDocument/references": {**_AT, "context": {"includeDeclaration": True}},
    "textDocument/rename": {**_AT, "newName": "b"},
}


class _Server(Connection):
    """A server that pushes no diagnostics."""

    def __init__(self) -> None:
        super().__init__()
        capabilities = {"textDocument": {"diagnostic": {}}}
        self.ask("initialize", {"processId": None, "rootUri": None, "capabilities": capabilities})
        self.send({"method": "initialized", "params": {}})

    def open(self, text: str) -> None:
        document = {**_DOCUMENT, "languageId": "duckflux", "version": 1, "text": text}
        self.send({"method": "textDocument/didOpen", "params": {"textDocument": document}})

    @property
    def peak_kib(self) -> int:
        """The most memory that the process has used."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0])


@pytest.fixture
def server() -> Iterator[_Server]:
    made = _Server()
    yield made
    made.process.kill()
    made.process.wait()
    made.process.stdout.close()
    with contextlib.suppress(ValueError, BrokenPipeError):
        made.process.stdin.close()


@pytest.mark.promise("work is bounded")
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("name", TEXTS if FULL else _SHORT)
def test_every_request_is_answered_in_bounded_time_and_memory(name: str, server: _Server) -> None:
    server.open(TEXTS[name])
    # Reading the message itself takes its time; nothing is asked before.
    server.ask("textDocument/hover", {**_AT, "textDocument": {"uri": "file:///none.duck.yaml"}})
    seconds: dict[str, float] = {}
    for method, params in REQUESTS.items():
        before = time.monotonic()
        answer = server.ask(method, params)
        seconds[method] = round(time.monotonic() - before, 2)
        assert "result" in answer or method == "textDocument/rename"
    assert {method: spent for method, spent in seconds.items() if spent > _SECONDS} == {}
    assert server.peak_kib < _MEMORY_KIB


@pytest.mark.promise("work is bounded")
def test_a_text_with_too_many_values_says_that_only_its_syntax_is_checked(server: _Server) -> None:
    server.open(TEXTS["200,000 steps"])
    (found,) = server.ask("textDocument/diagnostic", {"textDocument": _DOCUMENT})["result"]["items"]
    assert (found["code"], found["message"].partition(":")[0]) in (
        ("DF111", "only the syntax is checked"),
        ("DF111", "nothing is checked"),
    )


@pytest.mark.promise("work is bounded")
@pytest.mark.parametrize("way", ["exit", "end of input"])
def test_it_ends_while_it_computes(way: str, server: _Server) -> None:
    server.open(TEXTS["10,000 pairs of a set"])
    server.send({"id": 1, "method": "textDocument/diagnostic", "params": {"textDocument": _DOCUMENT}})
    before = time.monotonic()
    if way == "exit":
        server.send({"method": "exit"})
    else:
        assert server.process.stdin is not None
        server.process.stdin.close()
    server.process.wait(10)
    assert time.monotonic() - before < _END_SECONDS
