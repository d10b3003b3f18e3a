"""Keeps a run in memory, and fails when it is told to: as if another program had the run now."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import msgspec
from duckflux.durable.bundle import request_for
from duckflux.durable.execution import Worker
from duckflux.durable.records import Record, RunRequest, RunResult, decode_records
from duckflux.durable.store import StoreError
from duckflux.language.analysis import load


class LostError(StoreError):
    """What has to be kept cannot be."""


class MemoryKept:
    """`lives` is how many texts can still be appended."""

    def __init__(self, lives: int = 1_000_000) -> None:
        self.texts: list[str] = []
        self.published: list[str] = []
        self.lives = lives

    async def read(self) -> list[str]:
        return list(self.texts)

    async def append(self, text: str) -> None:
        await asyncio.sleep(0)
        if self.lives == 0:
            raise LostError("gone")
        self.lives -= 1
        self.texts.append(text)

    def publish(self, text: str) -> None:
        self.published.append(text)

    @property
    def records(self) -> list[Record]:
        return [record for text in self.texts for record in decode_records(text)]


class NoJobs:
    """There is no other worker."""

    async def result(
        self, key: str, request: str, label: str | None, tell: Callable[[str], None] | None = None
    ) -> str:
        raise AssertionError("no job may travel")


def request(folder: Path, file: str = "w.duck.yaml") -> RunRequest:
    workflow = load(folder / file).workflow
    options = {"id": "r", "spread": "none"}
    return request_for(workflow, str(folder / file), {}, str(folder), str(folder), **options)


async def execute(folder: Path, kept: MemoryKept, about: RunRequest | None = None) -> RunResult:
    """Execute a run, or go on with it. Raises LostError."""
    worker = Worker("w", str(folder), dict(os.environ), print)
    try:
        text = await worker.run((about or request(folder)).encode(), kept, NoJobs())
    finally:
        await worker.close()
    return msgspec.json.decode(text, type=RunResult)
