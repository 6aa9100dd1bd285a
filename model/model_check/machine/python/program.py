"""From a machine to functions that are ready to run: its source, compiled by Python.

The source is made in `source`. What names steps and tells traces is generated when it is first
needed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache
from itertools import count
from types import CodeType
from typing import TYPE_CHECKING, Any

from ...language.records import dataclass
from ..core import Failure, Formula, Machine
from ..formulas import Formulas
from .source import (
    COVERED,
    FAULTS,
    LABELLED,
    PLAIN,
    TOLD,
    WAITING,
    source_of,
    source_of_formulas,
    source_of_initial,
    source_of_steps,
)

if TYPE_CHECKING:
    from ..passes.dead_values import DeadValues

__all__ = [
    "Evaluator", "LabelledSuccessors", "Notes", "Program", "Successors", "ToldSuccessors", "Waits",
    "compile_formulas", "compile_machine", "execute", "initial_states",
]  # fmt: skip

Successors = Callable[[int, list[int]], None]
LabelledSuccessors = Callable[[int, list[tuple[int, int]]], None]
Notes = list[tuple[int, tuple[int, ...]]]
"""What a step tells: calls by number, with their values."""
ToldSuccessors = Callable[[int, list[tuple[int, int, Notes]]], None]
Waits = Callable[[int, list[tuple[int, Notes]]], None]
MOST_TOLD = 10_000
"""States, each with an instance, of which it is remembered what is told."""


@dataclass(frozen=True)
class Evaluator:
    """A formula of a machine, and its function: `answer` gives the packed value in a state, or
    `-code` where the formula runs into a failure. One that speaks of a step is given the state
    after it, and the one before."""

    machine: Machine
    formula: Formula
    answer: Callable[..., int]

    def failure(self, answer: int) -> Failure:
        """What a negative answer means: an error of the model, or a limit of this tool."""
        return self.machine.failures[-answer - 1]


@dataclass(frozen=True)
class Program:
    """A machine's functions, ready to run.

    `successors[i]` is that of instance i, but for what goes wrong: `faults` are those of the
    instances to which something may, in order. `labelled[i]` and `told[i]` have both; `initial`
    appends the initial states.
    """

    machine: Machine
    successors: tuple[Successors, ...]
    faults: tuple[Successors, ...]
    labelled: tuple[LabelledSuccessors, ...]
    told: tuple[ToldSuccessors, ...]
    initial: Callable[[list[int]], None]
    formulas: Formulas[Evaluator]
    covered: tuple[Successors, ...]
    """`covered[i]` appends how the conditions of instance i come out in a state: twice the number
    of the condition, and one more where it is true."""
    waiting: tuple[Waits, ...]
    """`waiting[i]` appends what holds instance i back in a state: the number of the wait, and the
    notes up to there."""
    forgetting: DeadValues | None = None
    """What the machine forgets; None where it has all values."""

    def is_outside(self, state: int) -> bool:
        """Whether a state lies outside of what the spec wants to be explored (`within`): runs
        are cut off there, and have no end."""
        return any(each.answer(state) == 0 for each in self.formulas.within)

    def is_end(self, state: int) -> bool:
        """Whether nothing can happen in a state but what may go wrong, an error neither, and the
        run goes on no more for that."""
        if self.is_outside(state):
            return False
        out: list[int] = []
        for successors in self.successors:
            successors(state, out)
        return not out

    def may_go_wrong(self, state: int) -> bool:
        """Whether a fault can happen in a state."""
        out: list[int] = []
        for faults in self.faults:
            faults(state, out)
        return bool(out)

    def told_from(self, instance: int, state: int) -> Sequence[tuple[int, int, Notes]]:
        """What `told` says of a state, remembered for the traces that are told more than once."""
        known = self._told_from
        if (instance, state) not in known:
            if len(known) >= MOST_TOLD:
                known.clear()
            out: list[tuple[int, int, Notes]] = []
            self.told[instance](state, out)
            known[instance, state] = tuple(out)
        return known[instance, state]

    @cached_property
    def _told_from(self) -> dict[tuple[int, int], tuple[tuple[int, int, Notes], ...]]:
        return {}

    @cached_property
    def whole(self) -> Program:
        """The program of the machine that forgets nothing, in which runs are told."""
        return self if self.forgetting is None else compile_machine(self.forgetting.whole)


def execute(text: str) -> dict[str, Any]:
    """The functions of a machine's source, by name."""
    # The text holds nothing of the spec but numbers: see `source`.
    namespace: dict[str, Any] = {"range": range, "list": list, "__builtins__": {}}
    for function in _FUNCTIONS.split(text):
        exec(_compiled(function), namespace)  # noqa: S102
    return namespace


_FUNCTIONS = re.compile("^(?=def )", re.MULTILINE)


@lru_cache(maxsize=1_000)
def _compiled(function: str) -> CodeType:
    """A function's code. Machines that are alike but for one process, as those of a search for
    repairs are, have most functions in common, to the letter."""
    return compile(function, "<machine>", "exec")


class _LateFunctions:
    """Functions that are generated when the first one is called."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.namespace: dict[str, Any] = {}

    def function(self, form: str, index: int) -> Callable[[int, list[Any]], None]:
        name, forms = f"{form}_{index}", (LABELLED, TOLD) if form in (LABELLED, TOLD) else (form,)

        def run(state: int, out: list[Any]) -> None:
            if name not in self.namespace:
                self.namespace.update(execute(source_of_steps(self.machine, *forms)))
            self.namespace[name](state, out)

        return run


def initial_states(machine: Machine) -> list[int]:
    """All initial states; `-code` where one runs into a failure."""
    found: list[int] = []
    execute(source_of_initial(machine))["initial"](found)
    return found


def compile_formulas(machine: Machine, formulas: Sequence[Formula]) -> tuple[Evaluator, ...]:
    """Formulas over the states of a machine, ready to be asked; it has the failures that they
    name."""
    namespace = execute(source_of_formulas(machine, formulas))
    return tuple(
        Evaluator(machine, each, namespace[f"formula_{i}"]) for i, each in enumerate(formulas)
    )


def compile_machine(machine: Machine, forgetting: DeadValues | None = None) -> Program:
    """The machine's functions, ready to run; `forgetting` is what it was made of, if it
    forgets."""
    namespace = execute(source_of(machine))
    late = _LateFunctions(machine)
    instances = range(len(machine.instances))
    numbers = count()  # as `source_of` gives them
    return Program(
        machine,
        tuple(namespace[f"{PLAIN}_{i}"] for i in instances),
        tuple(namespace[f"{FAULTS}_{i}"] for i in machine.faulty),
        tuple(late.function(LABELLED, i) for i in instances),
        tuple(late.function(TOLD, i) for i in instances),
        namespace["initial"],
        machine.formulas.map(
            lambda each: Evaluator(machine, each, namespace[f"formula_{next(numbers)}"])
        ),
        tuple(late.function(COVERED, i) for i in instances),
        tuple(late.function(WAITING, i) for i in instances),
        forgetting,
    )
