"""What a spec says may go wrong: how often, with what, and what is lost then.

The keys are `crashes`, `keeps` and `restarts` of a process, and of a resource those that its kind
declares under `faults`. What a fault does to a resource stands in its kind.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..source.diagnostics import did_you_mean
from ..syntax.nodes import FaultDoc, Name, ProcessDoc
from ..tree.expressions import Literal, OtherVar
from ..tree.spec import CRASHES, Crashes, Initially, Process, Property
from ..tree.statements import Assign
from ..tree.walk import root_of, statements_in
from ..types import BoolType, IntType
from .context import Names, Scope
from .entries import ProcessEntry
from .expressions import check

__all__ = ["crashes_of", "expected_without", "most_of", "refuse_forgetting"]

MOST_FAULTS = 1_000
_HOW_OFTEN = "a number of times, or true: as often as it can"


def most_of(doc: FaultDoc | None, what: str, names: Names, *, faults: bool) -> int | None:
    """How often something may go wrong with `what`; None: as often as it can. Never, where it is
    not asked for or nothing is to go wrong at all (no `faults`)."""
    if doc is None:
        return 0
    key, at = doc.name.text, doc.most.at
    why = f"{key} is a constant"
    before = names.found.count
    value = check(doc.most, Scope(names, shared=why, commands=why, choices=why))
    most: int | None = 0
    if isinstance(value, Literal) and isinstance(value.type, BoolType):
        most = None if value.value else 0
    elif not isinstance(value, Literal) or not isinstance(value.type, IntType):
        if names.found.count == before:
            names.found.report(at, f"{key} says how often {what} may", _HOW_OFTEN)
    elif not 0 <= value.value <= MOST_FAULTS:
        message = f"constant out of range: {key} is {value.value}"
        names.found.report(at, message, f"0 to {MOST_FAULTS:,}, or true: as often as it can")
    else:
        most = value.value
    return most if faults else 0


def crashes_of(
    doc: ProcessDoc, entry: ProcessEntry, names: Names, *, faults: bool
) -> Crashes | None:
    """How a process may crash, if it may."""
    name = entry.name.text
    kept = []
    for each in doc.keeps:
        if each.text in entry.vars:
            kept.append(each.text)
        else:
            message = f"{name} has no variable {each.text} that it could keep"
            names.found.report(each.at, message, _hint(each, entry, names))
    if doc.crashes is None:
        if doc.keeps:
            message = f"{name} keeps {doc.keeps[0].text}, and never crashes"
            names.found.warn(doc.keeps[0].at, message, "crashes: 1 says that it may")
        return None
    at = doc.crashes.name.at
    if CRASHES in entry.labels:
        message = f"{CRASHES} is what a crash of {name} is called"
        names.found.report(at, message, f"give the step {CRASHES} another label")
    most = most_of(doc.crashes, name, names, faults=faults)
    return None if most == 0 else Crashes(most, tuple(kept), doc.restarts, at)


def _hint(name: Name, entry: ProcessEntry, names: Names) -> str:
    if name.text in names.shared:
        return "a shared variable is in no process: no crash touches it"
    return did_you_mean(name.text, entry.vars)


def expected_without(asked: Property) -> Property:
    """A property of a spec without its faults. `expect` speaks of the spec with them, of which the
    runs without are a part: what holds of all runs holds of these, and what no run shows, none of
    these does. The rest may be either way."""
    follows = asked.expect == ("violated" if asked.form.somewhere else "holds")
    return asked if follows else replace(asked, expect="either")


def refuse_forgetting(
    initially: Initially | None, processes: Iterable[Process], names: Names
) -> None:
    """A crash gives a variable its first value: what `initially` has put there is none that
    could be known again."""
    if initially is None:
        return
    lost = {
        (process.name, each.name)
        for process in processes
        if process.crashes is not None
        for each in process.vars
        if each.name not in process.crashes.keeps
    }
    for statement in statements_in(initially.body):
        root = root_of(statement.target) if isinstance(statement, Assign) else None
        if isinstance(root, OtherVar) and (root.process, root.name) in lost:
            message = f"a crash of {root.process} would lose {root.name}, which is set here"
            hint = f"let {root.process} keep it, or give it its value where it is declared"
            names.found.report(statement.at, message, hint)
            lost.discard((root.process, root.name))
