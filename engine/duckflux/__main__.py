"""Starts the commands `duckflux`, `quack` and `duckflux-dap`, tuned for runs of 100 ms."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from typing import NoReturn

from .kept_patterns import KeptPatterns
from .runtime.signals import reset_signals
from .runtime.standard_streams import open_missing_streams

_patterns = KeptPatterns("command")


def entry() -> NoReturn:
    """Run the command `duckflux` and leave the process at once."""
    _prepare()
    from .cli.main import main

    _leave(main())


def quack() -> NoReturn:
    """Run the command `quack` and leave the process at once."""
    _prepare()
    from .cli.quack import main

    _leave(main())


def dap() -> NoReturn:
    """Run the command `duckflux-dap` and leave the process at once."""
    _prepare()
    from .cli.dap import main

    _leave(main())


def _prepare() -> None:
    # Importing and analysing make many objects that all stay: collecting garbage among them would find none.
    gc.set_threshold(50_000, 20, 20)
    _patterns.use()
    open_missing_streams()
    reset_signals()
    # msgspec imports typing_extensions where installed, 3 ms, although typing has the same.
    sys.modules.setdefault("typing_extensions", None)  # type: ignore[arg-type]
    import msgspec  # noqa: F401

    if sys.modules["typing_extensions"] is None:
        del sys.modules["typing_extensions"]


def _leave(code: int) -> NoReturn:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    _patterns.keep()
    # The system frees memory faster than Python does.
    os._exit(code)


if __name__ == "__main__":
    entry()
