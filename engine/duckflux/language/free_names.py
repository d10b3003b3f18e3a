"""Choose names that are not used yet."""

from __future__ import annotations

import re
from collections.abc import Container
from itertools import count


def free_name(name: str, used: Container[str]) -> str:
    """Return `name` if it is not used, else the first of `name_2`, `name_3` and so on that is not."""
    if name not in used:
        return name
    stem = re.sub(r"_\d+$", "", name)
    return next(candidate for number in count(2) if (candidate := f"{stem}_{number}") not in used)
