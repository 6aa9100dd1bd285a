"""Which lists without a bound a step uses as a queue.

Nobody writes capacities, so a layout has room for some items alone, and what is shown of all its
states says nothing of longer lists: `len(jobs) > 5` is true in none of them. But a step that looks
at the first items alone, takes some away and adds others behind them, and asks of the length no
more than whether it is small, does the same with a list however long it is: an item in the middle
can be left out before the step as well as after it. What is shown of such steps, with lists that
have room for a few more items than are looked at, is so with any. Everything else that a step may
do with a list is not understood here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ..language.types import ListType
from ..machine.core import Machine
from ..machine.effects import assigned, locals_in, locals_of
from ..machine.ir import (
    Choice,
    Const,
    Emit,
    Fail,
    If,
    Let,
    Loop,
    Require,
)
from ..machine.ir_builder import bounds
from ..machine.names import field_local, fields_of, is_field, is_given_once
from ..machine.rewrite import Block, statements_in
from ..machine.shapes import is_boundless
from .growing import Growing
from .list_parts import Known, ListParts, ListState, Part

__all__ = ["ListUses", "QueueUse", "list_uses", "room_asked"]


@dataclass(frozen=True, slots=True)
class QueueUse:
    """What a step does with a list: `takes` so many items away in front on every way, `adds` at
    most so many behind, and looks at the first `asks` of it at most."""

    takes: int
    adds: int
    asks: int


@dataclass(frozen=True, slots=True)
class ListUses:
    """What a step does with the lists that may grow, by variable (None: what is not understood);
    variables that it does not touch are not named. `doubtful`, for each of its bodies: locals that
    ask for room of anything else than such a list."""

    of: Mapping[int, QueueUse | None]
    doubtful: tuple[frozenset[str], ...] = ()


def room_asked(machine: Machine, body: Block) -> frozenset[str]:
    """The locals that say whether there is room for what a body makes."""
    names: set[str] = set()
    for each in statements_in(body):
        if isinstance(each, Fail) and machine.failures[each.code - 1].unfinished:
            locals_of(each.test, names)
    return frozenset(names)


def list_uses(
    machine: Machine,
    growing: Growing,
    bodies: Sequence[Block],
    asked: Sequence[frozenset[str]] | None = None,
) -> ListUses:
    """What the bodies of a step do with lists; `asked`: what asked for room in these bodies before
    something was left out of them."""
    if asked is None:
        asked = [room_asked(machine, body) for body in bodies]
    found: dict[int, QueueUse | None] = {}
    doubtful = []
    for body, rooms in zip(bodies, asked, strict=True):
        names = locals_in(body) | assigned(body)
        touched = growing.variables_of(fields_of(names))
        walk = _Walk(machine, growing, touched, rooms)
        walk.follow(body)
        doubtful.append(rooms - walk.rooms - walk.limits)
        for variable in touched:
            use = walk.use(variable)
            other = found.get(variable, use)
            if use is None or other is None or use.takes != other.takes:
                found[variable] = None
            else:
                adds, asks = max(use.adds, other.adds), max(use.asks, other.asks)
                found[variable] = QueueUse(use.takes, adds, asks)
    return ListUses(found, tuple(doubtful))


class _Walk(ListParts):
    def __init__(
        self,
        machine: Machine,
        growing: Growing,
        touched: Iterable[int],
        room_asked: frozenset[str],
    ) -> None:
        """`room_asked`: the locals that say whether there is room."""
        super().__init__(machine)
        self.growing = growing
        self.asks = dict.fromkeys(touched, 0)
        self.ends: dict[int, list[ListState]] = {variable: [] for variable in touched}
        self.branches = 0
        self.room_asked = room_asked
        self.rooms: set[str] = set()
        """Those of them that ask for room in a list."""
        self.limits: set[str] = set()
        """Those that ask whether a limit of this tool is met."""
        self.fields: dict[int, tuple[str, str]] = {}
        start: dict[str, Part] = {}
        for variable in touched:
            each = machine.variables[variable]
            item = each.type.item if isinstance(each.type, ListType) else None
            if item is None or is_boundless(item) or len(each.fields) != 2:
                self.misused.add(variable)
                continue
            length, items = map(field_local, each.fields)
            self.fields[variable] = length, items
            whole = ListState(frozenset({variable}), variable, each.shape.parts[0].width)
            start[length], start[items] = Part("length", whole), Part("items", whole)
        self.start = start
        self.empty = {
            name: Part(kind, replace(start[name].list, of=frozenset(), first=None))
            for v, names in self.fields.items()
            for name, kind in zip(names, ("length", "items"), strict=True)
        }

    def use(self, variable: int) -> QueueUse | None:
        """What the body does with a variable."""
        ends = self.ends[variable]
        if variable in self.misused:
            return None
        takes = {each.takes for each in ends if each.first == variable}
        adds = max((each.adds for each in ends), default=0)
        if len(takes) > 1:
            return None
        return QueueUse(max(takes, default=0), adds, self.asks[variable])

    # --- statements ---------------------------------------------------------------------------

    def follow(self, body: Block) -> None:
        """Go through a body."""
        for each in statements_in(body):
            if isinstance(each, Fail) and each.limit:
                locals_of(each.test, self.limits)
        self.block(body, {**self.start})

    def block(self, body: Block, env: dict[str, Known]) -> bool:
        """Whether each way has come by an `Emit`: what is behind that does not count."""
        for statement in body:
            match statement:
                case Let(name, value):
                    known = self.value(value, env)
                    if is_field(name) and name not in self.empty:
                        self.misuse(known)  # it is kept as a number
                        known = None
                    if known is not None and known.kind == "overflow":
                        if name not in self.room_asked:
                            self.misuse(known)  # the spec asks that itself
                            known = None
                        self.rooms.add(name)
                    # A list is cleared.
                    env[name] = self.empty.get(name, known) if value == Const(0) else known
                    lies = bounds(value, self.between)
                    if lies is not None and is_given_once(name):
                        self.between[name] = lies
                case Require(test):
                    self.plain(test, env)
                case Fail(code, test):
                    if not self.machine.failures[code - 1].unfinished:
                        self.plain(test, env)
                case If(test, then, orelse):
                    self.plain(test, env)
                    if self.branches_of(then, orelse, env):
                        return True
                case Choice(name, count, _, inner):
                    self.plain(count, env)
                    self.block(inner, {**env, name: None})
                case Loop(name, count, bound, inner):
                    self.plain(count, env)
                    if bound is not None:
                        self.between[name] = (0, bound - 1)
                    self.rounds(name, inner, env)
                case Emit():
                    for variable in self.ends:
                        held = self.held(variable, env)
                        if held is not None:
                            self.ends[variable].append(held)
                            self.ask(held, 0)
                    return True
                case _:
                    pass
        return False

    def rounds(self, name: str, inner: Block, env: dict[str, Known]) -> None:
        """Follow a loop, of which what a round sets is not known before any."""
        sets = {name, *assigned(inner)}
        for each in sets & env.keys():
            self.misuse(env[each])
        env.update(dict.fromkeys(sets))
        inside = dict(env)
        self.block(inner, inside)
        for each in sets:
            known = inside.get(each)
            # What is a part of a list in one round was none before.
            env[each] = None if known is None else Part("lost", known.list)

    def branches_of(self, then: Block, orelse: Block, env: dict[str, Known]) -> bool:
        """Follow two branches; whether both end there."""
        other = dict(env)
        first, second = self.block(then, env), self.block(orelse, other)
        if first and not second:
            env.clear()
            env.update(other)
        elif not first and not second:
            self.join(env, other)
        return first and second

    def join(self, env: dict[str, Known], other: Mapping[str, Known]) -> None:
        """Go on with what two branches gave."""
        for variable, names in self.fields.items():
            if any(env.get(name) != other.get(name) for name in names):
                one, two = self.held(variable, env), self.held(variable, other)
                if one is not None and two is not None:
                    both = self.either(one, two)
                    env[names[0]], env[names[1]] = Part("length", both), Part("items", both)
        shown = {name for names in self.fields.values() for name in names}
        for name in (env.keys() | other.keys()) - shown:
            one_part, two_part = env.get(name), other.get(name)
            if one_part != two_part:
                parts = [each for each in (one_part, two_part) if each is not None]
                of = frozenset[int]().union(*(part.list.of for part in parts))
                env[name] = Part("lost", ListState(of, None, 0))

    def either(self, one: ListState, two: ListState) -> ListState:
        """The one list or the other."""
        self.branches += 1
        there = [each for each in (one, two) if each.first is not None]
        if len({(each.first, each.takes) for each in there}) > 1:
            self.misused |= one.of | two.of
        first, takes = (there[0].first, there[0].takes) if there else (None, 0)
        adds = max(one.adds, two.adds)
        return ListState(one.of | two.of, first, one.width, takes, adds, self.branches)

    def held(self, variable: int, env: Mapping[str, Known]) -> ListState | None:
        """The list that a variable holds; None where its length and its items do not belong
        together."""
        if variable in self.misused:
            return None
        length, items = (env.get(name) for name in self.fields[variable])
        found = self.together(variable, length, items)
        if found is None:
            self.misused.add(variable)
            self.misuse(length)
            self.misuse(items)
        return found

    def together(self, variable: int, length: Known, items: Known) -> ListState | None:
        if length is None:
            return None
        own, added = length.list, length.other
        # Items that no step reads are left out of bodies.
        fits = self.growing.forgets(self.machine.variables[variable].fields[1])
        if items is not None and items.list == own and length.kind in ("length", "longer"):
            # Items of which all bits are 0 leave no trace.
            fits = items.kind == "with" and items.other == added and length.kind == "longer"
            fits = fits or (items.kind == "items" and added is None)
        if not fits or length.kind not in ("length", "longer"):
            return None
        if length.kind == "length":
            return own
        of = own.of | (added.of if added is not None else frozenset())
        adds = own.adds + (1 if added is not None else length.more)
        return replace(own, of=of, adds=adds)
