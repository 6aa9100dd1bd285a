"""From variables to the statements that give them their first values.

A value may be chosen: then all that follows happens once for each choice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from ...language.records import dataclass
from ...language.source.diagnostics import Position
from ...language.tree import expressions as exprs
from ...language.tree.spec import Variable
from .scope import LoweringScope
from .statements import after_choice, choose, chosen_in
from .storage import Place, write
from .values import Value, default

__all__ = ["Start", "own_starts", "put_first_values"]

Look = Callable[[Position], None]


@dataclass(frozen=True, slots=True)
class Start:
    """A variable that gets its first value: where that is lowered, and where it lives."""

    scope: LoweringScope
    variable: Variable
    place: Place


def own_starts(scope: LoweringScope, variables: Iterable[Variable]) -> list[Start]:
    """Of variables of the instance that runs."""
    return [Start(scope, each, scope.own(each.name)) for each in variables]


def put_first_values(todo: Sequence[Start], look: Look, rest: Callable[[], None]) -> None:
    """Write the first values, one behind the other, and the `rest`. `look` is told the place that
    is looked at."""
    # Only a choice takes what follows it inside.
    for number, start in enumerate(todo):
        at = start.variable.at
        look(at)
        body, initial = start.scope.body, start.variable.initial
        if initial is None:
            value = default(start.variable.type, body.layout)
        elif choice := chosen_in(initial):
            following = partial(put_first_values, todo[number + 1 :], look, rest)
            choose(start.scope, choice, partial(_put_chosen, start, initial, following))
            return
        else:
            value, at = start.scope.value(initial), initial.at
        write(body, start.place, value, at)
    rest()


def _put_chosen(
    start: Start, initial: exprs.Expr, following: Callable[[], None], chosen: Value
) -> None:
    value = after_choice(start.scope, initial, chosen)
    write(start.scope.body, start.place, value, initial.at)
    following()
