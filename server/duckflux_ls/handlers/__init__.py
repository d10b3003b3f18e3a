"""Which handler answers which message. A handler asks the server for a document and its analysis, a feature for
the answer, and knows nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import (
    commands,
    diagnostics,
    features,
    formatting,
    lenses,
    lifecycle,
    names,
    tests,
    texts,
    tokens,
    traces,
    typing,
    workspace,
)

if TYPE_CHECKING:
    from ..server import Server

_MODULES = (
    *(lifecycle, texts, diagnostics, features, formatting),
    *(names, lenses, workspace, tokens, typing, commands, traces, tests),
)


def register(server: Server) -> None:
    """Make a server answer."""
    for module in _MODULES:
        module.register(server)
