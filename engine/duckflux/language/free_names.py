"""Names that are not taken."""

from __future__ import annotations

import re
from collections.abc import Container
from itertools import count


def free_name(wanted: str, taken: Container[str]) -> str:
    """The name that is wanted, or else the first of `name_2`, `name_3` and so on that is free."""
    if wanted not in taken:
        return wanted
    stem = re.sub(r"_\d+$", "", wanted)
    return next(name for number in count(2) if (name := f"{stem}_{number}") not in taken)
