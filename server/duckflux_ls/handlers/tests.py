"""The commands for tests of workflows: which a file has, and running them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from duckflux.language.workflow_files import test_files

from .. import commands
from ..documents import path_of
from ..positions import to_range
from ..runs.tests import TestsError, tests_in

if TYPE_CHECKING:
    from duckflux.language.analysis import Analysis

    from ..server import Server


def register(server: Server) -> None:
    @server.command(commands.TEST_FILES)
    async def files(arguments: dict[str, Any]) -> list[str]:
        roots = server.files.roots
        return await asyncio.to_thread(lambda: [path.as_uri() for root in roots for path in test_files(root)])

    @server.command(commands.TESTS)
    async def tests(arguments: dict[str, Any]) -> list[dict[str, Any]]:
        analysis = await analysed(str(arguments.get("uri")))
        if analysis is None:
            return []
        lines = analysis.document.lines
        return [
            {"name": test.name, "range": to_range(lines, test.start, test.end, server.encoding)}
            for test in tests_in(analysis)
        ]

    @server.command(commands.RUN_TESTS)
    async def run_tests(arguments: dict[str, Any]) -> dict[str, Any]:
        path = path_of(str(arguments.get("uri")))
        try:
            if path is None:
                raise TestsError("save the tests first")
            if not server.runs.trusted:
                raise TestsError("this workspace is not trusted: tests don't run here")
            return {"outcomes": await server.tests.outcomes(path), "message": None}
        except (TestsError, OSError) as error:
            return {"outcomes": [], "message": str(error)}

    async def analysed(uri: str) -> Analysis | None:
        """Of an open test file, or of one on disk that can be read."""
        from duckflux.testing.files import check

        document, path = server.documents.get(uri), path_of(uri)
        if document is not None:
            return await document.analysis()
        try:
            text = await asyncio.to_thread(path.read_text, "utf-8") if path is not None else None
        except (OSError, UnicodeDecodeError):
            return None
        return await asyncio.to_thread(check, text, path) if text is not None else None
