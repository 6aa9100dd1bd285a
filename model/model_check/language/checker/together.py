"""What a spec says is done at once, or is one, and on a real server is not.

A step is atomic in the model whatever is in it. A server joins commands of its own (MULTI/EXEC,
a script), but none that waits, none that it never joins, and none of another server; or it has one
command for two of a kind (BLPOP, then RPUSH of the answer is BLMOVE), as the kind says. What a
process does in its own memory joins everything, and so does a frame that is sent at the end:
it is on its way, and nobody can tell for how long. So a step with two commands that nobody joins
describes a program that cannot be written: that is a warning, for the spec means what it says.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from ...codes import Code
from ..keys import REFUSED, WATCH
from ..place_patterns import PlacePattern
from ..source.diagnostics import Position
from ..syntax.call_form import base_name
from ..tree.expressions import CommandCall, Domain, Expr
from ..tree.spec import Process
from ..tree.statements import (
    Assign,
    Await,
    Evaluate,
    ForEach,
    If,
    Return,
    Step,
    StepStatement,
    Switch,
    Try,
    While,
)
from ..tree.walk import calls_of, controls_in, inner_expressions
from ..types import ProcessType, finite_size
from .context import Names
from .entries import ResourceEntry
from .faults import commands_called, may_be_refused
from .survey import Survey

__all__ = [
    "refuse_one_key",
    "refuse_one_pattern",
    "refuse_two_patterns",
    "warn_of_needs",
    "warn_of_steps",
]

Calls = frozenset[CommandCall]
_NONE: Calls = frozenset()


def warn_of_steps(processes: Collection[Process], names: Names) -> None:
    """Warn of each command that nothing can join with one before it in the same step; refuse one of
    which it is caught that it is refused, for a server does the others then."""
    for process in processes:
        tries = (each for each in controls_in(process.run) if isinstance(each, Try))
        caught = {
            id(each)
            for tried in tries
            if REFUSED in dict(tried.handlers)
            for each in controls_in(tried.body)
        }
        _check_watching(process, processes, names)
        for control in controls_in(process.run):
            match control:
                case Step(body=body):
                    _StepCheck(names, catches=id(control) in caught).body(body, _NONE)
                case While(condition=condition, label=str()) if condition is not None:
                    _StepCheck(names).expression(condition, _NONE)
                case Switch(branches, label=str()):
                    _StepCheck(names).tests([test for test, _ in branches], _NONE)


def _check_watching(process: Process, processes: Collection[Process], names: Names) -> None:
    """Tell of transactions that watch nothing; refuse others over a connection that is watched for:
    they would fail as well."""
    line = process.connection
    beside = [each for each in processes if line and each.connection == line] or [process]
    watched = {
        call.resource
        for each in beside
        for control in controls_in(each.run)
        for call in commands_called(control)
        if call.command == WATCH
    }
    for step in controls_in(process.run):
        if not isinstance(step, Step):
            continue
        for name in step.watches:
            if name not in watched:
                message = f"{process.name} never calls {name}.{WATCH}(): nothing is watched"
                hint = "call it in a step before, and read what is there after it"
                names.found.report(step.at, message, hint)
        calls = [each for each in calls_of(step.body) if names.resources[each.resource].kind.joins]
        if line and watched and len(calls) > 1 and not step.watches:
            message = f"over the connection {line} this is a transaction that may fail, too"
            hint = f"with atomic(watch=[{', '.join(sorted(watched))}]): says so"
            names.found.report(step.at, message, hint)


class _StepCheck:
    """One step. `before` are the calls that may have been made when a place is reached: on one
    way to it at least, so that those of two branches are never taken for one after the other."""

    def __init__(self, names: Names, *, catches: bool = False) -> None:
        self.names = names
        self.catches = catches
        self.answers: dict[CommandCall, Expr] = {}
        """The variables that hold what calls have answered."""

    def body(self, statements: Sequence[StepStatement], before: Calls) -> Calls:
        for statement in statements:
            match statement:
                case Assign(target, value):
                    if isinstance(value, CommandCall):
                        self.answers[value] = target
                    before = self.expression(value, self.expression(target, before))
                case Evaluate(value) | Return(value) | Await(value):
                    before = self.expression(value, before)
                case If(branches, orelse):
                    before = self.tests([test for test, _ in branches], before)
                    ends = [self.body(body, before) for _, body in branches]
                    before = _NONE.union(*ends, self.body(orelse, before))
                case ForEach(_, source, body):
                    before = self.expression(source, before)
                    first = before | self.body(body, before)
                    # A second round finds more only after calls that the first one made.
                    if first != before and self.is_repeated(source):
                        first |= self.body(body, first)
                    before = first
        return before

    def tests(self, tests: Sequence[Expr], before: Calls) -> Calls:
        for test in tests:
            before = self.expression(test, before)
        return before

    def expression(self, expression: Expr, before: Calls) -> Calls:
        for each in inner_expressions(expression):
            if isinstance(each, CommandCall):
                self.call(each, before)
                before |= {each}
        return before

    def is_repeated(self, source: Expr) -> bool:
        """Whether a loop has more than one round (only in one over a type are there calls)."""
        if not isinstance(source, Domain):
            return True
        if isinstance(source.of, ProcessType):
            return self.names.processes[source.of.process].count > 1
        return (finite_size(source.of) or 0) > 1

    def call(self, call: CommandCall, before: Calls) -> None:
        for other in sorted(before, key=lambda each: (each.at.line, each.at.column)):
            if self.is_half_done(other, call):
                return
            why = self.apart(other, call)
            if why:
                hint = "others can act in between: make two steps of it"
                self.names.found.warn(
                    Code.NOT_AT_ONCE, call.at, f"nothing does this step at once: {why}", hint
                )
                return

    def is_half_done(self, first: CommandCall, second: CommandCall) -> bool:
        """Whether one of two commands is done where the other one is refused; that is reported."""
        if not self.catches:
            return False
        one, other = (self.names.resources[each.resource] for each in (first, second))
        if not one.kind.joins or one.kind.joins != other.kind.joins:
            return False
        refused = next((e for e in (second, first) if may_be_refused(e, self.names)), None)
        if refused is None:
            return False
        shown = f"{refused.resource}.{refused.command.partition('(')[0]}()"
        message = f"{shown} may be refused, and stands beside another command in one step"
        hint = "MULTI/EXEC does the others all the same, a script stops there: make two steps of it"
        self.names.found.report(second.at, message, hint)
        return True

    def is_one_command(self, first: CommandCall, second: CommandCall, of: ResourceEntry) -> bool:
        """Whether the server has one command for two, of a kind, where the second one is given what
        the first one answered."""
        by = dict(of.doc_of(first.command).moves).get(second.command)
        kind = self.names.resources[second.resource].kind
        return by is not None and kind is of.kind and self.answers.get(first) in second.arguments

    def apart(self, first: CommandCall, second: CommandCall) -> str:
        """Why two commands cannot be done at once; "" if they can."""
        sides = [(self.names.resources[each.resource], each) for each in (first, second)]
        if any(entry.is_local(call.command) for entry, call in sides):
            return ""
        (one, before), (two, after) = sides
        if two.doc_of(after.command).last and not one.doc_of(before.command).last:
            return ""
        if self.is_one_command(before, after, one):
            return ""
        if one.server == two.server and before.command == after.command == WATCH:
            return ""  # WATCH takes several keys
        shown = [f"{entry.name}.{base_name(call.command)}()" for entry, call in sides]
        for (entry, call), name in zip(sides, shown, strict=True):
            if one.server == two.server and entry.waits(call.command):
                return f"{name} waits for the server, which joins nothing that waits"
            if one.server == two.server and not entry.doc_of(call.command).joins:
                return f"{name} cannot be joined with another command"
        if one.server != two.server:
            return f"{shown[0]} and {shown[1]} go to two servers, {one.server} and {two.server}"
        if not one.kind.joins:
            return f"{shown[0]} and {shown[1]} are two, and {one.server} joins no commands"
        return ""


def warn_of_needs(surveys: Mapping[str, Survey], names: Names) -> None:
    """Warn of each command that does something only for who has called another one before,
    where no process of its connection ever calls that: what a server knows of a client is its
    connection's."""
    calls = [
        (process, entry, entry.form(site.target), site)
        for process, found in surveys.items()
        for site in found.calls
        if (entry := names.resources.get(site.target.resource)) is not None
    ]
    line = {process: names.processes[process].connection or process for process in surveys}
    called = {(line[process], entry.name, command) for process, entry, command, _ in calls}
    for process, entry, command, site in calls:
        needs = entry.doc_of(command).needs if entry.has(command) else ()
        met = any((line[process], entry.name, need) in called for need in needs)
        if needs and not met:
            message = (
                f"{process} calls {entry.name}.{command}() and never {entry.name}.{needs[0]}():"
                " there is nothing that it could act on"
            )
            hint = f"what {needs[0]} does, it does for the process that calls it"
            names.found.warn(Code.NOTHING_TO_ACT_ON, site.expression.at, message, hint)


def refuse_one_pattern(names: Names) -> None:
    """What listens to all keys of a resource by a pattern would hear another one as well, where the
    pattern takes its key."""
    keyed = [each for each in names.resources.values() if each.doc.key and each.kind.joins]
    for entry in keyed:
        address = entry.kind.address
        parts = entry.doc.key.split(f"{{{address}}}") if address else []
        for other in keyed if len(parts) > 1 else ():
            same = (entry.kind.joins, entry.kind.names) == (other.kind.joins, other.kind.names)
            if other is entry or not same or not _takes(parts, other.doc.key):
                continue
            here, there = sorted((entry.doc.name.at, other.doc.name.at), key=_line)
            first, second = (entry, other) if here == entry.doc.name.at else (other, entry)
            where = f"line {here.line}" if here.source == there.source else str(here)
            names.found.report(
                there, f"{second.name} and {first.name}, in {where}: the pattern that takes all of"
                f" {entry.name} takes {other.name} too, so there both are heard, here one",
                "let their keys begin with different texts",
            )  # fmt: skip


def _takes(parts: Sequence[str], key: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, parts)), key, re.DOTALL) is not None


def _line(at: Position) -> int:
    return at.line


def refuse_two_patterns(names: Names) -> None:
    """A place of a name is the same in all keys, and so is what can stand there; the address of a
    resource is its own."""
    known: dict[str, PlacePattern] = {}
    for entry in names.resources.values():
        for name, pattern, at in entry.doc.written.patterns:
            if name != entry.kind.address and known.setdefault(name, pattern) != pattern:
                message = f"the place {name} has another pattern already, {known[name].text}"
                names.found.report(at, message, f"say it once: it holds for every {{{name}}}")


def refuse_one_key(names: Names) -> None:
    """Two resources under one key of one server would be one store there, and are two here."""
    stores: dict[tuple[str, str, str], ResourceEntry] = {}
    for entry in names.resources.values():
        kind = entry.kind
        if not entry.doc.key or not kind.joins:
            continue
        first = stores.setdefault((kind.joins, kind.names, entry.doc.key), entry)
        if first is not entry:
            at, here = first.doc.name.at, entry.doc.name.at
            where = f"line {at.line}" if at.source == here.source else str(at)
            names.found.report(
                here, f"{entry.name} and {first.name}, in {where}, have the same key on "
                f"{kind.joins}: there they are one store, here they would be two",
                "use one resource, or give one of them another key",
            )  # fmt: skip
