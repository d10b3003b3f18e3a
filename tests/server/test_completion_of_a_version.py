"""A completion is one of the text that it was asked for, and holds up nothing while it is computed."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from duckflux.ide.completion import completions
from duckflux_ls.app.server import create_server
from duckflux_ls.requests import completion
from lsprotocol import types

BEFORE, AFTER = "flow:\n  - greet:\n      wh", "id: other\n"
URI = "file:///w.duck.yaml"


@pytest.mark.asyncio
async def test_edits_that_come_meanwhile_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    started, may_go_on = threading.Event(), threading.Event()

    def slow(*arguments: Any) -> Any:
        started.set()
        assert may_go_on.wait(10)
        return completions(*arguments)

    monkeypatch.setattr(completion, "completions", slow)
    server = create_server()
    server.protocol.handle_message(
        types.InitializeRequest(1, types.InitializeParams(types.ClientCapabilities()))
    )
    document = server.state.documents.open(types.TextDocumentItem(URI, "duckflux", 1, BEFORE))
    assert document is not None
    params = types.CompletionParams(types.TextDocumentIdentifier(URI), types.Position(2, 8))
    answer = asyncio.create_task(server.protocol.fm.features[types.TEXT_DOCUMENT_COMPLETION](params))
    await asyncio.to_thread(started.wait, 10)
    document.apply(types.TextDocumentContentChangeWholeDocument(AFTER), server.state.encoding)
    may_go_on.set()
    (found,) = [item for item in (await answer).items if item.label == "when"]
    assert found.text_edit.range == types.Range(types.Position(2, 6), types.Position(2, 8))
