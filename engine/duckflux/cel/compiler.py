"""Trees to closures, which take the activation, a mapping from names to values, and return a value.

Constant parts are evaluated once, here. An expression with macros is metered: see docs/cel.md, "Limits".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any, Final

from . import macros, operators
from .access import ErrorSite, has, index, optional_index, path, select
from .catalogue import NEGATION, OPERATORS, STANDARD
from .declarations import FUNCTION, METHOD, Function, Library, dispatch_table
from .environment import Bindings, Environment, Evaluate
from .errors import EvaluationError, Failure, ParseError
from .nodes import (
    Ast,
    Binary,
    Call,
    Conditional,
    Expr,
    Ident,
    Index,
    ListNode,
    Literal,
    Macro,
    MapNode,
    Select,
    Unary,
    walk,
)
from .parser import parse
from .recursion import ensure_stack
from .values import MixedMap, OptionalValue, Uint, class_of, type_name

COST_LIMIT: Final = 10_000_000

_KEYS: Final = frozenset({str, int, Uint, bool})


class Program:
    """A compiled expression. Call it with an activation: a mapping from the names it uses to plain values.

    Calling raises EvaluationError. A name for which the activation raises KeyError is undeclared. The activation
    is only read, and only where the expression needs it, so it may be lazy. A value may share parts with it.
    """

    __slots__ = ("_evaluate", "_metered", "ast", "cost_limit")

    def __init__(self, ast: Ast, evaluate: Evaluate, metered: bool, cost_limit: int) -> None:
        self.ast = ast
        self.cost_limit = cost_limit
        self._evaluate = evaluate
        self._metered = metered

    def __call__(self, activation: Mapping[str, Any]) -> Any:
        """The value of the expression."""
        try:
            if self._metered:
                return self._evaluate(Bindings(activation, operators.Meter(self.cost_limit)))
            return self._evaluate(activation)
        except RecursionError:
            raise EvaluationError(
                "the values are nested too deeply", 0, len(self.ast.text), "too-complex"
            ) from None


def compile(source: str | Ast, library: Library = STANDARD, *, cost_limit: int = COST_LIMIT) -> Program:
    """The program of a text or of a parsed one (whose library then counts).

    Raises ParseError with the problems when the text is no expression. Programs are cached by text.
    """
    return _compile(source if isinstance(source, Ast) else parse(source, library), cost_limit)


@lru_cache(4096)
def _compile(ast: Ast, cost_limit: int) -> Program:
    if ast.errors:
        raise ParseError(ast.errors)
    compiler = Compiler(ast)
    with ensure_stack(len(ast.text)):
        return Program(ast, compiler.node(ast.root), compiler.metered, cost_limit)


class Compiler:
    """Compiles the nodes of one tree."""

    __slots__ = ("ast", "constants", "metered")

    def __init__(self, ast: Ast) -> None:
        self.ast = ast
        self.metered = any(isinstance(node, Macro) and node.function != "has" for node in walk(ast.root))
        self.constants: dict[Evaluate, Any] = {}

    def node(self, node: Expr) -> Evaluate:
        """The closure that evaluates ``node``."""
        return _COMPILERS[type(node)](self, node)

    def site(self, node: Expr) -> ErrorSite:
        """Where ``node`` stands, for errors."""
        return ErrorSite(self.ast.text, node.start, node.end)

    def constant(self, value: Any) -> Evaluate:
        """A closure for ``value``, known to be constant."""

        def evaluate(_: Environment) -> Any:
            return value

        self.constants[evaluate] = value
        return evaluate

    def fold(self, evaluate: Evaluate, *operands: Evaluate) -> Evaluate:
        """``evaluate``, done now if all its operands are constant and it succeeds."""
        for operand in operands:
            if operand not in self.constants:
                return evaluate
        try:
            return self.constant(evaluate(Bindings({}, operators.Meter(COST_LIMIT))))
        except EvaluationError:
            return evaluate


def _literal(compiler: Compiler, node: Literal) -> Evaluate:
    return compiler.constant(node.value)


def _ident(compiler: Compiler, node: Ident) -> Evaluate:
    return path(compiler.ast.text, node, ())


def _select(compiler: Compiler, node: Select) -> Evaluate:
    if node.optional:
        return optional_index(compiler.node(node.operand), compiler.constant(node.field), compiler.site(node))
    selects: list[Select] = [node]
    base = node.operand
    while isinstance(base, Select) and not base.optional:
        selects.append(base)
        base = base.operand
    selects.reverse()
    if isinstance(base, Ident):
        return path(compiler.ast.text, base, tuple(selects))
    evaluate = compiler.node(base)
    for part in selects:
        evaluate = compiler.fold(select(evaluate, part.field, compiler.site(part)), evaluate)
    return evaluate


def _index(compiler: Compiler, node: Index) -> Evaluate:
    operand, key = compiler.node(node.operand), compiler.node(node.index)
    make = optional_index if node.optional else index
    return compiler.fold(make(operand, key, compiler.site(node)), operand, key)


def _call(compiler: Compiler, node: Call) -> Evaluate:
    operands = tuple([compiler.node(child) for child in node.children])
    function = compiler.ast.library.functions.get(node.function)
    site = compiler.site(node)
    if function is None or not function.callable_as(FUNCTION if node.target is None else METHOD):
        return _unknown(node.function, site)
    if function.linear and compiler.metered:
        operands = tuple(_charged(operand, site) for operand in operands)
    evaluate = _apply(function, operands, site)
    if function.linear and compiler.metered:
        return _charged(evaluate, site)
    return compiler.fold(evaluate, *operands) if function.pure else evaluate


def _unknown(function: str, site: ErrorSite) -> Evaluate:
    def evaluate(_: Environment) -> Any:
        raise site.error(f"unknown function `{function}`", "unknown-function")

    return evaluate


def _charged(evaluate: Evaluate, site: ErrorSite) -> Evaluate:
    """``evaluate``, whose value costs by its length."""

    def charged(environment: Environment) -> Any:
        value = evaluate(environment)
        if type(value) is str or type(value) is list or type(value) is bytes:
            try:
                environment.meter.spend(len(value) >> 6)
            except Failure as failure:
                raise site.refused(failure) from None
        return value

    return charged


def _apply(function: Function, operands: tuple[Evaluate, ...], site: ErrorSite) -> Evaluate:
    """A call of ``function``, dispatched on the classes of its arguments."""
    table = dispatch_table(function, len(operands))
    refused = partial(_refused, function, site)

    def general(*args: Any) -> Any:
        call = function.resolve(args)
        if call is None:
            raise site.error(_no_overload(function, args), "no-such-overload")
        try:
            return call(*args)
        except Exception as error:
            raise refused(error) from None

    if len(operands) == 1:
        return _apply_one(*operands, table, general, refused)
    if len(operands) == 2:
        return _apply_two(*operands, table, general, refused)
    return lambda environment: general(*[operand(environment) for operand in operands])


Table = Mapping[Any, Callable[..., Any]]
Refused = Callable[[Exception], EvaluationError]


def _apply_one(operand: Evaluate, table: Table, general: Callable[..., Any], refused: Refused) -> Evaluate:
    def evaluate(environment: Environment) -> Any:
        value = operand(environment)
        call = table.get(type(value))
        if call is None:
            return general(value)
        try:
            return call(value)
        except Exception as error:
            raise refused(error) from None

    return evaluate


def _apply_two(
    left: Evaluate, right: Evaluate, table: Table, general: Callable[..., Any], refused: Refused
) -> Evaluate:
    def evaluate(environment: Environment) -> Any:
        a, b = left(environment), right(environment)
        call = table.get((type(a), type(b)))
        if call is None:
            return general(a, b)
        try:
            return call(a, b)
        except Exception as error:
            raise refused(error) from None

    return evaluate


def _refused(function: Function, site: ErrorSite, error: Exception) -> EvaluationError:
    if isinstance(error, Failure):
        return site.refused(error)
    if isinstance(error, EvaluationError):
        return error
    # The message of any other error may hold values.
    return site.error(f"`{function.name}` failed ({type(error).__name__})")


def _no_overload(function: Function, args: tuple[Any, ...]) -> str:
    if not any(len(overload.params) == len(args) for overload in function.overloads):
        return f"`{function.name}` does not take this number of arguments"
    return f"`{function.name}` does not take {' and '.join(map(type_name, args))}"


def _unary(compiler: Compiler, node: Unary) -> Evaluate:
    operand, site = compiler.node(node.operand), compiler.site(node)
    if node.operator == "-":
        return compiler.fold(_apply(NEGATION, (operand,), site), operand)

    def negate(environment: Environment) -> bool:
        value = operand(environment)
        if value is True:
            return False
        if value is False:
            return True
        raise site.error("`!` takes a bool", "no-such-overload")

    return compiler.fold(negate, operand)


def _binary(compiler: Compiler, node: Binary) -> Evaluate:
    operator = node.operator
    if operator in _DECIDING:
        return _logical(compiler, node)
    left, right = compiler.node(node.left), compiler.node(node.right)
    site = compiler.site(node)
    if operator in ("==", "!="):
        evaluate = _equality(compiler, left, right, operator == "==", site)
    elif operator == "in":
        evaluate = _membership(compiler, left, right, site)
    elif operator in _ORDERINGS:
        if compiler.metered and left not in compiler.constants and right not in compiler.constants:
            left, right = _charged(left, site), _charged(right, site)
        evaluate = _ordering(operator, left, right, site)
    else:
        evaluate = _apply(OPERATORS[operator], (left, right), site)
        if compiler.metered:
            return _charged(evaluate, site)
    return compiler.fold(evaluate, left, right)


_DECIDING: Final = {"&&": False, "||": True}


def _logical(compiler: Compiler, node: Binary) -> Evaluate:
    """A whole chain of ``&&`` or ``||``: the deciding value wins, wherever it stands, over any error."""
    operator = node.operator
    nodes: list[Expr] = [node.right]
    left = node.left
    while isinstance(left, Binary) and left.operator == operator:
        nodes.append(left.right)
        left = left.left
    nodes.append(left)
    clauses = tuple([(compiler.node(clause), compiler.site(clause)) for clause in reversed(nodes)])
    deciding = _DECIDING[operator]
    neutral = not deciding

    def evaluate(environment: Environment) -> bool:
        failure = None
        for clause, site in clauses:
            try:
                value = clause(environment)
            except EvaluationError as error:
                failure = failure or error
                continue
            if value is neutral:
                continue
            if value is deciding:
                return not neutral
            failure = failure or site.error(f"`{operator}` takes bools", "no-such-overload")
        if failure:
            raise failure
        return neutral

    return compiler.fold(evaluate, *(clause for clause, _ in clauses))


def _equality(compiler: Compiler, left: Evaluate, right: Evaluate, wanted: bool, site: ErrorSite) -> Evaluate:
    for operand, other in ((left, right), (right, left)):
        constant = compiler.constants.get(other, ErrorSite)
        # Python's own equality has the right meaning against these.
        if isinstance(constant, (str, bytes)):
            return _equal_constant(operand, constant, wanted)
        if constant is None or isinstance(constant, bool):
            return _is_constant(operand, constant, wanted)
    equal = operators.equal
    metered = compiler.metered

    def evaluate(environment: Environment) -> bool:
        try:
            return (
                equal(left(environment), right(environment), environment.meter if metered else None) is wanted
            )
        except Failure as failure:
            raise site.refused(failure) from None

    return evaluate


def _equal_constant(operand: Evaluate, constant: Any, wanted: bool) -> Evaluate:
    if wanted:
        return lambda environment: bool(operand(environment) == constant)
    return lambda environment: bool(operand(environment) != constant)


def _is_constant(operand: Evaluate, constant: bool | None, wanted: bool) -> Evaluate:
    if wanted:
        return lambda environment: operand(environment) is constant
    return lambda environment: operand(environment) is not constant


def _membership(compiler: Compiler, left: Evaluate, right: Evaluate, site: ErrorSite) -> Evaluate:
    metered = compiler.metered

    def evaluate(environment: Environment) -> bool:
        element, container = left(environment), right(environment)
        if type(element) is str and type(container) is dict:
            return bool(element in container)
        try:
            return operators.contains(element, container, environment.meter if metered else None)
        except Failure as failure:
            raise site.refused(failure) from None

    return evaluate


_ORDERINGS: Final = {symbol: OPERATORS[symbol].overloads[0].call for symbol in ("<", "<=", ">", ">=")}
_ORDERED: Final = frozenset({int, str, float})


def _ordering(operator: str, left: Evaluate, right: Evaluate, site: ErrorSite) -> Evaluate:
    compare = _ORDERINGS[operator]
    table = dispatch_table(OPERATORS[operator], 2)

    def evaluate(environment: Environment) -> Any:
        a, b = left(environment), right(environment)
        kind = type(a)
        if kind is type(b) and kind in _ORDERED:
            return compare(a, b)
        call = table.get((class_of(a), class_of(b)))
        if call is None:
            raise site.error(_no_overload(OPERATORS[operator], (a, b)), "no-such-overload")
        return call(a, b)

    return evaluate


def _conditional(compiler: Compiler, node: Conditional) -> Evaluate:
    condition, then, otherwise = [compiler.node(child) for child in node.children]
    site = compiler.site(node.condition)

    def evaluate(environment: Environment) -> Any:
        value = condition(environment)
        if value is True:
            return then(environment)
        if value is False:
            return otherwise(environment)
        raise site.error("the condition of `?:` is not a bool", "no-such-overload")

    return compiler.fold(evaluate, condition, then, otherwise)


def _list(compiler: Compiler, node: ListNode) -> Evaluate:
    elements = tuple([compiler.node(element) for element in node.elements])
    if node.optional:
        return _list_with_optionals(compiler, node, elements)

    def evaluate(environment: Environment) -> list[Any]:
        return [element(environment) for element in elements]

    return compiler.fold(evaluate, *elements)


def _list_with_optionals(compiler: Compiler, node: ListNode, elements: tuple[Evaluate, ...]) -> Evaluate:
    sites = tuple(map(compiler.site, node.elements))

    def evaluate(environment: Environment) -> list[Any]:
        result = []
        for position, element in enumerate(elements):
            value = element(environment)
            if position not in node.optional:
                result.append(value)
            elif _is_present(value, sites[position]):
                result.append(value.value)
        return result

    return evaluate


def _is_present(value: Any, site: ErrorSite) -> bool:
    if not isinstance(value, OptionalValue):
        raise site.error("`?` takes an optional value", "no-such-overload")
    return value.present


def _map(compiler: Compiler, node: MapNode) -> Evaluate:
    parts = [
        (compiler.node(key), compiler.node(value), compiler.site(key), position in node.optional)
        for position, (key, value) in enumerate(node.entries)
    ]

    def evaluate(environment: Environment) -> Any:
        result: Any = {}
        for key_of, value_of, site, optional in parts:
            key, value = key_of(environment), value_of(environment)
            if type(key) not in _KEYS:
                raise site.error("a map's key is a string, an integer or a bool", "no-such-overload")
            if operators.contains_key(result, key):
                raise site.error("the map has this key twice", "duplicate-key")
            if key in result:
                result = MixedMap(result)
            if not optional:
                result[key] = value
            elif _is_present(value, site):
                result[key] = value.value
        return result

    return compiler.fold(evaluate, *(part for key, value, _, _ in parts for part in (key, value)))


def _macro(compiler: Compiler, node: Macro) -> Evaluate:
    if node.function != "has":
        return macros.compile_macro(compiler, node)
    selected = node.args[0]
    assert isinstance(selected, Select)  # noqa: S101
    return has(compiler.node(selected.operand), selected.field, compiler.site(selected))


_COMPILERS: Final[dict[type, Callable[[Compiler, Any], Evaluate]]] = {
    Literal: _literal,
    Ident: _ident,
    Select: _select,
    Index: _index,
    Call: _call,
    Unary: _unary,
    Binary: _binary,
    Conditional: _conditional,
    ListNode: _list,
    MapNode: _map,
    Macro: _macro,
}
