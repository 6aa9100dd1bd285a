"""Changes that make a look and what is done by it one command of the server.

In: a program. Out: the changes, each with the lines it writes. GET and then SET is SETNX, GET and
then DELETE a script: which server joins what, and what it has one command for, the kinds say.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..language.outline import INDENT, Edit, Place, deeper
from ..language.tree.expressions import CommandCall
from ..language.tree.statements import Step
from ..language.tree.walk import calls_of, expressions_in, inner_expressions
from ..results.repair import SpecChange
from .program_view import LookAndChoice, ProgramView, assigned_call, own_variable

__all__ = ["SCRIPT", "by_command", "one_command_changes"]

SCRIPT = "a script"
"""What a server can do of its own commands where it has no one command for them."""


def one_command_changes(view: ProgramView) -> Iterator[SpecChange]:
    """A look, and the first step behind it in a branch that it leads to, as one step."""
    for look in view.looks():
        for branch in look.branches():
            act = look.place.blocks[branch][0]
            step = view.step(act)
            if step is None or not look.server or view.server(step) != look.server:
                continue
            if not look.is_parted(branch, act, act):
                continue
            changed = view.flow(step).effects.writes & look.condition_reads()
            if look.is_test and len(look.place.blocks) == 2:
                yield _tested(look, branch, act, step)
            elif not look.is_test and not any(kind == "own" for kind, *_ in changed):
                yield _joined(look, branch, act, step)


def _joined(look: LookAndChoice, branch: int, act: Place, step: Step) -> SpecChange:
    """The step that looks does, under the same condition, what the branch begins with."""
    body = (*look.look.body, f"if {look.condition(branch)}:", *deeper(act.body))
    between = look.view.rows[look.look.stop : look.place.head]
    rest = (*between, *look.rest(branch, act, act))
    return _change(look, act, by_command(look, branch, step), body, rest)


def _tested(look: LookAndChoice, branch: int, act: Place, step: Step) -> SpecChange:
    """A test that looks becomes a step, which does what the branch begins with."""
    by = by_command(look, branch, step)
    condition = look.condition(branch)
    if not look.rest(branch, act, act):
        return _change(look, act, by, (f"if {condition}:", *deeper(act.body)), ())
    found = look.view.fresh(f"{look.look.label}_found")
    heads = (f"if {found}:", f"if not {found}:")
    body = (f"{found} = {look.condition(0)}", heads[branch], *deeper(act.body))
    return _change(look, act, by, body, look.rest(branch, act, act, heads), found)


def _change(
    look: LookAndChoice, act: Place, by: str, body: tuple[str, ...], rest: tuple[str, ...],
    found: str = "",
) -> SpecChange:  # fmt: skip
    view = look.view
    head = f"{' ' * look.indent}{look.look.label}:  # {by}"
    comments = view.rows[look.look.start : look.look.head]
    rows = (*comments, head, *deeper(body, look.indent + INDENT), *rest)
    return SpecChange(
        "one_command",
        view.name,
        f"{view.name}: {look.look.label} and {act.label} in one step ({by})",
        edits=((view.name, Edit(look.look.start, look.place.stop, rows)),),
        entries=(own_variable(view.name, found, "bool"),) if found else (),
    )


def by_command(look: LookAndChoice, branch: int, step: Step) -> str:
    """By what the server does both at once: as the kind says, or a script."""
    view = look.view
    if look.is_test:
        looked = [each for test in look.tests for each in inner_expressions(test)]
    else:
        looked = list(expressions_in(look.step.body))
    calls = [each for each in looked if isinstance(each, CommandCall)]
    acts = calls_of(step.body)
    if len(calls) != 1 or len(acts) != 1 or len(step.body) != 1:
        return SCRIPT
    first, second = calls[0], acts[0]
    same = (first.resource, first.instance) == (second.resource, second.instance)
    same = same and second.arguments[: len(first.arguments)] == first.arguments  # one field
    if same and look.finds_none(branch, first):
        by = (dict(each.absent).get(second.command) for each in view.commands(first))
        return next(by, None) or SCRIPT
    stored = assigned_call(look.step) if not look.is_test else None
    if stored is not None and stored[0] in second.arguments:
        by = (dict(each.moves).get(second.command) for each in view.commands(first))
        return next(by, None) or SCRIPT
    return SCRIPT
