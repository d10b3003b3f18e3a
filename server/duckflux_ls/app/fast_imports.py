"""Imports `lsprotocol.types` in half the time, most of what a server in Python waits for when it starts.

attrs writes the methods of 550 classes as source text and compiles it anew at every start. This module keeps the
compiled code beside its own byte code, under the same rules: as trustworthy, not written where Python may not
write.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import sys
from collections.abc import Callable
from hashlib import blake2b
from importlib.util import cache_from_source
from pathlib import Path
from types import CodeType
from typing import Any


def import_types() -> None:
    """Import `lsprotocol.types`, with the code that attrs compiled at an earlier start if it is still valid."""
    import attr._make

    path = Path(cache_from_source(__file__)).with_suffix(".types")
    kept = _read(path)
    used: dict[bytes, CodeType] = {}
    # A module's own name hides the built-in function of that name.
    attr._make.compile = _compiler(kept, used)  # type: ignore[attr-defined]
    try:
        import lsprotocol.types  # noqa: F401
    finally:
        del attr._make.compile  # type: ignore[attr-defined]
    if used.keys() != kept.keys() and not sys.dont_write_bytecode:
        _write(path, used)


def _compiler(kept: dict[bytes, CodeType], used: dict[bytes, CodeType]) -> Callable[..., Any]:
    def compile_or_find(source: str, filename: str, mode: str) -> Any:
        key = blake2b(f"{filename}\0{source}".encode(), digest_size=16).digest()
        code = kept.get(key) or compile(source, filename, mode)
        used[key] = code
        return code

    return compile_or_find


def _read(path: Path) -> dict[bytes, CodeType]:
    try:
        kept = marshal.loads(path.read_bytes())
    except (OSError, ValueError, EOFError, TypeError):
        return {}
    return kept if isinstance(kept, dict) else {}


def _write(path: Path, used: dict[bytes, CodeType]) -> None:
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    with contextlib.suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        temporary.write_bytes(marshal.dumps(used))
        temporary.replace(path)
