"""Makes ids of runs."""

from __future__ import annotations

import os


def new_id() -> str:
    """Return a random UUID (version 4).

    Made by hand: importing `uuid` takes longer than everything else that a small run does before its first step.
    """
    bits = bytearray(os.urandom(16))
    bits[6] = bits[6] & 0x0F | 0x40
    bits[8] = bits[8] & 0x3F | 0x80
    digits = bits.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
