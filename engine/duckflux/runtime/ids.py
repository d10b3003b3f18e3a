"""Makes ids of runs, and knows which texts can be some."""

from __future__ import annotations

import os

_MAX_LENGTH = 100


def is_id(text: str) -> bool:
    """Return whether a text can be the id of a run: it becomes the name of files."""
    return (
        0 < len(text) <= _MAX_LENGTH
        and text.isascii()
        and text[0].isalnum()
        and all(character.isalnum() or character in "._-" for character in text)
    )


def new_id() -> str:
    """Return a random UUID (version 4).

    Made by hand: importing `uuid` takes longer than everything else that a small run does before its first step.
    """
    bits = bytearray(os.urandom(16))
    bits[6] = bits[6] & 0x0F | 0x40
    bits[8] = bits[8] & 0x3F | 0x80
    digits = bits.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
