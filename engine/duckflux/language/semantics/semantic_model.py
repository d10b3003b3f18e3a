"""The semantic model: the queries that rules and editor features ask about a whole workflow.

Each query is a method whose answer is a plain, comparable value. A `QueryContext` records what was asked for
one item; while the answers stay the same, so do the results for that item.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from ...cel.types import Field, Type
from .. import registry
from ..model.flow_nodes import FlowNode
from ..model.workflow import ON_ERROR_STRATEGIES, Call, Input, Output, Participant, Step, Workflow
from ..syntax import Mapping, Scalar, Sequence
from .called_workflows import DISK, Files, call_cycle, called_file
from .command_inputs import commands_in, given_names, is_missing_folder, may_give_names
from .control_flow import Certainty, Reachability
from .data_flow import ChainType, DataFlow
from .expression_reads import INPUTS, Mentions
from .facets import Facet, Query, depends_on, settled_queries
from .items import Item, Items
from .mcp_servers import server_names
from .reaching_definitions import ProgramPoint, ReachingDefinitions, ScopeRelation, name_of
from .variables import Variables
from .workflow_interface import MissingWorkflow, WorkflowInterface

if TYPE_CHECKING:
    from pathlib import Path


class SemanticModel:
    """One workflow and everything that can be asked about it.

    `path` is the workflow's file, None for an unsaved text. `files` are the workflow files that it may call,
    `called` is what was read of them so far. `previous` is an earlier model of the file; it only saves work.
    """

    def __init__(
        self,
        workflow: Workflow,
        items: Items,
        path: Path | str | None,
        previous: SemanticModel | None = None,
        files: Files | None = None,
    ) -> None:
        self.workflow = workflow
        self.items = items
        self.files: Files = files or (previous.files if previous else DISK)
        self.called: dict[Path, WorkflowInterface | MissingWorkflow] = {}
        self._file = path
        self.variables: Variables = Variables(
            workflow, items, self.interface, previous.variables if previous else None
        )
        self.reaching_definitions: ReachingDefinitions = ReachingDefinitions(
            workflow, items, previous.reaching_definitions if previous else None
        )
        before = previous.data_flow if previous else None
        self.data_flow: DataFlow = DataFlow(items, self.variables, self.reaching_definitions, before)
        # An identity, so that a later model can name this one without keeping it.
        self.revision: object = object()
        self._previous_revision = previous.revision if previous else None
        self._settled = settled_queries(self.variables.unchanged | self.reaching_definitions.unchanged)

    def settled_since(self, revision: object) -> frozenset[Query]:
        """Return the queries whose answers are those of an earlier revision.

        This is known of the revision directly before this one; for all others the result is empty.
        """
        return self._settled if revision is self._previous_revision else frozenset()

    @property
    def path(self) -> Path | None:
        """Return the workflow's file, None for an unsaved text."""
        # pathlib is not imported for a workflow that names no other file: it takes 10 ms.
        from pathlib import Path

        return None if self._file is None else Path(self._file)

    @depends_on(Facet.NAMES)
    def declared_names(self) -> tuple[str, ...]:
        """Return the names under `participants`, including those of incomplete entries."""
        return tuple(self.variables.declared)

    def participant(self, name: str) -> Participant | None:
        """Return the participant declared under a name, None if there is none or its entry is incomplete."""
        return self.workflow.participants.get(name)

    @depends_on(Facet.NAMES)
    def is_declared(self, name: str) -> bool:
        """Return whether there is an entry under `participants`, complete or not."""
        return name in self.variables.declared

    def inline(self, name: str) -> Participant | None:
        """Return the inline participant of a name; the first if several have it."""
        return self.variables.inline.get(name)

    def defaults(self) -> Mapping | None:
        """Return the `defaults` section."""
        return self.workflow.defaults

    def first_key(self, name: str) -> Scalar | None:
        """Return the key or `as` value that defines a participant's name first."""
        item = self.variables.declared.get(name)
        if item is not None:
            return item.key
        inline = self.variables.inline.get(name)
        return inline.key if inline else None

    def is_whole(self) -> bool:
        """Return whether the whole flow could be read.

        Behind a syntax error, or something that is not a step, further steps may be hidden.
        """
        document = self.workflow.document
        flow = document.root.get("flow") if isinstance(document.root, Mapping) else None
        if not isinstance(flow, Sequence) or len(flow.items) != len(self.workflow.flow):
            return False
        return not any(
            problem.code in (registry.SYNTAX_ERROR, registry.OVER_LIMIT) for problem in document.problems
        )

    @depends_on(Facet.FLOW)
    def has_run(self, name: str, field: str, point: ProgramPoint, guards: Mentions) -> Reachability:
        """Return whether `name.field` exists at a program point, given what `guards` mention before the read."""
        reachabilities = [
            self.reaching_definitions.reachability(name, field, each, guards) for each in self._points(point)
        ]
        uncertain = [
            reachability for reachability in reachabilities if reachability.certainty is not Certainty.CERTAIN
        ]
        if not uncertain:
            return Reachability(Certainty.CERTAIN)
        if all(reachability.certainty is Certainty.NEVER for reachability in reachabilities):
            return uncertain[0]
        return msgspec.structs.replace(uncertain[0], certainty=Certainty.MAYBE)

    @depends_on(Facet.FLOW)
    def loop(self, name: str, point: ProgramPoint) -> ScopeRelation:
        """Return whether a loop of this name (`loop`: of any name) is around the program point or before it."""
        found = {self.reaching_definitions.loop(name, each) for each in self._points(point)} or {"around"}
        return "around" if "around" in found else "before" if "before" in found else "nowhere"

    @depends_on(Facet.FLOW)
    def event(self, point: ProgramPoint) -> ScopeRelation:
        """Return whether a `wait` for an event comes before a program point."""
        found = {self.reaching_definitions.event(each) for each in self._points(point)} or {"before"}
        return "before" if "before" in found else "nowhere"

    def _points(self, point: ProgramPoint) -> tuple[ProgramPoint, ...]:
        """Return where an expression is evaluated; a participant's wherever the participant is called."""
        item = point.item
        if item.role == "step" or isinstance(item.subject, Output):
            return (point,)
        return (
            self.reaching_definitions.points(item.key.text)
            if item.role == "participant" and item.key is not None
            else ()
        )

    @depends_on(Facet.TYPES)
    def variable_names(self) -> tuple[str, ...]:
        """Return the names of all variables."""
        return self.variables.names

    @depends_on(Facet.TYPES)
    def has_input(self, name: str) -> bool:
        """Return whether the workflow declares an input of this name."""
        return name in self.workflow.inputs

    @depends_on(Facet.FLOW)
    def is_called(self, name: str) -> bool:
        """Return whether a step of the flow has this name, declared or not."""
        return name in self._called_names

    @cached_property
    def _called_names(self) -> frozenset[str]:
        calls = (call for item in self.items for call in item.calls)
        return frozenset(call.name.text for call in calls if call.name is not None)

    @depends_on(Facet.NAMES)
    def is_step(self, name: str) -> bool:
        """Return whether a variable is the result of a step."""
        return name in self.variables.declared or name in self.variables.inline

    @depends_on(Facet.TYPES)
    def variable(self, name: str) -> Field | None:
        """Return a variable's type and documentation, None if it does not exist."""
        return self.variables[name]

    @depends_on(Facet.TYPES)
    def member(self, member: str) -> Field | None:
        """Return an input or a context key by its path in expressions, such as `workflow.inputs.x`."""
        return self.variables.member(member)

    @depends_on(Facet.TYPES)
    def type_of(self, text: str) -> Type:
        """Return the type of an expression that may stand anywhere."""
        return self.variables.type_of(text)

    @depends_on(Facet.FLOW, Facet.TYPES)
    def chain_before(self, item: Item, flow_node: FlowNode) -> ChainType:
        """Return the type of the chain value before a step."""
        return self.data_flow.before(item, flow_node)

    @depends_on(Facet.FLOW, Facet.TYPES)
    def chain_after_iteration(self, item: Item, loop: FlowNode) -> ChainType:
        """Return the type of the chain value after an iteration of a loop."""
        return self.data_flow.at_end_of(item, loop)

    @depends_on(Facet.FLOW, Facet.TYPES)
    def chain_at_end(self) -> ChainType:
        """Return the type of the chain value at the end of the flow."""
        return self.data_flow.at_end()

    def interface(self, path: str) -> WorkflowInterface | MissingWorkflow | None:
        """Return the inputs and output of the workflow file at a path.

        None if this text has no file, so that relative paths lead nowhere.
        """
        return self._look_at(called_file(self.path, path)) if self.path is not None else None

    def _look_at(self, file: Path) -> WorkflowInterface | MissingWorkflow:
        if file not in self.called:
            self.called[file] = self.files.interface(file)
        return self.called[file]

    def call_cycle(self, path: str) -> tuple[str, ...]:
        """Return the names of the files through which a call leads back to a running workflow."""
        if self.path is None:
            return ()
        file = called_file(self.path, self.path.name)
        return tuple(each.name for each in call_cycle(file, called_file(file, path), self._look_at))

    def is_used(self, name: str) -> bool:
        """Return whether a step runs a participant, or an `onError` or `onTimeout` names it."""
        return name in self._used

    def is_unused(self, name: str) -> bool:
        """Return whether certainly nothing runs a participant."""
        return not self.is_used(name) and self.is_whole() and not self.may_be_meant(name)

    def may_be_meant(self, name: str) -> bool:
        """Return whether a misspelled or half-typed name may stand for a participant that nothing runs."""
        return bool(self._unknown_names) and name in self.variables.declared and not self.is_used(name)

    def is_unused_input(self, name: str) -> bool:
        """Return whether certainly no expression reads an input."""
        return not self.is_input_read(name) and self.is_whole() and not self._unknown_inputs

    def input(self, name: str) -> Input | None:
        """Return a declared input."""
        return self.workflow.inputs.get(name)

    @cached_property
    def _used(self) -> frozenset[str]:
        return frozenset(name for item in self.items for name in item.names)

    @cached_property
    def _unknown_names(self) -> tuple[str, ...]:
        """Return the names that are used as participants but not defined."""
        known = (*self.variables.declared, *self.variables.inline, *ON_ERROR_STRATEGIES)
        return tuple(sorted(self._used.difference(known)))

    @cached_property
    def _unknown_inputs(self) -> tuple[str, ...]:
        """Return the inputs that are read but not declared."""
        read = (member.removeprefix(INPUTS) for member in self._read if member.startswith(INPUTS))
        return tuple(sorted(name for name in read if name not in self.workflow.inputs))

    def is_input_read(self, name: str) -> bool:
        """Return whether an expression reads an input, by its name or together with all others."""
        return not self._read.isdisjoint((f"{INPUTS}{name}", "workflow.inputs", "workflow"))

    @cached_property
    def _read(self) -> Mentions:
        return frozenset().union(*(item.mentions for item in self.items))

    @depends_on(Facet.FLOW)
    def fallbacks(self, name: str) -> tuple[str, ...]:
        """Return the participants that run one after the other as each fails, up to the first repetition."""
        return self.reaching_definitions.fallbacks(name)

    @depends_on(Facet.FLOW)
    def strategy(self, call: Call) -> str:
        """Return what the failure of a step leads to: a strategy or a participant's name."""
        return self.reaching_definitions.on_error(call, name_of(call) or "")

    @depends_on(Facet.FLOW)
    def is_retried(self, name: str) -> bool:
        """Return whether some call of a participant is retried when it fails."""
        return self.reaching_definitions.strategy_of(name) == "retry" or name in self._retried

    @cached_property
    def _retried(self) -> frozenset[str]:
        calls = (call for item in self.items.steps for call in item.calls if call.name is not None)
        return frozenset(name_of(call) or "" for call in calls if self.strategy(call) == "retry")

    @depends_on(Facet.FLOW)
    def run_inside(self, item: Item, flow_node: FlowNode) -> frozenset[str]:
        """Return the names of the steps that may run inside a construct."""
        return self.reaching_definitions.run_inside(item, flow_node)

    @depends_on(Facet.FLOW)
    def is_set(self, key: str) -> bool:
        """Return whether a `set` step writes a key of `execution.context`."""
        return key in self._set_keys

    @cached_property
    def _set_keys(self) -> frozenset[str]:
        return frozenset(entry.key for entry in self.variables.entries)

    @depends_on(Facet.FLOW)
    def step_after(self, item: Item) -> Step | None:
        """Return the top-level step after another one."""
        steps = self.items.steps
        number = self._numbers[item] + 1
        following = steps[number].subject if number < len(steps) else None
        return None if isinstance(following, Participant | Output) else following

    @cached_property
    def _numbers(self) -> dict[Item, int]:
        return {item: number for number, item in enumerate(self.items.steps)}

    def is_result_unread(self) -> bool:
        """Return whether there is an `output` that does not read the flow's result."""
        output = next((item for item in self.items.sections if isinstance(item.subject, Output)), None)
        return output is not None and output.mentions.isdisjoint(("output", "input"))

    @depends_on(Facet.FLOW)
    def given_names(self, participant: Participant, flow_node: FlowNode | None) -> tuple[str, ...] | None:
        """Return the environment variables that a command's inputs set, None if that is unknown.

        `flow_node` is the call; without it, the variables of any call of a declared participant.
        """
        overrides = () if flow_node is not None else self._calls_of(participant.name or "")
        return given_names((participant.node, *(call.overrides for _, _, call in overrides)))

    @depends_on(Facet.FLOW, Facet.TYPES)
    def is_given_more(self, item: Item, participant: Participant, flow_node: FlowNode | None) -> bool:
        """Return whether the chain value may set further environment variables of a command."""
        if flow_node is not None:
            return may_give_names(self.data_flow.before(item, flow_node))
        calls = self._calls_of(participant.name or "")
        called_otherwise = len(self.reaching_definitions.points(participant.name or "")) != len(calls)
        return called_otherwise or any(may_give_names(self.data_flow.before(u, p)) for u, p, _ in calls)

    def _calls_of(self, name: str) -> list[tuple[Item, FlowNode, Call]]:
        return self._calls.get(name, [])

    @cached_property
    def _calls(self) -> dict[str, list[tuple[Item, FlowNode, Call]]]:
        found: dict[str, list[tuple[Item, FlowNode, Call]]] = {}
        for item in self.items.steps:
            for flow_node in item.results:
                if isinstance(flow_node.step, Call) and flow_node.step.name is not None:
                    found.setdefault(flow_node.step.name.text, []).append((item, flow_node, flow_node.step))
        return found

    def is_missing_folder(self, text: str) -> bool:
        """Return whether a folder beside the file does not exist and no command could create it."""
        first = text.removeprefix("./").partition("/")[0]
        if self.path is None or any(first in command for command in self._commands):
            return False
        return is_missing_folder(self.path, text)

    @cached_property
    def _commands(self) -> tuple[str, ...]:
        return tuple(command.text for command in commands_in(self.items))

    def mcp_servers(self) -> tuple[str, ...] | None:
        """Return the names of the configured MCP servers, None if there is no configuration."""
        return self._servers

    @cached_property
    def _servers(self) -> tuple[str, ...] | None:
        return server_names(self.path.absolute().parent) if self.path is not None else None
