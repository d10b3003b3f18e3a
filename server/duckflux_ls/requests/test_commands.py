"""Runs the commands for tests of workflows: list the files, list the tests of one, and run them."""

from __future__ import annotations

import asyncio
from typing import Any

from duckflux.language.analysis import Analysis
from duckflux.language.workflow_files import test_files
from pygls.lsp.server import LanguageServer

from ..runs.tests import TestsError, tests_in
from ..server_state import ServerState
from ..session import command_names
from ..session.documents import path_of
from ..session.positions import to_range


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the commands to the server."""

    @server.command(command_names.TEST_FILES)
    async def files(arguments: dict[str, Any]) -> list[str]:
        roots = state.files.roots
        return await asyncio.to_thread(lambda: [path.as_uri() for root in roots for path in test_files(root)])

    @server.command(command_names.TESTS)
    async def tests(arguments: dict[str, Any]) -> list[dict[str, Any]]:
        analysis = await analysed(str(arguments.get("uri")))
        if analysis is None:
            return []
        lines = analysis.document.lines
        return [
            {"name": test.name, "range": to_range(lines, test.start, test.end, state.encoding)}
            for test in tests_in(analysis)
        ]

    @server.command(command_names.RUN_TESTS)
    async def run_tests(arguments: dict[str, Any]) -> dict[str, Any]:
        path = path_of(str(arguments.get("uri")))
        try:
            if path is None:
                raise TestsError("save the tests first")
            if not state.runs.trusted:
                raise TestsError("this workspace is not trusted: tests can't run here")
            return {"outcomes": await state.tests.outcomes(path), "message": None}
        except (TestsError, OSError) as error:
            return {"outcomes": [], "message": str(error)}

    async def analysed(uri: str) -> Analysis | None:
        """Return the analysis of a test file, open or on disk; None if it can't be read."""
        from duckflux.language.test_files import check

        document, path = state.documents.get(uri), path_of(uri)
        if document is not None:
            return await document.analysis()
        try:
            text = await asyncio.to_thread(path.read_text, "utf-8") if path is not None else None
        except (OSError, UnicodeDecodeError):
            return None
        return await asyncio.to_thread(check, text, path) if text is not None else None
