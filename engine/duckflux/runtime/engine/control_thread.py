"""A lane is one line of control through a workflow: the main one, or a branch of a `parallel`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .chain import ABSENT, ChainValue, chain_value
from .controller import Identity
from .variables import Loops, ScopedVariables

if TYPE_CHECKING:
    from .frame import WorkflowFrame


class ControlThread:
    """Its chain value, its variables, its loops, and where its steps belong in the trace.

    `parent` is the seq of the construct or call that the lane's steps run inside.
    """

    __slots__ = ("branch", "callers", "chain", "frame", "loops", "parent", "variables")

    def __init__(
        self,
        frame: WorkflowFrame,
        own: dict[str, Any],
        chain: ChainValue | None,
        parent: int | None,
        indices: tuple[int, ...],
        branch: str | None,
        callers: tuple[str, ...],
    ) -> None:
        self.frame = frame
        self.variables = ScopedVariables(own, frame.variables)
        self.loops = Loops(self.variables, indices)
        self.chain = chain
        self.parent = parent
        self.branch = branch
        self.callers = callers

    def fork(self, index: int) -> ControlThread:
        """The lane of the parallel branch `index`: it starts with this one's values, and keeps its own."""
        branch = str(index) if self.branch is None else f"{self.branch}.{index}"
        own = dict(self.variables.own)
        return ControlThread(
            self.frame, own, self.chain, self.parent, self.loops.indices, branch, self.callers
        )

    def set_output(self, value: Any, text: bytes | None = None) -> None:
        """A step finished with this value: it is `output`, and the next step's chain."""
        self.variables.own["output"] = value
        self.set_chain(chain_value(value, text))

    def set_chain(self, chain: ChainValue | None) -> None:
        self.chain = chain
        self.variables.own["input"] = chain.value if chain else None

    @property
    def incoming(self) -> Any:
        """The chain's value, or ABSENT."""
        return self.chain.value if self.chain else ABSENT

    def identity(self, path: str, attempt: int = 1) -> Identity:
        return Identity(self.frame.file, path, self.loops.indices, self.branch, attempt, self.callers)
