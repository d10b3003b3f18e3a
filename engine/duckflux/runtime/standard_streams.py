"""Opens the standard streams that a program was started without."""

from __future__ import annotations

import os
import sys


def open_missing_streams() -> None:
    """Open closed standard streams on the null device.

    Python has no objects for closed ones; and the next files that are opened would get their descriptors, and so
    what is printed.
    """
    for descriptor, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            try:
                os.fstat(descriptor)
            except OSError:
                os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - stays open
