"""Mistakes that can be made in leaving something out of a search, each to be planted and noticed.

Those in tables change what a finder has found, so that both engines are misled; those of an engine
change it itself; those of states that stand for others change which state does.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, Literal
from unittest.mock import patch

from model_check.explore import reduced, unfolding
from model_check.explore.native import choosing_places, ordering
from model_check.explore.reduction import Kind, Move, Order, Reducer, Reduction, Symmetry, View
from model_check.machine.core import Machine
from model_check.machine.python.program import Program
from model_check.symbolic import accord, goals, reducing, swap, symmetry
from model_check.symbolic import finder as finding
from model_check.verify import checking
from model_check.verify.reducible import Asked, Finder

from . import exact_order

__all__ = [
    "IN_ANALYSIS", "IN_NATIVE_CODE", "IN_SYMMETRY", "IN_TABLES", "IN_THE_ENGINE", "misled",
]  # fmt: skip

Change = Callable[[Reduction], Reduction]


def misled(finder: Finder, change: Change) -> Finder:
    """A finder whose findings are changed."""

    def changed(asked: Asked, insisted: Iterable[str] = ()) -> Reducer:
        right = finder(asked, insisted)

        def reducer(program: Program, kinds: frozenset[Kind], *, around: bool) -> Reduction:
            return change(right(program, kinds, around=around))

        return reducer

    return changed


# --- in the tables of an order --------------------------------------------------------------------


def _in_moves(change: Callable[[Move], Move]) -> Change:
    """Every move is changed."""

    def in_view(view: View) -> View:
        return replace(view, moves=tuple(tuple(map(change, moves)) for moves in view.moves))

    return _in_order(lambda order: replace(order, views=tuple(map(in_view, order.views))))


def _in_order(change: Callable[[Order], Order]) -> Change:
    def changed(found: Reduction) -> Reduction:
        return found if found.order is None else replace(found, order=change(found.order))

    return changed


def _none(row: Sequence[int]) -> tuple[int, ...]:
    return (0,) * len(row)


def _without_one(row: tuple[int, ...], number: int) -> tuple[int, ...]:
    return tuple(0 if place == number else each for place, each in enumerate(row))


def _kinds_alone(kind: str) -> Callable[[Order], Order]:
    """Goals of one kind are not minded."""

    def changed(order: Order) -> Order:
        bits = sum(1 << i for i, goal in enumerate(order.goals) if goal.kind == kind)
        views = (replace(v, raises=tuple(r & ~bits for r in v.raises)) for v in order.views)
        return replace(order, views=tuple(views), insists=order.insists & ~bits)

    return changed


IN_TABLES: Mapping[str, Change] = {
    "everything accords": _in_moves(lambda m: replace(m, conflicts=_none(m.conflicts))),
    "nothing is made possible": _in_moves(lambda m: replace(m, enablers=_none(m.enablers))),
    "what the first one does is forgotten": _in_moves(
        lambda m: replace(m, conflicts=_without_one(m.conflicts, 0))
    ),
    "what the second one does is forgotten": _in_moves(
        lambda m: replace(m, conflicts=_without_one(m.conflicts, 1))
    ),
    "what the last one makes possible is forgotten": _in_moves(
        lambda m: replace(m, enablers=_without_one(m.enablers, len(m.enablers) - 1))
    ),
    "what makes possible and what does not accord are mistaken": _in_moves(
        lambda m: replace(m, conflicts=m.enablers, enablers=m.conflicts)
    ),
    "no step hides a goal": _in_moves(lambda m: replace(m, lowers=0)),
    "nobody raises a goal": _in_order(
        lambda order: replace(
            order,
            views=tuple(replace(v, raises=_none(v.raises)) for v in order.views),
        )
    ),
    "states are no goals": _in_order(_kinds_alone("state")),
    "steps are no goals": _in_order(_kinds_alone("step")),
    "what goes round is not minded": lambda found: replace(found, forward=False),
    "nothing is insisted on": _in_order(lambda order: replace(order, insists=0)),
    "where an instance stands makes no difference": _in_order(
        lambda order: replace(order, views=tuple(map(_as_at_first, order.views)))
    ),
}


def _as_at_first(view: View) -> View:
    """Whatever the local state, the class is that of the first one."""
    return replace(view, classes=[view.classes[0]] * len(view.classes))


# --- in the engine, or in what is asked of it -----------------------------------------------------


@contextmanager
def _wrapped(
    owner: Any, name: str, change: Callable[[Callable[..., Any]], Callable[..., Any]]
) -> Iterator[None]:
    with patch.object(owner, name, change(getattr(owner, name))):
        yield


def _a_fault_is_a_reason() -> AbstractContextManager[None]:
    """A set may have a fault as the only step that can be taken."""

    def change(right: Callable[..., None]) -> Callable[..., None]:
        def made(self: Any, machine: Machine, order: Order) -> None:
            right(self, machine, order)
            self._faults = [False for _ in self._faults]

        return made

    return _wrapped(reduced.Stubborn, "__init__", change)


def _the_first_step_is_enough() -> AbstractContextManager[None]:
    """With an instance, only what its own steps ask for is looked at."""

    def change(_: Callable[..., int]) -> Callable[..., int]:
        def of(self: Any, instances: Iterable[int]) -> int:
            found = 0
            for each in instances:
                found |= 1 << each
                for move in self._views[each].moves[self._classes[each]]:
                    for other in self._asked(move, move.step in self._taken[each]):
                        found |= 1 << other
            return found

        return of

    return _wrapped(reduced._Closure, "of", change)


def _whoever_comes_first() -> AbstractContextManager[None]:
    """The set is one instance that can take a step."""

    def change(_: Callable[..., int | None]) -> Callable[..., int | None]:
        def chosen(self: Any, state: int, steps: Sequence[Sequence[int]]) -> int | None:
            able = (i for i, own in enumerate(steps) if any(not self._faults[s] for s in own))
            return next((1 << i for i in able), None)

        return chosen

    return _wrapped(reduced.Stubborn, "chosen", change)


def _all_can_be_taken() -> AbstractContextManager[None]:
    """What cannot be taken is looked at as if it could."""

    def change(right: Callable[..., list[int]]) -> Callable[..., list[int]]:
        return lambda self, move, can_be_taken: right(self, move, True)

    return _wrapped(reduced._Closure, "_asked", change)


def _something_fails_and_others_wait() -> AbstractContextManager[None]:
    """Where something fails, nothing else is done."""

    def change(right: Callable[..., reduced.Taken]) -> Callable[..., reduced.Taken]:
        def of(self: Any, state: int) -> reduced.Taken:
            taken = right(self, state)
            return replace(taken, moves=[]) if taken.errors else taken

        return of

    return _wrapped(reduced.ReducedSteps, "of", change)


def _errors_of_those_who_wait_are_not_told() -> AbstractContextManager[None]:
    def change(right: Callable[..., reduced.Taken]) -> Callable[..., reduced.Taken]:
        def of(self: Any, state: int) -> reduced.Taken:
            taken = right(self, state)
            return replace(taken, errors=[each for each in taken.errors if each[0] == 0])

        return of

    return _wrapped(reduced.ReducedSteps, "of", change)


def _what_is_shown_need_not_be_short() -> AbstractContextManager[None]:
    """A longer run is shown than there is."""
    return _wrapped(checking, "_perhaps_shorter", lambda _: lambda space, judgement: ())


def _only_now_counts() -> AbstractContextManager[None]:
    """What an instance can still come to is what it can do where it stands."""

    def change(_: Callable[..., Any]) -> Callable[..., Any]:
        return lambda self, instance: [{each} for each in range(self.count[instance])]

    return _wrapped(exact_order._Tables, "_futures", change)


def _accord_without(asked: Literal["ends", "stops"]) -> Callable[[], AbstractContextManager[None]]:
    """Of two steps it is not asked where both orders lead, or whether one stops the other."""

    def planted() -> AbstractContextManager[None]:
        def change(_: Callable[..., bool]) -> Callable[..., bool]:
            def accord(
                self: Any, number: int, one: tuple[int, int], other: tuple[int, int]
            ) -> bool:
                steps = self.graph.steps
                ends: list[set[int]] = []
                for (i, a), (j, b) in ((one, other), (other, one)):
                    then = [steps[target][j].get(b) for target in steps[number][i][a].targets]
                    if asked != "stops" and None in then:
                        return False
                    found = [each for each in then if each is not None]
                    if any(each.fails != steps[number][j][b].fails for each in found):
                        return False
                    ends.append(set[int]().union(*(each.targets for each in found)))
                return asked == "ends" or ends[0] == ends[1] or set() in ends

            return accord

        return _wrapped(exact_order._Tables, "_accord", change)

    return planted


IN_THE_ENGINE: Mapping[str, Callable[[], AbstractContextManager[None]]] = {
    "a fault is a reason to let others wait": _a_fault_is_a_reason,
    "whom the chosen ones need is not asked again": _the_first_step_is_enough,
    "whoever comes first is chosen alone": _whoever_comes_first,
    "what waits is taken for what can go on": _all_can_be_taken,
    "where something fails, nothing else is done": _something_fails_and_others_wait,
    "who waits has no errors": _errors_of_those_who_wait_are_not_told,
    "nothing shorter is looked for": _what_is_shown_need_not_be_short,
    "only what is possible now counts": _only_now_counts,
    "two orders may lead to two states": _accord_without("ends"),
    "one may stop the other": _accord_without("stops"),
}


# --- in which states stand for others -------------------------------------------------------------


Canonical = Callable[[Machine, Symmetry, int], int]


def _stands(canonical: Canonical) -> Callable[[], AbstractContextManager[None]]:
    """Another state stands for a state than the right one."""

    def planted() -> AbstractContextManager[None]:
        def change(right: Callable[..., Symmetry | str]) -> Callable[..., Symmetry | str]:
            def symmetry_of(program: Program, *rest: Any) -> Symmetry | str:
                found = right(program, *rest)
                if isinstance(found, str):
                    return found
                wrong = partial(canonical, program.machine, found)
                return replace(found, canonical=wrong)

            return symmetry_of

        return _wrapped(finding, "symmetry_of", change)

    return planted


def _one_field_stays(machine: Machine, symmetry: Symmetry, state: int) -> int:
    """The last field that changes stays what it was."""
    right = symmetry.canonical(state)
    differing = [
        each for each in machine.fields if each.mask and each.raw(right) != each.raw(state)
    ]
    if not differing:
        return right
    return right & ~differing[-1].bits | state & differing[-1].bits


def _places_alone(machine: Machine, symmetry: Symmetry, state: int) -> int:
    """Where instances stand changes, and what they know does not."""
    right = symmetry.canonical(state)
    where = machine.bits(each.location_field for each in machine.instances)
    return state & ~where | right & where


def _one_is_forgotten(machine: Machine, symmetry: Symmetry, state: int) -> int:
    """The last shared field is lost where something changes places."""
    right = symmetry.canonical(state)
    shared = [v.fields[-1] for v in machine.variables if not v.owner and not v.hidden]
    return right if right == state or not shared else right & ~machine.fields[shared[-1]].bits


def _never_asked(owner: Any, name: str, answer: Any) -> Callable[[], AbstractContextManager[None]]:
    """What should be asked has always the same answer."""

    def planted() -> AbstractContextManager[None]:
        return _wrapped(owner, name, lambda _: lambda *given, **more: answer)

    return planted


def _any_run() -> AbstractContextManager[None]:
    """A run is told of states that stand for others as if they followed each other."""
    return _wrapped(unfolding, "real_run", lambda _: lambda program, symmetry, states: [*states])


IN_SYMMETRY: Mapping[str, Callable[[], AbstractContextManager[None]]] = {
    "one field stays what it was": _stands(_one_field_stays),
    "where they stand changes alone": _stands(_places_alone),
    "what they share is forgotten": _stands(_one_is_forgotten),
    "it is not asked what properties say": _never_asked(symmetry, "asked_formulas", []),
    "a run is told of states that stand for others": _any_run,
}


# --- in what is found out of steps ----------------------------------------------------------------


def _only_what_is_done_here() -> AbstractContextManager[None]:
    """What a process can still come to is what it can do where it stands."""

    def change(_: Callable[..., int]) -> Callable[..., int]:
        def classes_that(self: Any, holds: Callable[[Any], bool]) -> int:
            chosen = {place for place, text in self.texts.items() if holds(text)}
            found = reducing.NEVER
            for number, (_, here, _) in enumerate(self.classes, 1):
                found |= (not chosen.isdisjoint(here)) << number
            return found

        return classes_that

    return _wrapped(reducing._Actor, "classes_that", change)


def _by_other_tables(change: Callable[[dict[int, Any]], None]) -> Any:
    """Compiled code reads other tables."""

    def planted() -> AbstractContextManager[None]:
        def changed(right: Callable[..., Any]) -> Callable[..., Any]:
            def places(size: int, tables: dict[int, Any]) -> Any:
                if size == choosing_places.TABLES_SIZE:
                    change(tables)
                return right(size, tables)

            return places

        return _wrapped(ordering, "Places", changed)

    return planted


def _no_faults(tables: dict[int, Any]) -> None:
    tables[choosing_places.FAULTY] = bytearray(len(tables[choosing_places.FAULTY]))


def _no_lowering(tables: dict[int, Any]) -> None:
    of = choosing_places.MOVE_LOWERS
    if of in tables:
        tables[of] = array("Q", [0]) * len(tables[of])


def _no_rows(tables: dict[int, Any]) -> None:
    of = choosing_places.ASKED
    if of in tables:
        tables[of] = array("Q", [0]) * len(tables[of])


IN_NATIVE_CODE: Mapping[str, Callable[[], AbstractContextManager[None]]] = {
    "a fault is a reason in native code": _by_other_tables(_no_faults),
    "no step hides a goal in native code": _by_other_tables(_no_lowering),
    "everything accords in native code": _by_other_tables(_no_rows),
}

IN_ANALYSIS: Mapping[str, Callable[[], AbstractContextManager[None]]] = {
    "what a process comes to is cut short": _only_what_is_done_here,
    "z3 is not asked where two orders lead": _never_asked(swap.Swap, "_lost", False),
    "all steps accord": _never_asked(accord.Accord, "accords", True),
    "no step makes another possible": _never_asked(accord.Accord, "may_enable", False),
    "no step lowers a goal": _never_asked(goals.Goals, "lowered_by", 0),
    "no step raises a goal": _never_asked(goals.Goals, "raised_by", 0),
    "z3 says that nothing is wrong": _never_asked(accord.Accord, "is_satisfiable", False),
    "nothing can be hidden in what goes round": _never_asked(finding, "_may_miss", False),
}
