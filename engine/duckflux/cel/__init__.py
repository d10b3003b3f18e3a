"""CEL, the Common Expression Language, for duckflux: parse, check, compile, and what an editor needs.

    program = cel.compile("build.status == 'success' && size(build.output) > 0")
    program({"build": {"status": "success", "output": "done"}})  # True

``docs/cel.md`` tells what it does beyond CEL's specification, and where it differs.
"""

from __future__ import annotations

from . import catalogue, types
from .catalogue import STANDARD
from .checker import CODES, Checked, check
from .chrono import Duration, Timestamp
from .compiler import Program, compile
from .declarations import Library, host_function
from .errors import CelError, EvaluationError, Failure, ParseError, Problem
from .jsonable import to_json
from .names import free_names, references
from .nodes import Ast, Node
from .parser import parse
from .printer import to_text
from .values import Uint

__all__ = [
    "CODES",
    "STANDARD",
    "Ast",
    "CelError",
    "Checked",
    "Duration",
    "EvaluationError",
    "Failure",
    "Library",
    "Node",
    "ParseError",
    "Problem",
    "Program",
    "Timestamp",
    "Uint",
    "catalogue",
    "check",
    "compile",
    "free_names",
    "host_function",
    "parse",
    "references",
    "to_json",
    "to_text",
    "types",
]
