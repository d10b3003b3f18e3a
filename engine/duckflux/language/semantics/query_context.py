"""The context of a rule: asks queries on behalf of one item and records the answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Concatenate, ParamSpec, TypeAlias, TypeVar

import msgspec

from ... import cel
from ...cel.types import BOOL, DYN, Field, Type
from ..budget import check_budget
from ..model.expression_fields import ExpressionField, is_expression
from ..model.flow_nodes import FlowNode
from ..model.workflow import Call, Loop, Output, Set
from .expression_reads import mentions_of
from .items import Item
from .reaching_definitions import ProgramPoint
from .semantic_model import SemanticModel

P = ParamSpec("P")
T = TypeVar("T")
QueryResults: TypeAlias = dict[tuple[Any, ...], Any]
_UNASKED: Any = object()


class Expression(msgspec.Struct, frozen=True):
    """A text that is CEL; `checked` is None if it does not parse."""

    expression_field: ExpressionField
    ast: cel.Ast
    checked: cel.Checked | None


class PlainText(msgspec.Struct, frozen=True):
    """A text in a field that may hold CEL, taken literally."""

    expression_field: ExpressionField
    ast: cel.Ast


class QueryContext:
    """Asks queries on behalf of an item and records the results.

    The recorded results are all that the item's problems depend on besides its own nodes. `flow_node` is the
    step being looked at, None outside of the flow.
    """

    def __init__(self, model: SemanticModel, item: Item | None = None) -> None:
        self.item = item
        self.flow_node: FlowNode | None = None
        self.expression_field: ExpressionField | None = None
        self.answers: QueryResults = {}
        # The variables as the expression sees them.
        self._seen: dict[str, Field | None] = {}
        self._model = model

    @property
    def scope(self) -> VisibleVariables:
        """Return the variables as the current expression sees them."""
        # Not kept: a context in a reference cycle would wait for the garbage collector.
        return VisibleVariables(self)

    def query(self, query: Callable[Concatenate[SemanticModel, P], T], *args: P.args, **_: P.kwargs) -> T:
        """Return the answer to a query of `SemanticModel`, asked once and recorded."""
        key = (query, *args)
        answer: T = self.answers.get(key, _UNASKED)
        if answer is _UNASKED:
            check_budget()
            answer = self.answers[key] = query(self._model, *args)  # type: ignore[call-arg]
        return answer

    def variable(self, name: str) -> Field | None:
        """Return a variable as the current expression sees it: `input` and `output` have the chain's type."""
        if name not in self._seen:
            self._seen[name] = self._variable(name)
        return self._seen[name]

    def _variable(self, name: str) -> Field | None:
        if name in ("workflow", "execution") and self._reads_members_alone(name):
            return self._model.variable(name)
        found = self.query(SemanticModel.variable, name)
        if found is None or name not in ("input", "output"):
            return found
        type_ = self._flowing(name)
        return found if type_ == DYN else Field(type_, found.doc)

    def _reads_members_alone(self, name: str) -> bool:
        """Return whether the expression reads only existing inputs or keys, so that no others matter to it."""
        if self.expression_field is None:
            return False
        mentions = [
            member
            for member in mentions_of(self.expression_field.node.text)
            if member.partition(".")[0] == name
        ]
        return bool(mentions) and all(
            self.query(SemanticModel.member, member) is not None for member in mentions
        )

    def _flowing(self, name: str) -> Type:
        if self.item is None or self.expression_field is None:
            return DYN
        flow_node, field = self.expression_field.flow_node, self.expression_field.field
        if flow_node is None:
            at_end = isinstance(self.item.subject, Output)
            return self.query(SemanticModel.chain_at_end).only if at_end and name == "output" else DYN
        if isinstance(flow_node.step, Loop) and field == "until":
            return self.query(SemanticModel.chain_after_iteration, self.item, flow_node).only
        if name == "input" and isinstance(flow_node.step, Call) and field not in ("when", "input"):
            return DYN
        return self.query(SemanticModel.chain_before, self.item, flow_node).only

    def point(self, expression_field: ExpressionField) -> ProgramPoint | None:
        """Return the program point at which an expression is evaluated."""
        if self.item is None:
            return None
        step = expression_field.flow_node.step if expression_field.flow_node is not None else None
        key = expression_field.field if isinstance(step, Set) else ""
        after = isinstance(step, Loop) and expression_field.field == "until"
        return ProgramPoint(
            self.item, expression_field.flow_node, after, guarded=expression_field.field != "when", key=key
        )

    def tree(self, expression_field: ExpressionField) -> cel.Ast | None:
        """Return the unchecked syntax tree of a text that is CEL, None for literal text."""
        self.expression_field = expression_field
        self._seen = {}
        ast = cel.parse(expression_field.node.text)
        return ast if is_expression(ast, self.scope, StepNames(self), expression_field.kind) else None

    def read(self, expression_field: ExpressionField) -> Expression | PlainText:
        """Return a text as CEL with the checker's results, or as literal text."""
        ast = self.tree(expression_field)
        if ast is None:
            return PlainText(expression_field, cel.parse(expression_field.node.text))
        if ast.errors:
            return Expression(expression_field, ast, None)
        expected = BOOL if expression_field.kind == "condition" else None
        return Expression(expression_field, ast, cel.check(ast, self.scope, expected=expected))


def still_valid(answers: QueryResults, model: SemanticModel, since: object) -> bool:
    """Return whether all recorded queries would be answered the same again.

    `since` is the revision of the model that gave the recorded answers.
    """
    settled = model.settled_since(since)
    for key, answer in answers.items():
        if key[0] in settled:
            continue
        now = key[0](model, *key[1:])
        if now is not answer and now != answer:
            return False
    return True


class VisibleVariables(Mapping[str, Field]):
    """The variables that an expression sees, each queried when it is needed."""

    def __init__(self, context: QueryContext) -> None:
        self._context = context

    def __getitem__(self, name: str) -> Field:
        found = self._context.variable(name)
        if found is None:
            raise KeyError(name)
        return found

    def __contains__(self, name: object) -> bool:
        return self._context.variable(str(name)) is not None

    def get(self, name: str, default: Any = None) -> Any:
        """Return a variable or the default."""
        found = self._context.variable(name)
        return default if found is None else found

    def __iter__(self) -> Iterator[str]:
        return iter(self._context.query(SemanticModel.variable_names))

    def __len__(self) -> int:
        return len(self._context.query(SemanticModel.variable_names))


class StepNames:
    """The names of those variables that are results of steps."""

    def __init__(self, context: QueryContext) -> None:
        self._context = context

    def __contains__(self, name: object) -> bool:
        return self._context.query(SemanticModel.is_step, str(name))
