"""What is asked of the states of a machine: one formula for each question.

A machine has them as formulas, a program has each with what evaluates it; they are grouped here
alone, and all of them are walked or changed in one order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

from ..language.records import dataclass, field

__all__ = ["Formulas"]

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True)
class Formulas(Generic[T]):
    """`properties` by name: 1 where the formula is true. `atoms`, by property: what a form that
    asks whole runs asks of their states. `of_steps`, by property: what it asks of a step, which
    speaks of two states. `premises`, by property: under what it is asked. `preferences`,
    by property: the numbers to minimise, in order. `defines`, `watch` and `views` as in the
    spec; `within`: of one item, or none."""

    properties: Mapping[str, T] = field(default_factory=dict)
    atoms: Mapping[str, tuple[T, ...]] = field(default_factory=dict)
    of_steps: Mapping[str, T] = field(default_factory=dict)
    premises: Mapping[str, tuple[T, ...]] = field(default_factory=dict)
    preferences: Mapping[str, tuple[T, ...]] = field(default_factory=dict)
    defines: tuple[T, ...] = ()
    watch: tuple[T, ...] = ()
    views: tuple[T, ...] = ()
    within: tuple[T, ...] = ()

    def __iter__(self) -> Iterator[T]:
        yield from self.properties.values()
        for group in self.atoms.values():
            yield from group
        yield from self.of_steps.values()
        for group in (*self.premises.values(), *self.preferences.values()):
            yield from group
        yield from (*self.defines, *self.watch, *self.views, *self.within)

    def map(self, change: Callable[[T], U]) -> Formulas[U]:
        """What comes of each, in the order of iteration."""
        return Formulas(
            {name: change(each) for name, each in self.properties.items()},
            {name: tuple(map(change, group)) for name, group in self.atoms.items()},
            {name: change(each) for name, each in self.of_steps.items()},
            {name: tuple(map(change, group)) for name, group in self.premises.items()},
            {name: tuple(map(change, group)) for name, group in self.preferences.items()},
            tuple(map(change, self.defines)),
            tuple(map(change, self.watch)),
            tuple(map(change, self.views)),
            tuple(map(change, self.within)),
        )

    def of_property(self, name: str) -> Formulas[T]:
        """Those alone that a property asks by itself, and `within`; of "", which is none, this."""

        def own(group: Mapping[str, U]) -> Mapping[str, U]:
            return {name: group[name]} if name in group else {}

        return Formulas(
            properties=own(self.properties),
            atoms=own(self.atoms),
            of_steps=own(self.of_steps),
            preferences=own(self.preferences),
            within=self.within,
        )

    def asked_of_runs(self, name: str) -> tuple[T, ...]:
        """What a property that speaks of whole runs asks of their states."""
        # A formula of time can ask nothing at all of states: `true`.
        alone = (self.properties[name],) if name in self.properties else ()
        return self.atoms.get(name, alone)
