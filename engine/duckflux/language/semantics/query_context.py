"""A look at a workflow from one of its parts: what rules use to ask about the rest of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeAlias, TypeVar

from ... import cel
from ...cel.types import BOOL, DYN, Field, Type
from ..model.expression_fields import ExpressionField, is_expression
from ..model.flow_nodes import FlowNode
from ..model.items import Item
from ..model.workflow import Call, Loop, Output, Set
from .expression_reads import CONTEXT, mentions_of
from .reaching_definitions import ProgramPoint
from .semantic_model import SemanticModel

P = ParamSpec("P")
T = TypeVar("T")
QueryResults: TypeAlias = dict[tuple[Any, ...], Any]
_UNASKED: Any = object()


class Expression(NamedTuple):
    """A text that is CEL. `checked` is None where it does not parse."""

    expression_field: ExpressionField
    ast: cel.Ast
    checked: cel.Checked | None


class PlainText(NamedTuple):
    """A text that could be CEL but is taken as it stands."""

    expression_field: ExpressionField
    ast: cel.Ast


class QueryContext:
    """Asks on behalf of one part, and notes the answers: they are all that the part's problems depend on.

    `place` is that of the step that is being looked at, None outside of the flow.
    """

    def __init__(self, model: SemanticModel, item: Item | None = None) -> None:
        self.item = item
        self.flow_node: FlowNode | None = None
        self.expression_field: ExpressionField | None = None
        self.answers: QueryResults = {}
        # The variables as they are seen from the site.
        self._seen: dict[str, Field | None] = {}
        self._model = model

    @property
    def scope(self) -> VisibleVariables:
        """The variables, as they are seen from here."""
        # Not kept: a look that can be reached from itself would wait for the collector of garbage.
        return VisibleVariables(self)

    def query(self, question: Callable[Concatenate[SemanticModel, P], T], *args: P.args, **_: P.kwargs) -> T:
        """The answer to a question of `SemanticModel`."""
        asked = (question, *args)
        answer: T = self.answers.get(asked, _UNASKED)
        if answer is _UNASKED:
            answer = self.answers[asked] = question(self._model, *args)  # type: ignore[call-arg]
        return answer

    def variable(self, name: str) -> Field | None:
        """A variable as it is seen here: `input` and `output` have the type of what flows in."""
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
        """Whether the text reads inputs or keys that are there, so that no others matter to it."""
        if self.expression_field is None:
            return False
        mentions = [
            thing for thing in mentions_of(self.expression_field.node.text) if thing.partition(".")[0] == name
        ]
        return bool(mentions) and all(
            self.query(SemanticModel.member, thing) is not None for thing in mentions
        )

    def _flowing(self, name: str) -> Type:
        if self.item is None or self.expression_field is None:
            return DYN
        flow_node, field = self.expression_field.flow_node, self.expression_field.field
        if flow_node is None:
            at_end = isinstance(self.item.subject, Output)
            return self.query(SemanticModel.chain_at_end).only if at_end and name == "output" else DYN
        if isinstance(flow_node.step, Loop) and field == "until":
            return self.query(SemanticModel.chain_after_round, self.item, flow_node).only
        if name == "input" and isinstance(flow_node.step, Call) and field not in ("when", "input"):
            return DYN
        return self.query(SemanticModel.chain_before, self.item, flow_node).only

    def point(self, expression_field: ExpressionField) -> ProgramPoint | None:
        """Where in the order of the flow a text is evaluated."""
        if self.item is None:
            return None
        step = expression_field.flow_node.step if expression_field.flow_node is not None else None
        keys: tuple[str, ...] = ()
        if isinstance(step, Set):
            names = [entry.key.text for entry in step.entries]
            keys = tuple(CONTEXT + name for name in names[: names.index(expression_field.field)])
        after = isinstance(step, Loop) and expression_field.field == "until"
        return ProgramPoint(
            self.item, expression_field.flow_node, after, guarded=expression_field.field != "when", keys=keys
        )

    def tree(self, expression_field: ExpressionField) -> cel.Ast | None:
        """The tree of a text that is CEL, unchecked; None for literal text."""
        self.expression_field = expression_field
        self._seen = {}
        ast = cel.parse(expression_field.node.text)
        return ast if is_expression(ast, self.scope, StepNames(self), expression_field.kind) else None

    def read(self, expression_field: ExpressionField) -> Expression | PlainText:
        """What a text is: CEL, with what its checker found, or literal text."""
        ast = self.tree(expression_field)
        if ast is None:
            return PlainText(expression_field, cel.parse(expression_field.node.text))
        if ast.errors:
            return Expression(expression_field, ast, None)
        expected = BOOL if expression_field.kind == "condition" else None
        return Expression(expression_field, ast, cel.check(ast, self.scope, expected=expected))


def still_valid(answers: QueryResults, model: SemanticModel, since: object) -> bool:
    """Whether all the answers would be given again. They were right in the context with the mark `since`."""
    settled = model.settled_since(since)
    for asked, answer in answers.items():
        if asked[0] in settled:
            continue
        now = asked[0](model, *asked[1:])
        if now is not answer and now != answer:
            return False
    return True


class VisibleVariables(Mapping[str, Field]):
    """The variables that an expression sees, each asked for by itself."""

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
        found = self._context.variable(name)
        return default if found is None else found

    def __iter__(self) -> Iterator[str]:
        return iter(self._context.query(SemanticModel.variable_names))

    def __len__(self) -> int:
        return len(self._context.query(SemanticModel.variable_names))


class StepNames:
    """The names among the variables that are steps."""

    def __init__(self, context: QueryContext) -> None:
        self._context = context

    def __contains__(self, name: object) -> bool:
        return self._context.query(SemanticModel.is_step, str(name))
