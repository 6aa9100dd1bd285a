"""A spec in which one step is never taken: who comes to it stays there for ever.

In: a checked spec, the name of a process and a label of its program, or `crashes`. Out: the same
spec, changed as a tree, so that no text has to be understood again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from model_check.language.tree import statements as stmts
from model_check.language.tree.expressions import Literal
from model_check.language.tree.spec import CRASHES, Process, Spec
from model_check.language.types import BOOL

__all__ = ["frozen"]


def frozen(spec: Spec, process: str, label: str) -> Spec | None:
    """The spec without that step; None where it has no such process."""
    if process not in (each.name for each in spec.processes):
        return None
    processes = tuple(
        _without(each, label) if each.name == process else each for each in spec.processes
    )
    return replace(spec, processes=processes)


def _without(process: Process, label: str) -> Process:
    if label == CRASHES and process.crashes is not None:
        return replace(process, crashes=replace(process.crashes, most=0))
    return replace(process, run=_block(process.run, label))


def _block(block: tuple[stmts.Control, ...], label: str) -> tuple[stmts.Control, ...]:
    return tuple(_control(each, label) for each in block)


def _control(control: stmts.Control, label: str) -> stmts.Control:
    match control:
        case (
            stmts.Step(label=mine, at=at)
            | stmts.While(label=mine, at=at)
            | stmts.Switch(label=mine, at=at)
        ) if mine == label:
            never = stmts.Await(Literal(0, BOOL, at), at, "False")
            return stmts.Step(label, (never,), control.indices, None, (), at)
        case stmts.For() | stmts.While() | stmts.Background():
            return replace(control, body=_block(control.body, label))
        case stmts.Try():
            handlers = tuple((word, _block(each, label)) for word, each in control.handlers)
            return replace(control, body=_block(control.body, label), handlers=handlers)
        case stmts.Switch():
            branches = tuple((asked, _block(each, label)) for asked, each in control.branches)
            return replace(control, branches=branches, orelse=_block(control.orelse, label))
        case stmts.Either() | stmts.Both():
            changed: Any = tuple(_block(each, label) for each in control.branches)
            return replace(control, branches=changed)
    return control
