"""A worker performs jobs of runs that others have, or says what it lacks for them."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from duckflux.durable.execution import Worker
from duckflux.durable.records import JobRequest, JobResult, from_raw
from duckflux.runtime.participants.job import Done


async def ignore(text: str) -> None:
    """Send nothing."""


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("package", "advice"), [("duckflux-file", ": pip install duckflux-file"), (None, "")]
)
async def test_a_plugin_that_is_missing_is_named_with_its_package(
    package: str | None, advice: str, tmp_path: Path
) -> None:
    worker = Worker("build-7", str(tmp_path), {}, print)
    request = JobRequest("r", "file", msgspec.Raw(b"{}"), "/", wants_output=True, package=package)
    result = JobResult.decode(await worker.perform(request.encode(), ignore))
    problem = from_raw(result.done, Done).problem
    assert problem is not None
    assert (problem.message, problem.code) == (
        f"no plugin for participants of type file is installed, on the worker build-7{advice}",
        "not-installed",
    )
    await worker.close()
