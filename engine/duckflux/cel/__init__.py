"""The Common Expression Language (CEL): a parser, a checker, a compiler and services for editors.

    program = cel.compile("build.status == 'success' && size(build.output) > 0")
    program({"build": {"status": "success", "output": "done"}})  # True

See docs/cel.md for the extensions of CEL's specification and the differences from it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import types
    from .checker import CODES, Checked, check
    from .chrono import Duration, Timestamp
    from .compiler import Program, compile
    from .errors import CelError, EvaluationError, Failure, ParseError, Problem
    from .json_values import to_json
    from .library.declarations import Library, host_function
    from .library.standard import STANDARD
    from .syntax import nodes
    from .syntax.identifiers import free_names, references
    from .syntax.nodes import Ast, Expr
    from .syntax.parser import parse
    from .syntax.printer import to_text
    from .values import Uint

_MODULES = {"nodes": "syntax.nodes", "types": "types"}
_NAMES = {
    "checker": ("CODES", "Checked", "check"),
    "chrono": ("Duration", "Timestamp"),
    "compiler": ("Program", "compile"),
    "errors": ("CelError", "EvaluationError", "Failure", "ParseError", "Problem"),
    "json_values": ("to_json",),
    "library.declarations": ("Library", "host_function"),
    "library.standard": ("STANDARD",),
    "syntax.identifiers": ("free_names", "references"),
    "syntax.nodes": ("Ast", "Expr"),
    "syntax.parser": ("parse",),
    "syntax.printer": ("to_text",),
    "values": ("Uint",),
}
_MODULE_OF = {name: module for module, names in _NAMES.items() for name in names}


def __getattr__(name: str) -> Any:
    # A module is imported when one of its names is first read: a workflow without expressions, or a command that
    # only parses them, does not wait for the checker and the compiler.
    if name in _MODULES:
        value = import_module(f".{_MODULES[name]}", __name__)
    elif name in _MODULE_OF:
        value = getattr(import_module(f".{_MODULE_OF[name]}", __name__), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
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
    "check",
    "compile",
    "free_names",
    "host_function",
    "nodes",
    "parse",
    "references",
    "to_json",
    "to_text",
    "types",
]
