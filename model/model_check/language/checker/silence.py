"""Paths on which nothing happens: from one point of a program to another without a step.

A loop that can go round without a step would never let anybody else go on; a branch of
`either` that ends without one leaves no trace of having been chosen; one of `both`, of having
been there.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..tree.expressions import Domain, Expr, Function, ListLiteral, Literal
from ..tree.statements import (
    Background,
    Both,
    Break,
    Continue,
    Control,
    Either,
    For,
    Step,
    Switch,
    Try,
    While,
)
from ..tree.walk import blocks_of, controls_in
from ..types import BoolType

__all__ = ["begins_beside", "ends_silently", "is_never_entered", "leaves", "nothing_happens"]

_END, _BREAK, _CONTINUE = "end", "break", "continue"


def ends_silently(body: tuple[Control, ...], *, leaving: bool = True) -> bool:
    """Whether a path leads through the whole body, or out of it (counted with `leaving`),
    without a step; a `continue` always counts."""
    exits = _silent_exits(body)
    return bool(exits if leaving else exits - {_BREAK})


def nothing_happens(body: tuple[Control, ...]) -> bool:
    """Whether there is no step at all in a body."""
    return not any(map(_is_step, controls_in(body)))


def begins_beside(body: tuple[Control, ...]) -> Iterator[Both | Background]:
    """What a body can begin with that runs beside something: there is no step before it."""
    for control in body:
        if isinstance(control, Both | Background):
            yield control
        elif not _is_step(control):
            # What leads to the handler of a `try` is a step.
            for inner in (control.body,) if isinstance(control, Try) else blocks_of(control):
                yield from begins_beside(inner)
        if _END not in _silently(control):
            return


def _is_step(control: Control) -> bool:
    """Whether a control is a step by itself: one, or a test that is one."""
    match control:
        case Step() | Switch(label=str()) | While(label=str()):
            return True
    return False


def goes_on(loop: While) -> bool:
    """Whether a loop ends by `break` alone: `while True:`, and one whose condition the constants
    make true. (Only at the head of the first does a process rest.)"""
    if loop.label is not None:
        return False
    return loop.condition is None or _is_known(loop.condition, value=True)


def is_never_entered(loop: While) -> bool:
    """Whether the constants make the condition of a loop false."""
    return loop.condition is not None and _is_known(loop.condition, value=False)


def _is_known(condition: Expr, *, value: bool) -> bool:
    return (
        isinstance(condition, Literal)
        and isinstance(condition.type, BoolType)
        and condition.value == value
    )


def leaves(control: Control) -> bool:
    """Whether what follows a control can be reached."""
    match control:
        case Break() | Continue():
            return False
        case While(body=body) if goes_on(control):
            return _breaks(body)
        case Switch() | Either() | Try():
            return any(map(_falls_through, blocks_of(control)))
        case Both(branches):
            return all(map(_falls_through, branches))
    return True


def _falls_through(body: tuple[Control, ...]) -> bool:
    return all(leaves(control) for control in body)


def _breaks(body: tuple[Control, ...]) -> bool:
    """Whether a `break` in the body leaves the loop that the body is of."""
    for control in body:
        match control:
            case Break():
                return True
            case Switch() | Either() | Try() if any(map(_breaks, blocks_of(control))):
                return True
    return False


def _silent_exits(body: tuple[Control, ...]) -> frozenset[str]:
    exits: frozenset[str] = frozenset()
    for control in body:
        here = _silently(control)
        exits |= here - {_END}
        if _END not in here:
            return exits
    return exits | {_END}


def _silently(control: Control) -> frozenset[str]:
    """Where one can get from a control without a step."""
    match control:
        case _ if _is_step(control):
            return frozenset()
        case Break():
            return frozenset([_BREAK])
        case Continue():
            return frozenset([_CONTINUE])
        case For(_, source, body):
            if _has_items(source) and not _silent_exits(body):
                return frozenset()
            return frozenset([_END])
        case While(body=body) if goes_on(control):
            return frozenset([_END]) if _BREAK in _silent_exits(body) else frozenset()
        case Switch() | Either():
            return frozenset().union(*map(_silent_exits, blocks_of(control)))
        case Both(branches):
            return frozenset.intersection(*map(_silent_exits, branches))
        case Try(body=body):
            return _silent_exits(body)  # what leads to the handler is a step
    return frozenset([_END])


def _has_items(source: Expr) -> bool:
    """Whether a loop surely has a first round."""
    match source:
        case Function("range", (Literal(first), Literal(stop))):
            return first < stop
        case ListLiteral(items):
            return bool(items)
        case Domain():
            return True
    return False
