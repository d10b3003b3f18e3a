"""The variables of one workflow: which exist, and of which types."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TypeAlias

import msgspec

from ... import cel
from ...cel.types import DYN, STRING, Field, RecordType, Type
from ..model.workflow import Participant, Workflow, object_schema
from ..syntax import Mapping as MapNode
from ..syntax import Scalar
from . import builtin_variables
from .context_types import SetEntry, key_types
from .expression_reads import CONTEXT, INPUTS
from .facets import Facet, Facets
from .items import Item, Items
from .printed_text import prints_text
from .workflow_interface import MissingWorkflow, WorkflowInterface

Shape: TypeAlias = tuple[str, MapNode | None, WorkflowInterface | None, bool]
"""What the variable of a step depends on: the kind of participant, the schema of its output, the workflow
that is called, and whether its command certainly prints text."""
Interfaces: TypeAlias = Callable[[str], WorkflowInterface | MissingWorkflow | None]
"""What the workflow file at a path offers."""


class TypedExpression(msgspec.Struct, frozen=True):
    """The type of an expression, and the variables that it depends on."""

    type: Type
    used: dict[str, Field | None]


class Variables:
    """All variables of a workflow. `previous` only saves work."""

    def __init__(
        self,
        workflow: Workflow,
        items: Items,
        interface: Interfaces = lambda _: None,
        previous: Variables | None = None,
    ) -> None:
        self._workflow = workflow
        self._interface = interface
        self._items = items
        self.inline: dict[str, Participant] = {}
        self.entries: list[SetEntry] = []
        self._constructs: dict[str, Field] = {}
        self._output_overridden: set[str] = set()
        self._callers: list[Participant] = []
        for item in items.steps:
            self._collect(item)
        self._shapes: dict[MapNode, Shape] = {}
        self._before_shapes = previous._shapes if previous else {}
        self._steps: dict[Shape, Field] = {}
        self._typed: dict[SetEntry, TypedExpression] = {}
        self._before_steps = previous._steps if previous else {}
        self._texts: dict[str, TypedExpression] = {}
        self._before_texts = previous._texts if previous else {}
        self._before_typed = previous._typed if previous else {}
        # Equal fields stay the same object, which makes comparing answers quick.
        same_inputs = previous is not None and previous._workflow.inputs is workflow.inputs
        self._workflow_field: Field = (
            previous._workflow_field
            if previous and same_inputs
            else builtin_variables.workflow_variable(workflow.inputs.values())
        )
        self._execution: Field = self._compute_execution(previous)
        self._fields: dict[str, Field | None] = {}
        self.unchanged: Facets = self._unchanged_since(previous)

    def _collect(self, item: Item) -> None:
        declarations = item.declarations
        for participant in declarations.inline:
            self.inline.setdefault(participant.name or "", participant)
        if declarations.loops:
            self._constructs.update(dict.fromkeys(declarations.loops, builtin_variables.LOOP_VARIABLE))
        if declarations.waits:
            self._constructs["event"] = builtin_variables.EVENT_VARIABLE
        self._callers.extend(declarations.callers)
        self._output_overridden |= declarations.output_overridden
        self.entries.extend(SetEntry(item, expression_field) for expression_field in declarations.entries)

    def __getitem__(self, name: str) -> Field | None:
        """Return a variable, None if it does not exist."""
        if name not in self._fields:
            self._fields[name] = self._execution if name == "execution" else self._lookup(name)
        return self._fields[name]

    def member(self, member: str) -> Field | None:
        """Return an input or a context key by its path in expressions, such as `workflow.inputs.x`."""
        for prefix, variable in ((INPUTS, self._workflow_field), (CONTEXT, self._execution)):
            if member.startswith(prefix) and isinstance(variable.type, RecordType):
                record = variable.type.fields[prefix.split(".")[1]].type
                return (
                    record.fields.get(member.removeprefix(prefix)) if isinstance(record, RecordType) else None
                )
        return None

    def _lookup(self, name: str) -> Field | None:
        if name in self.declared or name in self.inline:
            return self._step(name)
        if name in self._constructs:
            return self._constructs[name]
        return self._workflow_field if name == "workflow" else builtin_variables.BUILT_IN.get(name)

    def _unchanged_since(self, previous: Variables | None) -> Facets:
        """Return the facets of the variables that are those of `previous`."""
        if previous is None or not self._same_names(previous):
            return frozenset()
        same_types = (
            self._workflow_field is previous._workflow_field
            and self._execution is previous._execution
            and self._constructs == previous._constructs
            and self._output_overridden == previous._output_overridden
            and self._same_shapes(previous)
        )
        return frozenset((Facet.NAMES, Facet.TYPES)) if same_types else frozenset((Facet.NAMES,))

    def _same_names(self, previous: Variables) -> bool:
        return (*self.declared,) == (*previous.declared,) and (*self.inline,) == (*previous.inline,)

    def _same_shapes(self, previous: Variables) -> bool:
        if self.shapes.keys() != previous.shapes.keys() or self.inline != previous.inline:
            return False
        if not self.has_unchanged_inline_calls(previous):
            return False
        pairs = zip(self.shapes.values(), previous.shapes.values(), strict=True)
        return all(one == other or self._of_shape(one) == previous._of_shape(other) for one, other in pairs)

    def has_unchanged_inline_calls(self, previous: Variables) -> bool:
        """Return whether the workflows that inline steps call have the interfaces that they had before."""
        before = previous.called_inline
        return all(before.get(node, shape) == shape for node, shape in self.called_inline.items())

    @cached_property
    def called_inline(self) -> dict[MapNode, Shape]:
        """Return the shapes of the inline participants that call a workflow."""
        return {participant.node: self._shape(participant) for participant in self._callers}

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of all variables."""
        built_in = (*builtin_variables.BUILT_IN, "workflow", "execution")
        return tuple(dict.fromkeys((*built_in, *self._constructs, *self.inline, *self.declared)))

    @cached_property
    def declared(self) -> dict[str, Item]:
        """Return the entries under `participants`, including incomplete ones."""
        return {item.key.text: item for item in self._items.participants if item.key is not None}

    def participant(self, name: str) -> Participant | None:
        """Return the participant of a name, declared or inline, if its entry is complete."""
        return self.declared_participant(name) or self.inline.get(name)

    def declared_participant(self, name: str) -> Participant | None:
        """Return the participant declared under a name, if its entry is complete."""
        return self._workflow.participants.get(name)

    def type_of(self, text: str) -> Type:
        """Return the type of an expression that may stand anywhere; dyn if it does not parse."""
        known = self._texts.get(text) or self._before_texts.get(text)
        if known is None or any(self[name] != field for name, field in known.used.items()):
            known = self._typed_text(text, self._execution)
        self._texts[text] = known
        return known.type

    def _typed_text(self, text: str, execution: Field) -> TypedExpression:
        ast = cel.parse(text)
        variables = _VariablesWithoutExecution(self, execution)
        return TypedExpression(DYN if ast.errors else cel.check(ast, variables).type, variables.used)

    @cached_property
    def shapes(self) -> dict[str, Shape]:
        """Return the shapes of the declared participants."""
        return {name: self._shape(participant) for name, participant in self._workflow.participants.items()}

    def prints_text(self, participant: Participant) -> bool:
        """Return whether a participant's output is certainly text that is not empty."""
        return self._shape(participant)[3]

    def output_of(self, participant: Participant) -> Type:
        """Return the type of a participant's output."""
        variable = self._of_shape(self._shape(participant)).type
        return variable.fields["output"].type if isinstance(variable, RecordType) else DYN

    def _step(self, name: str) -> Field:
        participant = self.participant(name)
        if participant is None or name in self._output_overridden:
            return builtin_variables.step_variable(participant.type if participant else "")
        return self._of_shape(self._shape(participant))

    def _shape(self, participant: Participant) -> Shape:
        node = participant.node
        known = self._shapes.get(node)
        if known is None:
            known = self._before_shapes.get(node) if participant.type != "workflow" else None
            known = self._shapes[node] = known or self._compute_shape(participant)
        return known

    def _compute_shape(self, participant: Participant) -> Shape:
        output, path = participant.node.get("output"), participant.node.get("path")
        called = None
        if participant.type == "workflow" and isinstance(path, Scalar) and path.text:
            called = self._interface(path.text)
        schema = output if isinstance(output, MapNode) and output.pairs else None
        interface = called if isinstance(called, WorkflowInterface) else None
        run = participant.node.get("run") if participant.type == "exec" and schema is None else None
        is_text = isinstance(run, Scalar) and isinstance(run.value, str) and prints_text(run.value)
        return participant.type, schema, interface, is_text

    def _of_shape(self, shape: Shape) -> Field:
        if shape not in self._steps:
            self._steps[shape] = self._before_steps.get(shape) or _step_variable(*shape)
        return self._steps[shape]

    def _compute_execution(self, previous: Variables | None) -> Field:
        made = builtin_variables.execution_variable(key_types(self.entries, self._type_of_entry))
        return previous._execution if previous is not None and previous._execution == made else made

    def _type_of_entry(self, entry: SetEntry, execution: Field) -> Type:
        known = self._before_typed.get(entry)
        if known is None or any(self._lookup(name) != field for name, field in known.used.items()):
            known = self._typed_text(entry.expression_field.node.text, execution)
        if "execution" not in known.used:
            self._typed[entry] = known
        return known.type


class _VariablesWithoutExecution(Mapping[str, Field]):
    """The variables while `execution` is being computed; `used` records those that were looked up."""

    def __init__(self, variables: Variables, execution: Field) -> None:
        self._variables = variables
        self._execution = execution
        self.used: dict[str, Field | None] = {}

    def __getitem__(self, name: str) -> Field:
        found = self._execution if name == "execution" else self._variables._lookup(name)
        self.used[name] = found
        if found is None:
            raise KeyError(name)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._variables.names)

    def __len__(self) -> int:
        return len(self._variables.names)


def _step_variable(
    kind: str, output: MapNode | None, called: WorkflowInterface | None, is_text: bool
) -> Field:
    if is_text:
        return builtin_variables.step_variable(kind, STRING)
    if called is not None and output is None:
        return builtin_variables.step_variable(kind, called.output)
    return builtin_variables.step_variable(
        kind, builtin_variables.output_type(kind, object_schema(output) if output else None)
    )
