"""Writes workflow commands of GitHub Actions: a line that begins with `::` in what a job prints."""

from __future__ import annotations

from ..terminal_text import printable


def annotation(kind: str, message: str, **properties: str | int) -> str:
    """Return the command that shows a message of a kind: `error`, `warning` or `notice`."""
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::{kind} {listed}::{_data(message)}"


def _data(text: str) -> str:
    return printable(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
