"""From the steps of the open system to what each needs in order to be whole in a free run.

The machine says it: what a command is asked with, and whether a step can be taken at all,
depends on fields, among them those that hold the answers of the step's own commands; what
depends on an answer can be sent only when that is there. And who acts at a server and on what
processes share does both at once: nobody may see one without the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from ...machine.core import Action
from ...machine.effects import effects_of, locals_of
from ...machine.ir import Choice, Expr, If, Let, Loop, Note, Require, Statement
from ...machine.lowering.told_calls import error_in, is_raised
from ...machine.names import fields_of
from ...machine.rewrite import statements_in
from ..brokers.contract import Request
from .open_system import OpenSystem
from .workers import Worker

__all__ = ["Needs", "needs_of"]


@dataclass(frozen=True, slots=True)
class Needs:
    """What a step needs. `alone`: that nobody else acts meanwhile; `shares`: that what it does at a
    server is seen together with what it does here and others look at; `in_order`: that its
    commands are sent one by one, for what they are depends on answers; `tried`: that it is known
    only by its answers whether it can be taken, so that what it has done by then is taken back."""

    alone: bool = False
    shares: bool = False
    in_order: bool = False
    tried: bool = False


NOTHING = Needs()


def needs_of(system: OpenSystem, workers: Mapping[int, Worker]) -> list[Needs]:
    """What each step of the machine needs, by its number; `workers`: by instance."""
    machine = system.machine
    found = [NOTHING] * len(machine.steps)
    # Where the order of all steps is judged, each has one place in it.
    ordered = any(each.form.asks_runs or each.form.of_steps for each in machine.spec.properties)
    for action in machine.actions:
        if action.fault or _raises(system, action):
            continue
        needs = _needs(system, action, workers[action.instance])
        for step in action.steps:
            found[step] = replace(needs, alone=needs.alone or ordered)
    return found


def _raises(system: OpenSystem, action: Action) -> bool:
    """Whether it is what a step does where a command raises."""
    calls = system.machine.calls
    answers = [calls[each.call].answer for each in _sent(action.body)]
    return any(is_raised(each) or error_in(each) for each in answers)


def _sent(body: Iterable[Statement]) -> Iterable[Note]:
    return (each for each in statements_in(body) if isinstance(each, Note) and each.sent)


def _shares(system: OpenSystem, action: Action) -> bool:
    """Whether somebody else writes what an action reads or writes, or reads what it writes. How far
    the branches of one process are, each of them sees at its end alone."""
    machine, mine = system.machine, effects_of(action.body, notes=False)
    name = machine.instances[action.instance].name
    places = {each.location_field for each in machine.instances if each.name == name}
    for each in machine.actions:
        if each.instance != action.instance and not each.fault:
            own = places if machine.instances[each.instance].name == name else set()
            both = mine.conflicts(effects_of(each.body, notes=False)) - system.passing
            if both - own:
                return True
    return False


def _needs(system: OpenSystem, action: Action, worker: Worker) -> Needs:
    found = _Influence()
    found.read(action.body, frozenset())
    requests = [Request(system.machine.calls[each.call], {}) for each in _sent(action.body)]
    if not requests:
        return NOTHING
    asked, needed = fields_of(found.asked), fields_of(found.needed)
    outside = [each for each in requests if not worker.command(each).local]
    waits_later = any(
        worker.command(each).blocking and not each.call.sending for each in requests[1:]
    )
    in_order = bool(asked & system.answers)
    together = all(worker.joins(each) for each in outside) and not in_order
    tried = bool(needed & system.answers) or waits_later
    holds = any(each.call.sending and each.call.in_two for each in requests)
    shares = bool(outside) and _shares(system, action)
    alone = tried or shares or holds or (len(outside) > 1 and not together)
    return Needs(alone, shares, in_order, tried)


@dataclass
class _Influence:
    """What commands are asked with (`asked`), and whether a step can be taken (`needed`), depends
    on: the locals that hold it before the step. Read from the first statement to the last."""

    asked: set[str] = field(default_factory=set)
    needed: set[str] = field(default_factory=set)
    _from: dict[str, frozenset[str]] = field(default_factory=dict)

    def read(self, body: Iterable[Statement], control: frozenset[str]) -> None:
        """Follow a block that is done where `control` says."""
        for statement in body:
            match statement:
                case Let(name, value):
                    before = self._of_local(name) if control else frozenset()
                    self._from[name] = self._of(value) | control | before
                case If(test, then, orelse):
                    inside = control | self._of(test)
                    self.read(then, inside)
                    self.read(orelse, inside)
                case Loop(name, count, _, inner) | Choice(name, count, _, inner):
                    inside = control | self._of(count)
                    self._from[name] = inside
                    self.read(inner, inside)
                    self.read(inner, inside)  # what one round leaves, the next one reads
                case Require(test):
                    self.needed |= self._of(test) | control
                case Note(_, values, sent) if sent:
                    self.asked |= control.union(*map(self._of, values))

    def _of(self, value: Expr) -> frozenset[str]:
        names: set[str] = set()
        locals_of(value, names)
        return frozenset[str]().union(*map(self._of_local, names))

    def _of_local(self, name: str) -> frozenset[str]:
        return self._from.get(name, frozenset({name}))
