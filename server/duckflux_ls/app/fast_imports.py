"""Imports `lsprotocol.types` in half the time, most of what a server in Python waits for when it starts.

attrs writes the methods of 550 classes as source text and compiles it anew at every start. This module keeps the
compiled code beside its own byte code.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from hashlib import blake2b
from types import CodeType
from typing import Any

from duckflux.start_cache import cache_file, read_cache, write_cache


def import_types() -> None:
    """Import `lsprotocol.types`, with the code that attrs compiled at an earlier start if it is still valid."""
    import attr._make

    path = cache_file(sys.modules[__name__], "types")
    kept: dict[bytes, CodeType] = read_cache(path)
    used: dict[bytes, CodeType] = {}
    # A module's own name hides the built-in function of that name.
    attr._make.compile = _compiler(kept, used)  # type: ignore[attr-defined]
    try:
        import lsprotocol.types  # noqa: F401
    finally:
        del attr._make.compile  # type: ignore[attr-defined]
    if used.keys() != kept.keys():
        write_cache(path, used)


def _compiler(kept: dict[bytes, CodeType], used: dict[bytes, CodeType]) -> Callable[..., Any]:
    def compile_or_find(source: str, filename: str, mode: str) -> Any:
        key = blake2b(f"{filename}\0{source}".encode(), digest_size=16).digest()
        code = kept.get(key) or compile(source, filename, mode)
        used[key] = code
        return code

    return compile_or_find
