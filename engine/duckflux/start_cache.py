"""Keeps beside the byte code what importing would compute anew at every start.

As trustworthy as the byte code, under the same rules: it is for one version of Python, and is not written where
Python may not write.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import sys
from types import ModuleType

# Type checkers know this name; importing `typing` takes time.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def cache_file(module: ModuleType, suffix: str) -> str | None:
    """Return the path of a module's cache, None where it has no byte code either."""
    compiled = module.__spec__.cached if module.__spec__ is not None else None
    return f"{os.path.splitext(compiled)[0]}.{suffix}" if compiled else None


def read_cache(path: str | None) -> dict[Any, Any]:
    """Return what was kept at an earlier start, nothing where that cannot be read."""
    if path is None:
        return {}
    try:
        with open(path, "rb") as file:
            # Not `marshal.load`, which reads a file piece by piece: 2 ms more for 70 KB.
            version, kept = marshal.loads(file.read())
    except (OSError, ValueError, EOFError, TypeError):
        return {}
    return kept if version == sys.version and isinstance(kept, dict) else {}


def write_cache(path: str | None, kept: dict[Any, Any]) -> None:
    """Keep values that `marshal` knows, where Python may write and as far as it can."""
    if path is None or sys.dont_write_bytecode:
        return
    temporary = f"{path}.{os.getpid()}"
    with contextlib.suppress(OSError):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(temporary, "wb") as file:
            marshal.dump((sys.version, kept), file)
        os.replace(temporary, path)
