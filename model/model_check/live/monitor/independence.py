"""From a state to the processes that can wait until the end of a log: nobody sees when they act.

A browser that takes frames from its buffer, a gateway that has subscribed and forwards: what
they do is in no log, and there are very many moments at which they could do it. Where nothing
of what they still may do has to do with what others still may do, their steps can as well all
come behind the last line: every run has one like it, with the same lines and the same end.

Two kinds of steps have nothing to do with each other if neither writes what the other reads
or writes. A list used as a queue is the exception: taking the first item of one that is
not empty, and appending to it, do the same in either order. Whether a command of a kind only
takes, or only appends, is read from its body.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...language.source.diagnostics import Position
from ...language.tree import expressions as exprs
from ...language.tree import statements as stmts
from ...language.tree.spec import Command, Resource
from ...language.types import DictType, ListType
from ...machine.core import Action, Formula, Machine
from ...machine.effects import Effects, effects_of, fields_read, union
from ...machine.ir import Const, Let, Note
from ...machine.names import field_local
from ...machine.rewrite import statements_in

__all__ = ["Independence", "Reach", "Reaches"]


@dataclass(frozen=True, slots=True)
class Reach:
    """What an instance still may do from a location on, and whether a log can show any of it."""

    effects: Effects[int]
    shown: bool


class Reaches:
    """What each instance still may do, from each of its places on. `shown`: for each call, whether
    a log shows it."""

    def __init__(self, machine: Machine, shown: Sequence[bool]) -> None:
        self.machine = machine
        self._shown = shown
        self.queues = _queues(machine)
        fields = [machine.fields[each.location_field] for each in machine.instances]
        self._locations = [(each.offset, each.mask) for each in fields]
        self._found: dict[tuple[int, int], Reach] = {}
        self._next: dict[tuple[int, int], Effects[int]] = {}

    def places(self, state: int) -> tuple[int, ...]:
        """Where all instances stand."""
        return tuple([state >> offset & mask for offset, mask in self._locations])

    def at(self, instance: int, location: int) -> Reach:
        """What an instance may do from a location on, with what that begins beside it."""
        key = (instance, location)
        if key not in self._found:
            actions = self._reachable(instance, location)
            self._found[key] = Reach(
                union(effects_of(each.body) for each in actions),
                any(
                    self._shown[statement.call]
                    for each in actions
                    for statement in statements_in(each.body)
                    if isinstance(statement, Note)
                ),
            )
        return self._found[key]

    def next(self, instance: int, location: int) -> Effects[int]:
        """What an instance does in its next step."""
        key = (instance, location)
        if key not in self._next:
            actions = self.machine.actions_at(instance, location)
            self._next[key] = union(effects_of(each.body) for each in actions)
        return self._next[key]

    def _reachable(self, instance: int, location: int) -> list[Action]:
        """What an instance may do from a location on, with what that begins beside it."""
        places = {field_local(i.location_field): i.index for i in self.machine.instances}
        seen = {(instance, location)}
        todo = [(instance, location)]
        found: list[Action] = []
        while todo:
            actions = self.machine.actions_at(*todo.pop())
            found += actions
            for statement in statements_in(s for each in actions for s in each.body):
                if not isinstance(statement, Let) or statement.name not in places:
                    continue
                whose, value = places[statement.name], statement.value
                there = [value.value] if isinstance(value, Const) else self._everywhere(whose)
                for each in there:
                    if (whose, each) not in seen:
                        seen.add((whose, each))
                        todo.append((whose, each))
        return found

    def _everywhere(self, instance: int) -> list[int]:
        return [each.index for each in self.machine.instances[instance].locations]

    def writers(self, fields: frozenset[int]) -> int:
        """How many instances may ever write some of these fields."""
        return sum(
            any(self.next(i.index, at.index).writes & fields for at in i.locations)
            for i in self.machine.instances
        )


class Independence:
    """The instances that can wait, and those that can go first, by where all stand. `properties`:
    the formulas of those whose value matters on the way, too."""

    def __init__(self, reaches: Reaches, properties: Iterable[Iterable[Formula]]) -> None:
        self._reaches = reaches
        self._watched = [
            frozenset[int]().union(*(fields_read(formula) for formula in each))
            for each in properties
        ]
        self._waiting: dict[tuple[int, ...], frozenset[int]] = {}
        self._first: dict[tuple[int, ...], tuple[int, ...]] = {}

    def waiting(self, places: tuple[int, ...]) -> frozenset[int]:
        """The instances whose steps can wait until the end."""
        found = self._waiting.get(places)
        if found is None:
            found = self._waiting[places] = self._largest(places)
        return found

    def _largest(self, places: tuple[int, ...]) -> frozenset[int]:
        reach = [self._reaches.at(instance, at) for instance, at in enumerate(places)]
        waiting = {instance for instance, each in enumerate(reach) if not each.shown}
        while True:
            others = union(each.effects for i, each in enumerate(reach) if i not in waiting)
            meets = {i for i in waiting if self._meets(i, reach[i].effects, others)}
            if not meets:
                return frozenset(waiting)
            waiting -= meets

    def _meets(self, instance: int, mine: Effects[int], others: Effects[int]) -> bool:
        """Whether an instance has to do with what others read and write."""
        if mine.conflicts(others) - self._reaches.queues.get(instance, frozenset()):
            return True
        return any(watched & mine.writes and watched & others.writes for watched in self._watched)

    def first(self, places: tuple[int, ...]) -> tuple[int, ...]:
        """The instances whose next step can as well come before all that others still may do,
        if they can take it, and no log shows it.

        All runs from here on in which such an instance goes on have one like it that begins with
        its step, and in all that end it goes on (a persistent set of one instance: Godefroid,
        Partial-order methods for the verification of concurrent systems, 1996)."""
        found = self._first.get(places)
        if found is None:
            found = self._first[places] = tuple(
                each for each in range(len(places)) if self._goes_first(each, places)
            )
        return found

    def _goes_first(self, instance: int, places: tuple[int, ...]) -> bool:
        reaches = self._reaches
        actions = reaches.machine.actions_at(instance, places[instance])
        if not actions or any(each.fault for each in actions):
            return False
        mine = reaches.next(instance, places[instance])
        for other, place in enumerate(places):
            if other == instance:
                continue
            reach = reaches.at(other, place).effects
            met = mine.conflicts(reach)
            if met:
                # Taking and appending can change places, where nothing else could be done instead.
                queues = reaches.queues
                met -= queues.get(instance, frozenset()) | queues.get(other, frozenset())
                if met or len(actions) > 1:
                    return False
            if any(each & mine.writes and each & reach.writes for each in self._watched):
                return False
        return True


# --- lists used as queues ----------------------------------------------------------------------


def _queues(machine: Machine) -> Mapping[int, frozenset[int]]:
    """For each instance the fields of lists of which it only takes the first item, and to
    which the others only append."""
    spec = machine.spec
    plain = all(each.process and not each.task for each in machine.instances)
    if not plain or machine.faulty or any(each.connection for each in spec.processes):
        return {}  # a connection that goes empties a list, and who shares one takes from it, too
    calls = {
        process.name: {
            (node.resource, node.command)
            for node in _nodes(process.run)
            if isinstance(node, exprs.CommandCall)
        }
        for process in spec.processes
    }
    if any(isinstance(n, exprs.Content) for p in spec.processes for n in _nodes(p.run)):
        return {}  # what a list holds may be looked at from outside
    found: dict[int, set[int]] = {}
    for resource in spec.resources:
        for name in _inboxes(resource):
            for instance in machine.instances:
                if _only_takes(resource, name, calls, instance.process):
                    fields = found.setdefault(instance.index, set())
                    for variable in machine.variables:
                        if _is_inbox(variable.name, resource, name, instance.name):
                            fields.update(variable.fields)
    return {instance: frozenset(fields) for instance, fields in found.items()}


def _is_inbox(shown: str, resource: Resource, name: str, client: str) -> bool:
    head, _, tail = shown.rpartition(f"[{client}]")
    owner = head.removesuffix(f".{name}")
    return not tail and owner.partition("[")[0] == resource.name


def _inboxes(resource: Resource) -> list[str]:
    """The state of which each client has a list of its own."""
    return [
        each.name
        for each in resource.state[0]
        if isinstance(each.type, DictType) and isinstance(each.type.value, ListType)
    ]


def _only_takes(
    resource: Resource, name: str, calls: Mapping[str, set[tuple[str, str]]], process: str
) -> bool:
    """Whether all that touches a client's list takes its first item, where it is the client's
    own process, and otherwise only appends or takes from a list of its own."""
    for other, called in calls.items():
        for owner, command in called:
            if owner != resource.name:
                continue
            for group in resource.commands:
                body = group.get(command)
                if body is None or not _mentions(_parts(body), name):
                    continue
                if not _takes(body, name) and (other == process or not _appends(body, name)):
                    return False
    return True


def _takes(command: Command, name: str) -> bool:
    """`await len(X[caller]) > 0; first = X[caller][0]; X[caller] = X[caller][1:]`."""
    if command.issue or command.afterwards or command.gives_up:
        return False
    match command.run:
        case (
            stmts.Await(exprs.Compare(">", exprs.Function("len", (counted,)), exprs.Literal(0))),
            stmts.Assign(exprs.Temporary(kept), exprs.Index(first, exprs.Literal(0))),
            stmts.Assign(
                exprs.Index(exprs.KindVar(stored), exprs.CallerIndex()) as target,
                exprs.Slice(base, exprs.Literal(1), None),
            ),
            stmts.Return(exprs.Temporary(answered)),
        ):
            same = counted == target and first == target and base == target
            return same and stored == name and kept == answered
    return False


def _appends(command: Command, name: str) -> bool:
    """Whether a list is touched by nothing but `X[...] = X[...] + items`."""
    for node in _nodes(_parts(command)):
        match node:
            case stmts.Assign(target, exprs.Binary("+", left, right)) if (
                _mentions(target, name)
                and target == left
                and isinstance(target, exprs.Index)
                and isinstance(target.base, exprs.KindVar)
                and not _mentions((target.index, right), name)
            ):
                continue
            case stmts.Assign() | stmts.Evaluate() | stmts.Await() | stmts.Return():
                if _mentions(node, name):
                    return False
            case stmts.If(branches):
                if any(_mentions(test, name) for test, _ in branches):
                    return False
            case stmts.ForEach(_, source):
                if _mentions(source, name):
                    return False
    return True


def _parts(command: Command) -> tuple[tuple[stmts.StepStatement, ...], ...]:
    return command.issue, command.run, command.gives_up, command.afterwards


def _mentions(node: object, name: str) -> bool:
    return any(isinstance(each, exprs.KindVar) and each.name == name for each in _nodes(node))


def _nodes(node: object) -> Iterator[object]:
    """A node and all in it, whatever they are."""
    if isinstance(node, tuple):
        for each in node:
            yield from _nodes(each)
    elif dataclasses.is_dataclass(node) and not isinstance(node, Position):
        yield node
        for each in dataclasses.fields(node):
            if each.name != "type":
                yield from _nodes(getattr(node, each.name))
