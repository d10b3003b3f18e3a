"""Follows one thread of control through a workflow: the main one, or a branch of a `parallel`."""

from __future__ import annotations

from typing import Any

from .chain import ABSENT, ChainValue, chain_value
from .controller import Identity
from .frame import WorkflowFrame
from .variables import Loops, ScopedVariables


class ControlThread:
    """A thread of control: its frame, chain, variables and loops, and where its steps belong in the trace.

    `parent` is the seq of the construct or step that the thread's steps run inside, `branch` the indices of
    the enclosing parallel branches (`1.0`), `callers` the pointers of the steps that called this workflow or
    fallback. `caller` is the thread that waits for this one: that of a sub-workflow's call, or of a `parallel`.
    """

    __slots__ = ("branch", "caller", "callers", "chain", "frame", "loops", "parent", "variables")

    def __init__(
        self,
        frame: WorkflowFrame,
        *,
        own: dict[str, Any] | None = None,
        chain: ChainValue | None = None,
        parent: int | None = None,
        indices: tuple[int, ...] = (),
        branch: str | None = None,
        callers: tuple[str, ...] = (),
        caller: ControlThread | None = None,
    ) -> None:
        self.frame = frame
        own = {"input": None, "output": None} if own is None else own
        self.variables = ScopedVariables(own, frame.variables)
        self.loops = Loops(self.variables, indices)
        self.chain = chain
        self.parent = parent
        self.branch = branch
        self.callers = callers
        self.caller = caller

    def fork(self, index: int) -> ControlThread:
        """Return the thread of the parallel branch `index`, which starts with copies of this one's values."""
        return ControlThread(
            self.frame,
            own=dict(self.variables.own),
            chain=self.chain,
            parent=self.parent,
            indices=self.loops.indices,
            branch=str(index) if self.branch is None else f"{self.branch}.{index}",
            callers=self.callers,
            caller=self,
        )

    def set_output(self, value: Any, text: bytes | None = None) -> None:
        """Make a finished step's output the variable `output` and the chain for the next step."""
        self.variables.own["output"] = value
        self.set_chain(chain_value(value, text))

    def set_chain(self, chain: ChainValue | None) -> None:
        """Replace the chain and with it the variable `input`."""
        self.chain = chain
        self.variables.own["input"] = chain.value if chain else None

    @property
    def incoming(self) -> Any:
        """The chain's value, or ABSENT for an empty chain."""
        return self.chain.value if self.chain else ABSENT

    def identity(self, path: str, attempt: int = 1) -> Identity:
        """Return the identity of the step at a JSON pointer, as this thread executes it now."""
        return Identity(self.frame.file, path, self.loops.indices, self.branch, attempt, self.callers)
