"""Presents what steps have printed as lines with times."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from ...terminal_text import printable_line, printable_output
from ..output_log import PrintedLine


def printed_lines(
    lines: Iterable[PrintedLine],
    names: Mapping[int, str] | None = None,
    *,
    colors: bool = False,
    times: bool = True,
) -> Iterator[str]:
    """Yield lines with their time of day here, and with `names`, by seq, the name of the step."""
    for line in lines:
        time = f"{time_of_day(line.at)} " if times else ""
        name = f"{printable_line(names.get(line.seq, str(line.seq)))} | " if names is not None else ""
        yield f"{time}{name}{printable_output(line.text, colors=colors)}\n"


def time_of_day(text: str) -> str:
    """Return a time in ISO 8601 as `14:03:07.250`, in the time zone of this machine."""
    try:
        found = datetime.fromisoformat(text).astimezone()
    except ValueError:
        return " " * 12
    return f"{found:%H:%M:%S}.{found.microsecond // 1000:03}"
