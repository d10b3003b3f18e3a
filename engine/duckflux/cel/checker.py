"""Types for every node, and what is certain to be wrong (CEL spec, "Gradual Type Checking").

Dynamic values are never complained about. A problem's code is one of ``CODES``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final, TypeAlias

import msgspec

from . import literals
from .catalogue import NEGATION, OPERATORS, TYPE_NAMES
from .declarations import FUNCTION, METHOD, Function, Overload
from .errors import Failure, Problem
from .inference import Inference
from .library.regex import matcher
from .nodes import (
    Ast,
    Binary,
    Call,
    Conditional,
    Error,
    Ident,
    Index,
    ListNode,
    Literal,
    Macro,
    MapNode,
    Node,
    Select,
    Unary,
)
from .stack import room_for
from .suggest import closest
from .types import (
    BOOL,
    BYTES,
    DOUBLE,
    DYN,
    INT,
    NULL,
    NUMBERS,
    STRING,
    UINT,
    EnumType,
    Field,
    ListType,
    MapType,
    OptionalType,
    RecordType,
    Simple,
    Type,
    TypeType,
    Variable,
)
from .values import Uint

CODES: Final[Mapping[str, str]] = {
    "syntax": "The text is no expression.",
    "reserved": "A reserved word stands where a name must.",
    "too-complex": "The expression is nested too deeply.",
    "bad-macro": "A macro is not used as it must be.",
    "undeclared": "No variable has this name.",
    "unknown-function": "No function has this name, or it is not called this way.",
    "no-such-field": "The record has no such field.",
    "never-present": "`has` asks for a field that the record cannot have.",
    "wrong-type": "An operand, argument or element has a type that cannot work.",
    "wrong-arguments": "The function does not take this number of arguments.",
    "invalid-argument": "A literal argument is refused by the function.",
    "not-bool": "A condition is not a bool.",
    "never-true": "The comparison can never be true.",
    "always-true": "The comparison can never be false.",
    "impossible-value": "The text is none of the values that are possible.",
}


Scope: TypeAlias = Mapping[str, Type | Field]
"""The variables an expression may use; given as a Field, a variable has a doc."""


class Checked(msgspec.Struct, frozen=True, eq=False):
    """What the checker found: the type of the whole, the types of all nodes (by identity), and the problems.

    ``problems`` holds none of the parser's; those are in ``ast.errors``.
    """

    ast: Ast
    type: Type
    types: Mapping[Node, Type]
    problems: tuple[Problem, ...]


def check(ast: Ast, scope: Scope, *, expected: Type | None = None) -> Checked:
    """Check ``ast`` with the variables of ``scope``; with ``expected``, its result too must fit that type."""
    checker = _Checker(ast, scope)
    with room_for(len(ast.text)):
        root = checker.infer(ast.root)
        if expected is not None:
            checker.expect(ast.root, root, expected)
        types = checker.finished()
    problems = sorted(checker.problems, key=lambda problem: (problem.start, problem.end))
    return Checked(ast, types[ast.root], types, tuple(problems))


class _Checker:
    def __init__(self, ast: Ast, scope: Scope) -> None:
        self.ast = ast
        self.scope = scope
        self.locals: dict[str, Type] = {}
        self.inference = Inference()
        self.types: dict[Node, Type] = {}
        self.problems: list[Problem] = []

    def infer(self, node: Node) -> Type:
        """The type of ``node``, noted for it and for all nodes below."""
        type_ = _RULES[type(node)](self, node)
        self.types[node] = type_
        return type_

    def finished(self) -> dict[Node, Type]:
        """The types of all nodes, with nothing left open."""
        if not self.inference.made:
            return self.types
        return {node: self.inference.finish(type_) for node, type_ in self.types.items()}

    def known(self, node: Node) -> Type:
        return self.inference.known(self.infer(node))

    def problem(self, code: str, message: str, start: int, end: int, suggestion: str | None = None) -> None:
        if suggestion:
            message = f"{message}; did you mean `{suggestion}`?"
        self.problems.append(Problem(code, message, start, end, suggestion))

    def say(self, type_: Type) -> str:
        """A type for a message."""
        finished = self.inference.finish(type_)
        return "map" if isinstance(finished, RecordType) else str(finished)

    # What is wanted of a node

    def expect(self, node: Node, actual: Type, wanted: Type) -> None:
        if wanted == BOOL:
            return self.expect_bool(node, actual, "the condition must be a bool")
        if not self.inference.fits(actual, wanted):
            message = f"expected {self.say(wanted)}, not {self.say(actual)}"
            self.problem("wrong-type", message, node.start, node.end)
        return None

    def expect_bool(self, node: Node, actual: Type, sentence: str) -> None:
        if not self.inference.fits(actual, BOOL):
            self.problem("not-bool", f"{sentence}, not {self.say(actual)}", node.start, node.end)

    @contextmanager
    def variables(self, added: Mapping[str, Type]) -> Iterator[None]:
        """The variables of a macro, while its arguments are checked."""
        outer, self.locals = self.locals, {**self.locals, **added}
        try:
            yield
        finally:
            self.locals = outer

    # Names and members

    def ident(self, node: Ident) -> Type:
        found = self.lookup(node)
        if found is not None:
            return found
        if node.name in TYPE_NAMES:
            return TypeType(TYPE_NAMES[node.name][1])
        names = [*self.locals, *self.scope]
        message = f"undeclared reference to `{node.name}`"
        self.problem("undeclared", message, node.start, node.end, closest(node.name, names))
        return DYN

    def lookup(self, node: Ident) -> Type | None:
        if node.name in self.locals and not node.absolute:
            return self.locals[node.name]
        return self.outer(node.name)

    def outer(self, name: str) -> Type | None:
        given = self.scope.get(name)
        return given.type if isinstance(given, Field) else given

    def qualified(self, node: Select) -> Type | None:
        """The type of a dotted name that the scope, or CEL itself, has as a whole."""
        names = [node.field]
        base = node.operand
        while isinstance(base, Select) and not base.optional:
            names.append(base.field)
            base = base.operand
        if not isinstance(base, Ident) or base.name in self.locals or base.name in self.scope:
            return None
        name = ".".join([base.name, *reversed(names)])
        if name in TYPE_NAMES and name not in self.scope:
            return TypeType(TYPE_NAMES[name][1])
        return self.outer(name)

    def select(self, node: Select) -> Type:
        whole = self.qualified(node)
        if whole is not None:
            return whole
        operand = self.known(node.operand)
        if not node.field:
            return DYN
        if isinstance(operand, OptionalType):
            return OptionalType(self.member(self.inference.known(operand.value), node))
        member = self.member(operand, node)
        return OptionalType(member) if node.optional else member

    def member(self, operand: Type, node: Select) -> Type:
        if isinstance(operand, RecordType):
            return self.field(operand, node.field, node.field_start, node.field_end)
        if isinstance(operand, MapType):
            return operand.value
        if operand != DYN and not isinstance(operand, Variable):
            self.problem("wrong-type", f"{self.say(operand)} has no fields", node.field_start, node.field_end)
        return DYN

    def field(self, record: RecordType, name: str, start: int, end: int) -> Type:
        if name in record.fields:
            return record.fields[name].type
        if not record.open:
            self.problem(record.unknown, f"no such field: `{name}`", start, end, closest(name, record.fields))
        return DYN

    def index(self, node: Index) -> Type:
        operand, key = self.known(node.operand), self.known(node.index)
        if isinstance(operand, OptionalType):
            return OptionalType(self.item(self.inference.known(operand.value), key, node))
        item = self.item(operand, key, node)
        return OptionalType(item) if node.optional else item

    def item(self, operand: Type, key: Type, node: Index) -> Type:
        where = node.index
        if isinstance(operand, RecordType):
            if isinstance(where, Literal) and isinstance(where.value, str):
                return self.field(operand, where.value, where.start, where.end)
            self.expect_key(where, key, STRING)
            return DYN
        if isinstance(operand, MapType):
            self.expect_key(where, key, operand.key)
            return operand.value
        if isinstance(operand, ListType):
            if key not in (*NUMBERS, DYN) and not isinstance(key, Variable):
                self.problem(
                    "wrong-type", f"a list is indexed by int, not {self.say(key)}", where.start, where.end
                )
            return operand.element
        if operand != DYN and not isinstance(operand, Variable):
            self.problem("wrong-type", f"{self.say(operand)} cannot be indexed", node.start, node.end)
        return DYN

    def expect_key(self, node: Node, actual: Type, wanted: Type) -> None:
        if not self.inference.may_equal(actual, wanted):
            message = f"the keys of this map are {self.say(wanted)}, not {self.say(actual)}"
            self.problem("wrong-type", message, node.start, node.end)

    # Literals

    def literal(self, node: Literal) -> Type:
        return _LITERALS[type(node.value)]

    def list_of(self, node: ListNode) -> Type:
        elements = [
            self.element(part, position in node.optional) for position, part in enumerate(node.elements)
        ]
        return ListType(self.inference.join(elements))

    def map_of(self, node: MapNode) -> Type:
        keys = [self.known(key) for key, _ in node.entries]
        for (key, _), type_ in zip(node.entries, keys, strict=True):
            if type_ not in (BOOL, INT, UINT, STRING, DYN) and not isinstance(type_, (EnumType, Variable)):
                self.problem("wrong-type", f"{self.say(type_)} cannot be a map's key", key.start, key.end)
        values = [
            self.element(value, position in node.optional) for position, (_, value) in enumerate(node.entries)
        ]
        return MapType(self.inference.join(keys), self.inference.join(values))

    def element(self, node: Node, optional: bool) -> Type:
        type_ = self.known(node)
        if not optional or type_ == DYN:
            return type_
        if isinstance(type_, OptionalType):
            return type_.value
        self.problem(
            "wrong-type", f"`?` takes an optional value, not {self.say(type_)}", node.start, node.end
        )
        return DYN

    def error(self, node: Error) -> Type:
        for part in node.parts:
            self.infer(part)
        return DYN

    # Operators

    def unary(self, node: Unary) -> Type:
        operand = self.infer(node.operand)
        if node.operator == "!":
            self.expect_bool(node.operand, operand, "`!` takes a bool")
            return BOOL
        return self.operator(NEGATION, [operand], node)

    def binary(self, node: Binary) -> Type:
        left, right = self.infer(node.left), self.infer(node.right)
        if node.operator in ("&&", "||"):
            self.expect_bool(node.left, left, f"`{node.operator}` takes bools")
            self.expect_bool(node.right, right, f"`{node.operator}` takes bools")
            return BOOL
        if node.operator in ("==", "!="):
            self.equality(node, left, right)
            return BOOL
        if node.operator == "in":
            self.membership(node, left, self.inference.known(right))
            return BOOL
        return self.operator(OPERATORS[node.operator], [left, right], node)

    def operator(self, function: Function, operands: Sequence[Type], node: Node) -> Type:
        result = self.result(function, operands)
        if result is not None:
            return result
        said = " and ".join(map(self.say, operands))
        message = f"operator `{function.name}` does not take {said}"
        if function.name == "+" and STRING in map(self.inference.finish, operands):
            message += "; convert with string()"
        self.problem("wrong-type", message, node.start, node.end)
        return DYN

    def equality(self, node: Binary, left: Type, right: Type) -> None:
        code, outcome = ("never-true", "never") if node.operator == "==" else ("always-true", "always")
        if not self.inference.may_equal(left, right):
            message = f"{self.say(left)} and {self.say(right)} are never equal, so this is {outcome} true"
            self.problem(code, message, node.start, node.end)
            return
        self.possible(node.left, right)
        self.possible(node.right, left)

    def membership(self, node: Binary, element: Type, container: Type) -> None:
        if isinstance(container, ListType):
            wanted = container.element
        elif isinstance(container, MapType):
            wanted = container.key
        elif isinstance(container, RecordType):
            wanted = STRING
        else:
            self.container(node.right, container, "`in`", " (for a part of a text: `text.contains(part)`)")
            return
        if not self.inference.may_equal(element, wanted):
            message = f"{self.say(element)} is never in {self.say(container)}"
            self.problem("never-true", message, node.start, node.end)
        elif isinstance(node.right, ListNode):
            for part in node.right.elements:
                self.possible(part, element)

    def possible(self, node: Node, type_: Type) -> None:
        """A literal compared with an enumeration must be one of its values."""
        type_ = self.inference.known(type_)
        if (
            not isinstance(type_, EnumType)
            or not isinstance(node, Literal)
            or not isinstance(node.value, str)
        ):
            return
        if node.value not in type_.values:
            message = f"never {literals.quote(node.value)}: it is one of {', '.join(type_.values)}"
            suggestion = closest(node.value, type_.values)
            self.problem("impossible-value", message, node.start, node.end, suggestion)

    def conditional(self, node: Conditional) -> Type:
        condition = self.infer(node.condition)
        self.expect_bool(node.condition, condition, "the condition must be a bool")
        return self.inference.join([self.infer(node.then), self.infer(node.otherwise)])

    # Calls

    def call(self, node: Call) -> Type:
        function = self.ast.library.functions.get(node.function)
        if function is None:
            return self.unknown_function(node)
        args = [self.infer(child) for child in node.children]
        if not function.callable_as(FUNCTION if node.target is None else METHOD):
            right = function.signature(function.overloads[0])
            self.problem(
                "unknown-function",
                f"`{node.function}` is called as `{right}`",
                node.name_start,
                node.name_end,
            )
            return DYN
        result = self.result(function, args)
        if result is None:
            self.wrong_call(node, function, args)
            return self.common_result(function)
        self.literal_arguments(node, function, args)
        return result

    def result(self, function: Function, args: Sequence[Type]) -> Type | None:
        """The result of the overload that takes these arguments; dyn if several do, None if none does."""
        known = tuple(map(self.inference.known, args))
        if all(isinstance(arg, Simple) for arg in known):
            result = _of_simple(function, known)
            if not isinstance(result, Variable):
                return result
        return _matching(self.inference, function.overloads, known)

    def common_result(self, function: Function) -> Type:
        results = [overload.result for overload in function.overloads]
        return results[0] if all(result == results[0] for result in results) else DYN

    def unknown_function(self, node: Call) -> Type:
        library = self.ast.library
        shapes = [macro for macro in library.macros.values() if macro.name == node.function]
        # What would be a macro's variables is no reading of names.
        names = [arg.name for arg in node.args if isinstance(arg, Ident)] if shapes else []
        with self.variables(dict.fromkeys(names, DYN)):
            for child in node.children:
                self.infer(child)
        if shapes:
            right = " or ".join(f"`{macro.signature}`" for macro in shapes)
            message = f"`{node.function}` is used as {right}"
            self.problem("wrong-arguments", message, node.name_start, node.name_end)
            return DYN
        known = [*library.functions, *(macro.name for macro in library.macros.values())]
        message, suggestion = f"unknown function `{node.function}`", closest(node.function, known)
        self.problem("unknown-function", message, node.name_start, node.name_end, suggestion)
        return DYN

    def wrong_call(self, node: Call, function: Function, args: Sequence[Type]) -> None:
        candidates = [overload for overload in function.overloads if len(overload.params) == len(args)]
        if not candidates:
            right = " or ".join(f"`{function.signature(overload)}`" for overload in function.overloads)
            message = f"`{function.name}` does not take {_count(len(node.args))}: {right}"
            self.problem("wrong-arguments", message, node.name_start, node.name_end)
            return
        for position, (child, arg) in enumerate(zip(node.children, args, strict=True)):
            wanted = list(dict.fromkeys(_general_name(overload.params[position]) for overload in candidates))
            candidates = [overload for overload in candidates if self.takes(overload, position, arg)]
            if not candidates:
                message = f"`{function.name}` takes {' or '.join(wanted)} here, not {self.say(arg)}"
                self.problem("wrong-type", message, child.start, child.end)
                return
        said = ", ".join(map(self.say, args))
        self.problem("wrong-type", f"`{function.name}` does not take ({said})", node.start, node.end)

    def takes(self, overload: Overload, position: int, arg: Type) -> bool:
        params, _ = self.inference.instantiate(overload)
        return self.inference.fits(arg, params[position])

    def literal_arguments(self, node: Call, function: Function, args: Sequence[Type]) -> None:
        """What a literal argument makes certain to fail: a bad duration, time, number or pattern."""
        children = node.children
        try:
            if function.name == "matches" and isinstance(children[1], Literal):
                matcher(children[1].value)
            elif function.pure and all(isinstance(child, Literal) for child in children):
                values = tuple(child.value for child in children if isinstance(child, Literal))
                call = function.resolve(values)
                if call is not None:
                    call(*values)
        except Failure as failure:
            wrong = node.args[-1] if node.args else node
            self.problem("invalid-argument", f"`{function.name}`: {failure.message}", wrong.start, wrong.end)

    # Macros

    def macro(self, node: Macro) -> Type:
        if node.function == "has":
            return self.has(node)
        if node.function == "cel.bind":
            return self.bind(node)
        assert node.target is not None  # noqa: S101
        target = self.known(node.target)
        if node.function in ("optMap", "optFlatMap"):
            return self.optional_map(node, target)
        types = self.loop_variables(node, node.target, target)
        names = [variable.name for variable in node.variables]
        self.types.update(zip(node.variables, types, strict=True))
        with self.variables(dict(zip(names, types, strict=True))):
            args = [self.infer(arg) for arg in node.args]
        return self.loop_result(node, types, args)

    def has(self, node: Macro) -> Type:
        selected = node.args[0]
        assert isinstance(selected, Select)  # noqa: S101
        operand = self.known(selected.operand)
        self.types[selected] = DYN
        if isinstance(operand, OptionalType):
            operand = self.inference.known(operand.value)
        if isinstance(operand, RecordType):
            self.has_field(operand, selected)
        elif not isinstance(operand, MapType):
            self.types[selected] = self.member(operand, selected)
        return BOOL

    def has_field(self, record: RecordType, selected: Select) -> None:
        name = selected.field
        if name in record.fields:
            self.types[selected] = record.fields[name].type
        elif not record.open and name and record.unknown == "no-such-field":
            message = f"never true: no such field: `{name}`"
            suggestion = closest(name, record.fields)
            self.problem("never-present", message, selected.field_start, selected.field_end, suggestion)

    def bind(self, node: Macro) -> Type:
        value = self.infer(node.args[0])
        self.types[node.variables[0]] = value
        with self.variables({node.variables[0].name: value}):
            return self.infer(node.args[1])

    def optional_map(self, node: Macro, target: Type) -> Type:
        value: Type = DYN
        if isinstance(target, OptionalType):
            value = target.value
        elif target != DYN and node.target is not None:
            message = f"`{node.function}` works on optional values, not {self.say(target)}"
            self.problem("wrong-type", message, node.target.start, node.target.end)
        self.types[node.variables[0]] = value
        with self.variables({node.variables[0].name: value}):
            result = self.infer(node.args[0])
        return result if node.function == "optFlatMap" else OptionalType(result)

    def loop_variables(self, node: Macro, where: Node, target: Type) -> list[Type]:
        """The types of a macro's variables: the element or key; with two, index and element or key and value."""
        if isinstance(target, ListType):
            pair: tuple[Type, Type] = (INT, target.element)
        elif isinstance(target, MapType):
            pair = (target.key, target.value)
        elif isinstance(target, RecordType):
            pair = (STRING, self.inference.value_of(target))
        else:
            self.container(where, target, f"`{node.function}`")
            pair = (DYN, DYN)
        if len(node.variables) == 2:
            return [*pair]
        return [pair[1] if isinstance(target, ListType) else pair[0]]

    def container(self, where: Node, type_: Type, user: str, hint: str = "") -> None:
        if type_ == DYN or isinstance(type_, Variable):
            return
        message = f"{user} works on lists and maps, not {self.say(type_)}{hint if type_ == STRING else ''}"
        self.problem("wrong-type", message, where.start, where.end)

    def loop_result(self, node: Macro, variables: Sequence[Type], args: Sequence[Type]) -> Type:
        name = node.function
        if name in _CONDITIONAL or len(args) == 2:
            self.expect_bool(node.args[0], args[0], f"the condition of `{name}` must be a bool")
        if name == "filter":
            return ListType(variables[0])
        if name in ("map", "transformList"):
            return ListType(args[-1])
        if name == "transformMap":
            return MapType(variables[0], args[-1])
        return args[-1] if name == "transformMapEntry" else BOOL


_CONDITIONAL: Final = frozenset({"all", "exists", "exists_one", "existsOne", "filter"})
_LITERALS: Final[Mapping[type, Type]] = {
    type(None): NULL,
    bool: BOOL,
    int: INT,
    Uint: UINT,
    float: DOUBLE,
    str: STRING,
    bytes: BYTES,
}
_RULES: Final[Mapping[type, Callable[[_Checker, Any], Type]]] = {
    Literal: _Checker.literal,
    Ident: _Checker.ident,
    Select: _Checker.select,
    Index: _Checker.index,
    Call: _Checker.call,
    Macro: _Checker.macro,
    Unary: _Checker.unary,
    Binary: _Checker.binary,
    Conditional: _Checker.conditional,
    ListNode: _Checker.list_of,
    MapNode: _Checker.map_of,
    Error: _Checker.error,
}


def _general_name(type_: Type) -> str:
    """``list`` for ``list(A)``."""
    return str(type_).partition("(")[0] if isinstance(type_, (ListType, MapType)) else str(type_)


def _count(number: int) -> str:
    return f"{number} argument{'' if number == 1 else 's'}"


def _matching(inference: Inference, overloads: Iterable[Overload], args: Sequence[Type]) -> Type | None:
    results: list[Type] = []
    for overload in overloads:
        if len(overload.params) != len(args):
            continue
        params, result = inference.instantiate(overload)
        if inference.all_fit(args, params):
            results.append(inference.known(result))
    if not results:
        return None
    return results[0] if all(result == results[0] for result in results) else DYN


@lru_cache(maxsize=4096)
def _of_simple(function: Function, args: tuple[Type, ...]) -> Type | None:
    """What `_matching` finds for types without parts, the same in every expression; a variable where the result
    depends on what else is known."""
    inference = Inference()
    result = _matching(inference, function.overloads, args)
    if result is None or inference.finish(result) == result:
        return result
    return inference.fresh()
