"""CEL, the Common Expression Language, for duckflux: parse, check, compile, and what an editor needs.

    program = cel.compile("build.status == 'success' && size(build.output) > 0")
    program({"build": {"status": "success", "output": "done"}})  # True

``docs/cel.md`` tells what it does beyond CEL's specification, and where it differs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import catalogue, types
    from .catalogue import STANDARD
    from .checker import CODES, Checked, check
    from .chrono import Duration, Timestamp
    from .compiler import Program, compile
    from .declarations import Library, host_function
    from .errors import CelError, EvaluationError, Failure, ParseError, Problem
    from .json_values import to_json
    from .names import free_names, references
    from .nodes import Ast, Expr
    from .parser import parse
    from .printer import to_text
    from .values import Uint

# Each name's module is imported when the name is first asked for: a workflow without expressions, or a command
# that only parses them, does not wait for the checker and the compiler.
_MODULES = {
    "catalogue": ("STANDARD",),
    "checker": ("CODES", "Checked", "check"),
    "chrono": ("Duration", "Timestamp"),
    "compiler": ("Program", "compile"),
    "declarations": ("Library", "host_function"),
    "errors": ("CelError", "EvaluationError", "Failure", "ParseError", "Problem"),
    "json_values": ("to_json",),
    "names": ("free_names", "references"),
    "nodes": ("Ast", "Expr"),
    "parser": ("parse",),
    "printer": ("to_text",),
    "types": (),
    "values": ("Uint",),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f".{name}", __name__)
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


__all__ = [
    "CODES",
    "STANDARD",
    "Ast",
    "CelError",
    "Checked",
    "Duration",
    "EvaluationError",
    "Expr",
    "Failure",
    "Library",
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
