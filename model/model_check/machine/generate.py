"""From a machine to functions that are ready to run: its source, compiled by Python.

The source is made in `source`. What names steps and tells traces is generated when it is first
needed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .core import Machine
from .forget import Forgetting
from .source import LABELLED, PLAIN, TOLD, source_of, source_of_initial, source_of_steps

__all__ = [
    "Labelled", "Program", "Successors", "Told", "compile_machine", "execute", "initial_states",
]  # fmt: skip

Successors = Callable[[int, list[int]], None]
Labelled = Callable[[int, list[tuple[int, int]]], None]
Told = Callable[[int, list[tuple[int, int, list[tuple[int, tuple[int, ...]]]]]], None]


@dataclass(frozen=True)
class Program:
    """A machine's functions, ready to run.

    `successors[i]`, `labelled[i]` and `told[i]` are those of instance i; `initial` appends
    the initial states; a formula's function gives its packed value, or `-code` where it
    runs into a failure.
    """

    machine: Machine
    successors: tuple[Successors, ...]
    labelled: tuple[Labelled, ...]
    told: tuple[Told, ...]
    initial: Callable[[list[int]], None]
    properties: dict[str, Callable[[int], int]]
    preferences: dict[str, tuple[Callable[[int], int], ...]]
    defines: tuple[Callable[[int], int], ...]
    watch: tuple[Callable[[int], int], ...]
    views: tuple[Callable[[int], int], ...]
    forgetting: Forgetting | None = None
    """What the machine forgets; None where it has all values."""

    def is_end(self, state: int) -> bool:
        """Whether nothing can happen in a state, an error neither."""
        out: list[int] = []
        for successors in self.successors:
            successors(state, out)
        return not out

    @cached_property
    def whole(self) -> Program:
        """The program of the machine that forgets nothing, in which runs are told."""
        return self if self.forgetting is None else compile_machine(self.forgetting.whole)


def execute(text: str) -> dict[str, Any]:
    """The functions of a machine's source, by name."""
    # The text holds nothing of the spec but numbers: see `source`.
    namespace: dict[str, Any] = {"range": range, "list": list, "__builtins__": {}}
    exec(compile(text, "<machine>", "exec"), namespace)  # noqa: S102
    return namespace


class _Late:
    """Functions that are generated when the first one is called."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.namespace: dict[str, Any] = {}

    def function(self, form: str, index: int) -> Callable[[int, list[Any]], None]:
        def run(state: int, out: list[Any]) -> None:
            if not self.namespace:
                self.namespace = execute(source_of_steps(self.machine, LABELLED, TOLD))
            self.namespace[f"{form}_{index}"](state, out)

        return run


def initial_states(machine: Machine) -> list[int]:
    """All initial states; `-code` where one runs into a failure."""
    found: list[int] = []
    execute(source_of_initial(machine))["initial"](found)
    return found


def compile_machine(machine: Machine, forgetting: Forgetting | None = None) -> Program:
    """The machine's functions, ready to run; `forgetting` is what it was made of, if it
    forgets."""
    namespace = execute(source_of(machine))
    late = _Late(machine)
    instances = range(len(machine.instances))
    return Program(
        machine,
        tuple(namespace[f"{PLAIN}_{i}"] for i in instances),
        tuple(late.function(LABELLED, i) for i in instances),
        tuple(late.function(TOLD, i) for i in instances),
        namespace["initial"],
        {name: namespace[f"property_{i}"] for i, name in enumerate(machine.properties)},
        {
            name: tuple(namespace[f"prefer_{i}_{j}"] for j in range(len(formulas)))
            for i, (name, formulas) in enumerate(machine.preferences.items())
        },
        tuple(namespace[f"define_{i}"] for i in range(len(machine.defines))),
        tuple(namespace[f"watch_{i}"] for i in range(len(machine.watch))),
        tuple(namespace[f"view_{i}"] for i in range(len(machine.views))),
        forgetting,
    )
