"""Writes reports, one format a module: each has `write(reports, options, out)`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import TextIO, TypeAlias

from ..check import Options, Report

Write: TypeAlias = Callable[[Iterator[Report], Options, TextIO], None]

FORMATS = ("text", "full", "json", "sarif", "github", "junit")


def writer(name: str) -> Write:
    """Return the `write` function of a format. Only its module is imported."""
    write: Write = import_module(f".{name}", __package__).write
    return write
