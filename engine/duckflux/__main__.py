"""The command `duckflux`, as installed and as `python -m duckflux`: tuned for commands that live 100 ms."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from typing import NoReturn

from .runtime.signals import reset_signals


def entry() -> NoReturn:
    """Run the command line and leave the process at once."""
    # Importing makes many objects that all stay: looking through them for garbage would find none.
    gc.set_threshold(20_000, 20, 20)
    reset_signals()
    # msgspec asks typing_extensions, where it is installed, for what typing has as well: 3 ms of import.
    sys.modules.setdefault("typing_extensions", None)  # type: ignore[arg-type]
    import msgspec  # noqa: F401

    if sys.modules["typing_extensions"] is None:
        del sys.modules["typing_extensions"]
    from .cli.main import main

    code = main()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    # The system frees what is left faster than Python takes it apart piece by piece.
    os._exit(code)


if __name__ == "__main__":
    entry()
