"""Debugs workflow texts in the real process."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from .dap_client import DapClient, start_adapter


class Debugging:
    """A folder with workflows, and clients that debug them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: list = []

    def write(self, text: str, name: str = "main.duck.yaml") -> Path:
        path = self.folder / name
        path.write_text(dedent(text))
        return path

    def client(self, environment: dict[str, str] | None = None) -> DapClient:
        client, process = start_adapter(self.folder, environment)
        self.processes.append(process)
        return client

    def launch(self, text: str, *lines, **options) -> DapClient:
        """Begin to debug a text with breakpoints on lines, counted from 1."""
        path = self.write(text)
        client = self.client()
        breakpoints = {path: list(lines)} if lines else None
        client.launch(path, breakpoints=breakpoints, **options)
        return client


@pytest.fixture
def debugging(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Debugging]:
    # The path of a socket must be short.
    with tempfile.TemporaryDirectory(prefix="dfd") as live:
        monkeypatch.setenv("DUCKFLUX_RUNTIME_DIR", live)
        found = Debugging(tmp_path)
        yield found
        for process in found.processes:
            process.kill()
            process.wait()
