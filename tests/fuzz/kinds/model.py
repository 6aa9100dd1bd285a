"""What a kind says to a sequence of commands: the machine that every engine reads, run along it.

What a command means is not written here. A turn puts its arguments into variables of the
state, and takes the step of that name; one that cannot be taken waits, and is taken as soon as
it can be, whoever has waited longest first, as a server serves those who wait.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from model_check.language.keys import DISCONNECTED, DISCONNECTS
from model_check.language.tree.spec import Command, Spec
from model_check.language.types import DictType, IntType
from model_check.live.brokers.contract import Request
from model_check.live.brokers.wire import HELD, IDS
from model_check.live.runs.open_system import with_value
from model_check.machine.core import Failure, Machine
from model_check.machine.lowering.spec import lower_spec
from model_check.machine.python.program import ToldSuccessors, execute, initial_states
from model_check.machine.python.source import TOLD, source_of_steps
from model_check.machine.shapes import Layout, decode, keys_of, value_of

from ..repair import load_text
from .sequences import Asking, Turn, Value
from .subject import EXECUTED, SLOTS, Subject, place_of, spec_text

__all__ = ["Event", "Kind", "KindError", "Refused", "Said"]

ROOM, WIDE, LONG = 24, 255, 300_000
"""Items of a list, and numbers, for which there is room at first: the machine need hardly ever
be made anew."""
FOLLOWED, BOUNDS = ("after", "id"), ("first", "last")
"""Parameters that name entries of a stream. What a server will call an entry that is not there
yet, nobody knows: none such can be followed, nor be a bound in the transaction that adds it."""


@dataclass(frozen=True)
class Refused:
    """What a command is answered that is refused: an error of its kind."""

    error: str


@dataclass(frozen=True)
class Event:
    """What happens to a client's commands: they are answered, or the one there is waits.

    `asked` and `results` belong together. `late`: the command was sent before, and had to wait
    for its answer. `gives_up`: its time is over, at once or (`late`) where it waited already. Or
    nothing of that: its connection to the resource `breaks`, and with it what waits there.
    """

    client: int
    asked: tuple[Request, ...]
    results: tuple[Value | Refused, ...]
    waits: bool = False
    late: bool = False
    breaks: str = ""
    gives_up: bool = False
    executes: bool = False
    """Whether it is a transaction that may fail: then there are no `results`."""


@dataclass(frozen=True)
class Said:
    """What a kind says: what happens, and what all resources hold in the end."""

    events: tuple[Event, ...]
    content: Mapping[str, Value]


class KindError(Exception):
    """A kind that cannot be asked this: its program fails, and says why."""


class _NoRoomError(Exception):
    """The layout is too narrow; it holds the failure that tells where."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class Kind:
    """The kinds of a subject, ready to be asked."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.spec = load_text(spec_text(subject))
        names = [str(IntType()), *_slots(self.spec)]
        wide = {each: LONG if each.endswith(".lease") else WIDE for each in names}
        integers = {each: (-most, most) for each, most in wide.items()}
        self._give(Layout(dict.fromkeys(names, ROOM), integers))
        self._numbers = {
            (resource, command.name.text): number
            for number, (resource, command) in enumerate(subject.joinable(), start=1)
        }

    def says(self, turns: Sequence[Turn]) -> Said:
        """What happens when the clients do that, one after the other. Turns of a client that
        still waits are left out."""
        while True:
            try:
                return _Walk(self._machine, self._told, self._numbers).through(turns)
            except _NoRoomError as error:
                self._give(self._layout.for_failure(error.failure))

    def _give(self, layout: Layout | None) -> None:
        """Room for larger values: the machine is made anew."""
        assert layout is not None, "a sequence of commands fills no layout"
        self._layout = layout
        self._machine = lower_spec(self.spec, layout)
        # Of the generated functions those that tell what was called; no others are compiled.
        functions = execute(source_of_steps(self._machine, TOLD))
        self._told: list[ToldSuccessors] = [
            functions[f"told_{each.index}"] for each in self._machine.instances
        ]


def _slots(spec: Spec) -> Iterator[str]:
    """The names by which a layout gives room to what resources hold."""
    for resource in spec.resources:
        for variable in resource.state[0]:
            for name in (resource.name, f"{resource.name}.{variable.name}"):
                yield name
                if isinstance(variable.type, DictType):
                    yield from (f"{name}[{key}]" for key in keys_of(variable.type.key))


class _Walk:
    """One sequence."""

    def __init__(
        self,
        machine: Machine,
        told: Sequence[ToldSuccessors],
        numbers: Mapping[tuple[str, str], int],
    ) -> None:
        self._steps = told
        self._machine = machine
        self._numbers = numbers
        self._heard = any(each.heard is not None for each in machine.spec.resources)
        self._variables = {each.name: each for each in self._machine.variables}
        (self._state,) = initial_states(machine)
        self._waiting: list[Turn] = []
        self._events: list[Event] = []

    def through(self, turns: Sequence[Turn]) -> Said:
        for turn in turns:
            if turn.breaks:
                if not self._waits_elsewhere(turn):
                    self._break(turn)
            elif turn.client in {each.client for each in self._waiting}:
                if turn.gives_up:
                    self._give_up(turn.client)
            elif self._is_known(turn):
                self._take(turn)
                self._serve()
        content = {
            each.name: value_of(self._machine, each, self._state)
            for each in self._machine.variables
            if not each.hidden and each.owner
        }
        return Said(tuple(self._events), content)

    def _waits_elsewhere(self, turn: Turn) -> bool:
        """Whether a client waits for an answer over another connection than the one that breaks:
        it learns of that one later."""
        waiting = (each for each in self._waiting if each.client == turn.client)
        return any(each.asked[0].resource != turn.breaks for each in waiting)

    def _break(self, turn: Turn) -> None:
        """Let a connection break, where there is one: all that was sent before has arrived. Who has
        it learns that at once."""
        (resource,) = (i for i in self._machine.instances if i.name == turn.breaks)
        out: list[tuple[int, int, object]] = []
        self._steps[resource.index](self._state, out)  # type: ignore[arg-type]
        clients = [i for i in self._machine.instances if i.process]
        name = f"{DISCONNECTS}[{clients[turn.client].name}]"
        found = [
            target for target, step, _ in out
            if self._machine.steps[step].label in (DISCONNECTS, name)
        ]  # fmt: skip
        if not found:
            return
        # Of all that may be lost on its way the least.
        self._state = max(found, key=self._frames)
        if len(clients) != 2:
            clients = [clients[turn.client]]
        for client in clients:
            self._learn(client.index, turn.breaks)
        gone = {each.number for each in clients}
        self._waiting = [each for each in self._waiting if each.client not in gone]
        self._events.append(Event(turn.client, (), (), breaks=turn.breaks))

    def _frames(self, state: int) -> int:
        values = [
            value_of(self._machine, each, state)
            for each in self._machine.variables
            if ".inbox[" in each.name
        ]
        return sum(len(each) for each in values if isinstance(each, list))

    def _learn(self, client: int, resource: str) -> None:
        """Let a client meet that its connection is broken, whatever it calls."""
        out: list[tuple[int, int, list[tuple[int, tuple[int, ...]]]]] = []
        self._steps[client](self._state, out)
        calls = self._machine.calls
        self._state = next(
            target for target, _, notes in out
            if [(calls[n].resource, calls[n].answer) for n, _ in notes if n < len(calls)]
            == [(resource, DISCONNECTED)]
        )  # fmt: skip

    def _is_known(self, turn: Turn) -> bool:
        more = len(turn.asked) - 1
        if self._waiting and any(each.command == "xgroup_setid" for each in turn.asked):
            # By that alone a server wakes nobody who waits for the group.
            return False
        if self._heard and any(map(_is_over_at_once, turn.asked)):
            return False
        return not _empties(turn) and all(self._knows(each, more) for each in turn.asked)

    def _knows(self, asking: Asking, more: int) -> bool:
        """Whether a server has names for the entries that are named; `more` may be added. And
        whether servers agree: Redis says of an LTRIM that cuts nothing off that it touches the
        list, Valkey does not."""
        given = asking.arguments
        if asking.command == "ltrim" and self._is_watched(asking.resource):
            return False
        known = [_number(given[each]) for each in FOLLOWED if given.get(each) is not None]
        if known and max(known) > self._entries(asking.resource):
            return False
        if BOUNDS[0] in given and more:
            there = self._entries(asking.resource)
            named = [_number(given[each]) for each in BOUNDS if given[each] is not None]
            return not any(there < each <= there + more for each in named)
        return True

    def _is_watched(self, resource: str) -> bool:
        names = [each for each in self._variables if each.endswith(f"(watches {resource})")]
        return any(self._content(each) for each in names)

    def _entries(self, resource: str) -> int:
        """How many entries a stream ever had."""
        trimmed = _number(self._content(f"{resource}.trimmed"))
        entries, deleted = self._content(f"{resource}.entries"), f"{resource}.holes"
        holes = self._content(deleted) if deleted in self._variables else []
        assert isinstance(entries, list)
        assert isinstance(holes, list)
        return trimmed + len(entries) + len([each for each in holes if each > trimmed])

    def _content(self, name: str) -> Value:
        return value_of(self._machine, self._variables[name], self._state)

    def _take(self, turn: Turn) -> None:
        (first, *_) = turn.asked
        command = self._command(first)
        sending = bool(command.issue)
        event = self._step(turn, sending=sending, late=False)
        if event is None:
            event = Event(turn.client, tuple(self._asked(turn)), (), waits=True)
        if event.waits and turn.gives_up and command.limit is not None:
            given_up = self._step(turn, sending=False, late=False, gives_up=True)
            assert given_up is not None, "what cannot be answered can be given up"
            event = given_up
        self._events.append(event)
        if event.waits:
            self._waiting.append(turn)

    def _give_up(self, client: int) -> None:
        """Let the time be over of what a client waits for, if that is limited."""
        (turn,) = (each for each in self._waiting if each.client == client)
        event = self._step(turn, sending=False, late=True, gives_up=True)
        if event is not None:
            self._events.append(event)
            self._waiting.remove(turn)

    def _serve(self) -> None:
        """Answer those who wait and can be answered now; what one does may answer another."""
        served = True
        while served:
            served = False
            for turn in list(self._waiting):
                event = self._step(turn, sending=False, late=True)
                if event is not None:
                    self._events.append(event)
                    self._waiting.remove(turn)
                    served = True

    def _command(self, asking: Asking) -> Command:
        return self._machine.spec.resource(asking.resource).commands[0][asking.command]

    def _step(
        self, turn: Turn, *, sending: bool, late: bool, gives_up: bool = False
    ) -> Event | None:
        """Take a client's step, or the one that only sends, if it can be taken."""
        wanted = [(each.resource, each.command) for each in turn.asked]
        failing = [(turn.asked[0].resource, "watch")]
        out: list[tuple[int, int, list[tuple[int, tuple[int, ...]]]]] = []
        self._steps[turn.client](self._with_arguments(turn), out)
        told_by = self._command(turn.asked[0]).decided
        # How many are dropped, or taken over, can be chosen: each number in turn.
        chosen = told_by is not None and (HELD in told_by.text or IDS in told_by.text)
        turned = len(self._events) % len(out) if chosen else 0
        for target, step, noted in out[turned:] + out[:turned]:
            if self._machine.steps[step].timeout != gives_up:
                continue
            # Beyond the calls there is what conditions find.
            notes = [each for each in noted if 0 <= each[0] < len(self._machine.calls)]
            calls = [self._machine.calls[number] for number, _ in notes]
            if (self._machine.steps[step].label == EXECUTED) != turn.executes:
                continue
            if turn.executes and [(c.resource, c.command) for c in calls] == failing:
                self._state = target
                asked = tuple(self._asked(turn))
                return Event(turn.client, asked, (), executes=True)
            if calls[0].sending != sending or [(c.resource, c.command) for c in calls] != wanted:
                continue
            if target < 0:
                self._fail(-target)
            self._state = target
            told = [self._told(*note) for note in notes]
            told = [(replace(asked, held=self._held(asked)), result) for asked, result in told]
            return Event(
                turn.client, tuple(a for a, _ in told), () if sending else
                tuple(result for _, result in told), waits=sending, late=late, gives_up=gives_up,
                executes=turn.executes,
            )  # fmt: skip
        return None

    def _held(self, asked: Request) -> int | None:
        """How many entries a stream holds now."""
        entries = self._variables.get(f"{asked.call.resource}.entries")
        held = None if entries is None else value_of(self._machine, entries, self._state)
        return len(held) if isinstance(held, list) else None

    def _fail(self, code: int) -> None:
        failure = self._machine.failures[code - 1]
        raise _NoRoomError(failure) if failure.kind == "growth" else KindError(failure.message)

    def _told(self, number: int, values: tuple[int, ...]) -> tuple[Request, Value | Refused]:
        call = self._machine.calls[number]
        decoded = [decode(s, v) for s, v in zip(call.shapes, values, strict=True)]
        request = Request(call, dict(zip(call.parameters, decoded, strict=False)))
        if request.error:
            return request, Refused(request.error)
        return request, decoded[-1] if call.has_result else None

    def _with_arguments(self, turn: Turn) -> int:
        state = self._state
        for slot in range(SLOTS):
            if f"what_{slot}" in self._variables:
                asking = turn.asked[slot] if slot < len(turn.asked) else None
                number = 0 if asking is None else self._numbers.get(
                    (asking.resource, asking.command), 0
                )  # fmt: skip
                state = with_value(self._machine, self._variables[f"what_{slot}"], state, number)
        for slot, asking in enumerate(turn.asked):
            for name, value in asking.arguments.items():
                own = bool(self._command(asking).issue)
                place_name = place_of(slot, asking.resource, name, own=own)
                place = self._variables[f"client[{turn.client}]." * own + place_name]
                state = with_value(self._machine, place, state, value)
        return state

    def _asked(self, turn: Turn) -> Iterator[Request]:
        """What a turn that cannot be taken yet asks."""
        for asking in turn.asked:
            call = next(
                each for each in self._machine.calls
                if (each.resource, each.command, each.sending)
                == (asking.resource, asking.command, False) and not Request(each, {}).raises
            )  # fmt: skip
            yield Request(call, asking.arguments)


def _is_over_at_once(asking: Asking) -> bool:
    """Whether it gives a key no time: Redis tells then that it was deleted, Valkey 9 that it has
    expired."""
    given = [asking.arguments.get(each) for each in ("seconds", "milliseconds")]
    return any(each is not None and _number(each) <= 0 for each in given)


def _empties(turn: Turn) -> bool:
    """Whether a transaction adds to a stream and then removes all that is there. Redis 7.0 answers
    whoever waits for that with no entry, Valkey lets them wait on; and what is added behind a
    removed key, in the same millisecond, gets the id of what went."""
    adds: set[str] = set()
    for each in turn.asked:
        if each.command.startswith("xadd"):
            adds.add(each.resource)
        elif each.resource in adds and (
            each.arguments.get("maxlen") == 0
            or each.command in ("delete", "expire_now")
            or _is_over_at_once(each)
        ):
            return True
    return False


def _number(value: Value) -> int:
    assert isinstance(value, int)
    return value
