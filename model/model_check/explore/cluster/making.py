"""What each part of a search makes its program of: the checked spec, and what was decided of it.

Nothing that runs travels: a part makes the machine anew, compiles it for its own processor, and
says by a digest of the text that it compiles that it is the one that was meant. So parts of
different versions are found before they disagree.
"""

from __future__ import annotations

import functools
import time
from typing import NoReturn

from ...errors import ModelCheckError
from ...language.records import dataclass
from ...language.tree.spec import Spec
from ...machine.ir import Statement
from ...machine.make import make_program
from ...machine.shapes import Layout
from ..engine import Task
from ..limits import Limits
from ..native.library import Library
from ..reduction import Order, Reduction, Symmetry

__all__ = ["DifferentProgramError", "Made", "Making"]

KEPT = 2
"""Programs that a process keeps: that of the search before may be asked for still."""


class DifferentProgramError(ModelCheckError):
    """A machine makes another program of a spec than the one that asked."""


@dataclass(frozen=True, slots=True)
class Making:
    """`fold`, `forget`: see `make_program`; `order`, `alike`: see `Reduction`, of which `alike` is
    how the state is found that stands for another; `digest`: of what comes out."""

    spec: Spec
    layout: Layout
    fold: bool
    forget: bool
    slot: int
    order: Order | None
    alike: tuple[Statement, ...] | None
    digest: str

    @classmethod
    def of(cls, task: Task, library: Library, *, fold: bool) -> Making:
        """What others make of what a search is about."""
        reduction = library.reduction
        symmetry = reduction.symmetry
        return cls(
            library.machine.spec, task.layout, fold, task.program.forgetting is not None,
            library.kernel.slot, reduction.order, None if symmetry is None else symmetry.body,
            library.digest,
        )  # fmt: skip

    def made(self, memory: int | None) -> Made:
        """The program, compiled here; a part may take `memory` bytes. Raises
        DifferentProgramError."""
        return _made(_Key(self), memory)


@dataclass(frozen=True, slots=True)
class Made:
    """A program that was made anew: what is to be explored, and its compiled code."""

    task: Task
    library: Library


class _Key:
    """A making by its digest, for the memory of what was made."""

    def __init__(self, making: Making) -> None:
        self.making = making

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.making.digest == self.making.digest

    def __hash__(self) -> int:
        return hash(self.making.digest)


@functools.lru_cache(maxsize=KEPT)
def _made(key: _Key, memory: int | None) -> Made:
    making = key.making
    program = make_program(making.spec, making.layout, fold=making.fold, forget=making.forget)
    symmetry = None
    if making.alike is not None:
        symmetry = Symmetry((), making.alike, _only_compiled, _only_compiled, ())
    reduction = Reduction(making.order, symmetry)
    library = Library(program.machine, slot=making.slot, reduction=reduction)
    if library.digest != making.digest:
        why = "another version of model-check, or of llvmlite, makes another program of this spec"
        raise DifferentProgramError(f"{why} on one of the machines: install the same on all")
    limits = Limits(max_memory=memory)
    task = Task(program, making.layout, limits, None, time.monotonic(), reduction)
    return Made(task, library)


def _only_compiled(_: int) -> NoReturn:
    raise AssertionError("a part has what stands for a state in compiled code alone")
