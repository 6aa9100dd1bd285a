"""What a spec says may go wrong: how often, with what, and what is lost then.

The keys are `crashes`, `keeps` and `restarts` of a process, and of a resource `disconnects` and
those that its kind declares under `faults`. What a fault does to a resource stands in its kind; of
a broken connection a process learns when it calls the next command, and it crashes if it does not
catch that (`try`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ...codes import Code
from ..keys import CHANGED, DISCONNECTED, REFUSED
from ..records import replace
from ..source.diagnostics import Position, did_you_mean
from ..syntax.nodes import Document, Expression, FaultDoc, Name, ProcessDoc
from ..tree.expressions import CommandCall, Literal, OtherVar
from ..tree.spec import CRASHES, Crashes, Initially, Process, Property, Server
from ..tree.statements import Assign, Control, Step, Switch, Try, While
from ..tree.walk import (
    blocks_of,
    calls_of,
    controls_in,
    inner_expressions,
    root_of,
    statements_in,
)
from ..types import BoolType, IntType
from .context import Names, Scope
from .entries import ProcessEntry, ResourceEntry
from .expressions import check

__all__ = [
    "check_try", "commands_called", "crashes_of", "expected_without", "may_be_refused",
    "most_of", "refuse_forgetting", "servers_of",
]  # fmt: skip

MOST_FAULTS = 1_000
MOST_LOST = 8
_HOW_OFTEN = "a number of times, or true: as often as it can"

_WORDS_OF_YAML_1_1 = {"on": "true", "yes": "true", "y": "true", "off": "false", "no": "false"}
"""What was a truth in YAML 1.1, and is none in 1.2 (https://yaml.org/spec/1.2.2/#1032-tag-resolution)."""


def most_of(doc: FaultDoc | None, what: str, names: Names, *, faults: bool) -> int | None:
    """How often something may go wrong with `what`; None: as often as it can. Never, where it is
    not asked for or nothing is to go wrong at all (no `faults`)."""
    if doc is None:
        return 0
    key, at = doc.name.text, doc.most.at
    meant = _WORDS_OF_YAML_1_1.get(doc.most.text.lower())
    if meant is not None and doc.most.text not in names.declared:
        names.found.report(at, f"no such name: {doc.most.text}", f"did you mean {meant}?")
        return 0
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
    doc: ProcessDoc,
    entry: ProcessEntry,
    run: tuple[Control, ...],
    names: Names,
    *,
    faults: bool,
) -> Crashes | None:
    """How a process may crash, if it may: by itself, or of a broken connection that its program
    does not catch."""
    name = entry.name.text
    kept = []
    for each in doc.keeps:
        if each.text in entry.vars:
            kept.append(each.text)
        else:
            message = f"{name} has no variable {each.text} that it could keep"
            names.found.report(each.at, message, _hint(each, entry, names))
    raises = _uncaught(run)
    if doc.crashes is None:
        if doc.keeps and not any(_says_it_breaks(each, names) for each in raises):
            message = f"{name} keeps {doc.keeps[0].text}, and never crashes"
            names.found.warn(
                Code.NEVER_CRASHES, doc.keeps[0].at, message, "crashes: 1 says that it may"
            )
        at = entry.name.at
    else:
        at = doc.crashes.name.at
        if CRASHES in entry.labels:
            message = f"{CRASHES} is what a crash of {name} is called"
            names.found.report(at, message, f"give the step {CRASHES} another label")
    most = most_of(doc.crashes, name, names, faults=faults)
    dies = most != 0 or any(names.resources[each].disconnects is not None for each in raises)
    kept = [each for each in kept if (name, each) not in names.relaxed.forgotten]
    return Crashes(most, tuple(kept), doc.restarts, at) if dies else None


def _uncaught(run: tuple[Control, ...]) -> set[str]:
    """The resources whose commands are called where nothing is caught."""
    found: set[str] = set()
    for control in run:
        called = commands_called(control)
        found.update(each.resource for each in called)
        blocks = blocks_of(control)
        if isinstance(control, Try) and DISCONNECTED in dict(control.handlers):
            blocks = blocks[1:]
        for block in blocks:
            found |= _uncaught(block)
    return found


def commands_called(control: Control) -> list[CommandCall]:
    """The commands that are called by a step, or a test, itself."""
    match control:
        case Step(body=body):
            return calls_of(body)
        case While(condition=condition, label=str()) if condition is not None:
            tests = [condition]
        case Switch(branches, label=str()):
            tests = [test for test, _ in branches]
        case _:
            return []
    return [e for test in tests for e in inner_expressions(test) if isinstance(e, CommandCall)]


def check_try(
    body: tuple[Control, ...], words: Collection[str], at: Position, names: Names
) -> None:
    """Tell of a `try` around nothing that could raise what it catches: the `words`."""
    calls = [call for each in controls_in(body) for call in commands_called(each)]
    called = {call.resource for call in calls}
    if not called:
        message = "no command is called in this try: nothing is raised"
        names.found.report(at, message, "put the steps in it that call one")
        return
    if REFUSED in words and not any(may_be_refused(each, names) for each in calls):
        message = "nothing in this try is ever refused"
        hint = "model-check kinds tells which commands may be"
        names.found.warn(Code.NEVER_REFUSED, at, message, hint)
    watches = (isinstance(each, Step) and each.watches for each in controls_in(body))
    if CHANGED in words and not any(watches):
        message = "no transaction in this try watches anything"
        names.found.warn(Code.NEVER_REFUSED, at, message, "with atomic(watch=[key]): does")
    if DISCONNECTED in words and not any(_says_it_breaks(each, names) for each in called):
        connected = sorted(n for n in called if names.resources[n].kind.disconnected is not None)
        message = "nothing in this try is ever disconnected"
        hint = "none of what it calls has a connection"
        if connected:
            hint = f"disconnects: 1 says that a connection to {connected[0]} may break"
        names.found.warn(Code.NEVER_DISCONNECTED, at, message, hint)


def may_be_refused(call: CommandCall, names: Names) -> bool:
    """Whether the server may answer a command with an error."""
    checked = (each for (name, _), each in names.resources[call.resource].commands.items()
               if name == call.command)  # fmt: skip
    return any(each.command.refusals for each, _ in checked)


def _says_it_breaks(resource: str, names: Names) -> bool:
    return names.resources[resource].says_it_breaks


def servers_of(
    document: Document, resources: Iterable[ResourceEntry], names: Names
) -> tuple[Server, ...]:
    """The servers of a spec that may fail over."""
    known = list(dict.fromkeys(each.kind.joins for each in resources if each.kind.joins))
    found = []
    for doc in document.servers:
        name = doc.name.text
        if name not in known:
            hint = did_you_mean(name, known) or "the kind of a resource says which it is on: joins"
            names.found.report(doc.name.at, f"no resource is on a server {name}", hint)
            continue
        most = most_of(doc.failover, name, names, faults=document.faults)
        lost = 0
        if doc.loses_last is not None:
            lost = _most_lost(doc.loses_last, names)
            if doc.failover is None:
                message = f"{name} loses nothing: it never fails over"
                names.found.warn(
                    Code.NEVER_FAILS_OVER,
                    doc.loses_last.at,
                    message,
                    "failover: 1 says that it may",
                )
        if most != 0 and doc.failover is not None:
            found.append(Server(name, most, lost, doc.failover.name.at))
    return tuple(found)


def _most_lost(doc: Expression, names: Names) -> int:
    """How many of the last writes may be gone with a server: a number, for each is looked at."""
    why = "loses_last is a constant"
    before = names.found.count
    value = check(doc, Scope(names, shared=why, commands=why, choices=why))
    if isinstance(value, Literal) and isinstance(value.type, IntType):
        if 0 <= value.value <= MOST_LOST:
            return value.value
        message = f"constant out of range: loses_last is {value.value}"
        names.found.report(doc.at, message, f"0 to {MOST_LOST}")
    elif names.found.count == before:
        message = "loses_last says how many of the last writes may be gone"
        names.found.report(doc.at, message, f"a number of writes, 0 to {MOST_LOST}")
    return 0


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
