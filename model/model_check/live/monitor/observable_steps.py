"""From a spec to its machine's steps with what a log shows of each: the commands sent for it.

A step that sends nothing leaves no trace in a log (a frame to the browser, a message that a
client takes from its buffer). A step that sends several commands sends them in one MULTI/EXEC
or script. What a command answers is not shown: the machine knows it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ...budget.memory import MEGABYTE
from ...language.keys import WATCH
from ...language.tree import statements as stmts
from ...language.tree.spec import Command, Property, Spec
from ...language.tree.walk import controls_in
from ...machine.core import Call, Failure, Step
from ...machine.lowering.told_calls import is_crash, is_raised
from ...machine.lowering.watching import EXEC, EXEC_FAILS
from ...machine.make import make_program
from ...machine.python.program import Program
from ...machine.shapes import Layout, decode, value_of
from ..brokers.keys import instances_on_server
from ..brokers.payload import Value
from ..brokers.wire import is_sent
from ..errors import LiveError
from .alike import alike_processes
from .closings import Closing, client_names, closing_of
from .events import EXECUTED, Utterance
from .following import Following
from .independence import Reaches
from .renaming import Renaming
from .splitting import split_spec

__all__ = ["Move", "NoRoomError", "ObservableSteps"]

EMPTY = "(empty array)"
"""What EXEC answers where nothing is in the transaction, as redis-cli shows it."""
GROWS = 4
"""How often the room for something is doubled at once."""
MOST_KEPT = 64 * MEGABYTE
"""Bytes of states whose steps are remembered."""


@dataclass(frozen=True, slots=True)
class Move:
    """A step that instance number `instance` can take in a state, and where it leads: `target`
    None where it runs into an error of the spec. `sends`: what a log shows of it, in order.
    `fault`: it went wrong, and need not; `closes`: the connections that end in it; `indices`: what
    the loop variables in its name are; `waits`: what it sent waits at the server for its answer;
    `answer`: what EXEC answers, where a log shows EXEC alone and not what that does."""

    instance: int
    step: int
    target: int | None
    sends: tuple[Utterance, ...]
    fault: bool = False
    closes: Closing | None = None
    indices: tuple[Value, ...] = ()
    waits: bool = False
    answer: str = ""


class NoRoomError(Exception):
    """A state needs more room than the layout has: start over, it has grown."""


class ObservableSteps:
    """The steps of a spec, as it is `written`, as a log shows them, to `judged` properties (None:
    to all of its own). Raises LiveError where a log cannot show them, or shows them in a way that
    is not read."""

    def __init__(self, spec: Spec, judged: Sequence[Property] | None = None) -> None:
        self.written = spec
        self.spec = split_spec(spec)
        asked = self.spec.properties if judged is None else judged
        self._alike = alike_processes(self.spec, asked)
        self.layout = Layout()
        self._commands: dict[tuple[str, str], Command] = {
            (store, name): command
            for store, resource, number in instances_on_server(self.spec)
            for name, command in resource.commands[number].items()
        }
        self._prepare()

    def _prepare(self) -> None:
        self.program: Program = make_program(self.spec, self.layout)
        self.machine = self.program.machine
        self._moves: dict[int, tuple[Move, ...]] = {}
        self._kept = 0
        self._following: dict[frozenset[str], Following] = {}
        self._crossed: dict[str, bool] = {}
        self.owners = client_names(self.machine)
        self.clients = tuple(dict.fromkeys(self.owners))
        self.renaming = Renaming(self.machine, self._alike, self.clients)
        self._shown = [self._is_shown(each) for each in self.machine.calls]
        self._transactions = dict(self._watching())
        self._crashes = {n for n, each in enumerate(self.machine.calls) if is_crash(each.answer)}
        self._reaches = Reaches(self.machine, self._shown)

    def following(self, names: frozenset[str]) -> Following:
        """What it takes to follow these properties (see `Following`)."""
        found = self._following.get(names)
        if found is None:
            asked = [each for each in self.spec.properties if each.name in names]
            made = Following(self.program, self._reaches, asked, self.moves)
            found = self._following[names] = made
        return found

    def is_crossed(self, name: str) -> bool:
        """Whether what a property says on the way depends on the order of steps of several, or it
        asks for more than single states: it is followed for itself."""
        if name not in self._crossed:
            asked = next(each for each in self.spec.properties if each.name == name)
            self._crossed[name] = Following.is_crossed(self.program, self._reaches, asked)
        return self._crossed[name]

    def _watching(self) -> Iterator[tuple[int, str]]:
        """The steps that are transactions which fail where what they watch was touched, and what
        that is."""
        watches = {
            (process.name, each.label): each.watches[0]
            for process in self.spec.processes
            for each in controls_in(process.run)
            if isinstance(each, stmts.Step) and each.watches
        }
        for step in self.machine.steps:
            name = watches.get((self.machine.instances[step.instance].process, step.label))
            if name is not None and not step.fault:
                yield step.index, self.spec.resource(name).instance_name(0)

    def _is_shown(self, call: Call) -> bool:
        command = self._commands.get((call.resource, call.command))
        if is_raised(call.answer):
            return False  # its connection is broken: it has not come to the server
        # A command in two halves is shown when it is sent, not when it is answered.
        return command is not None and is_sent(command) and bool(command.issue) == call.sending

    def command(self, each: Utterance) -> Command:
        """The command that is said."""
        if each.command == EXECUTED:
            return replace(self._commands[each.store, WATCH], wire=EXEC, answer=EXEC_FAILS)
        return self._commands[each.store, each.command]

    def initial(self) -> list[int]:
        """The initial states. Raises LiveError where one runs into an error."""
        out: list[int] = []
        self.program.initial(out)
        for state in out:
            if state < 0:
                raise LiveError(self._failure(-state).message + " in an initial state")
        return list(dict.fromkeys(out))

    def moves(self, state: int) -> tuple[Move, ...]:
        """All steps that can be taken in a state, in the order of processes."""
        found = self._moves.get(state)
        if found is None:
            self._kept += state.bit_length() // 8
            if self._kept > MOST_KEPT:
                self._moves.clear()
                self._kept = 0
            found = self._moves[state] = tuple(self._all_moves(state))
        return found

    def _all_moves(self, state: int) -> list[Move]:
        moves = []
        for instance, told in enumerate(self.program.told):
            out: list[tuple[int, int, list[tuple[int, tuple[int, ...]]]]] = []
            told(state, out)
            for target, step, notes in out:
                if target < 0:
                    self._failure(-target)
                said = (n for n in notes if 0 <= n[0] < len(self._shown) and self._shown[n[0]])
                sends = tuple(self._said(*note) for note in said)
                if len(sends) > 1:
                    self._refuse_apart(step, sends)
                taken = self.machine.steps[step]
                move = Move(
                    instance,
                    step,
                    target if target >= 0 else None,
                    sends,
                    taken.fault,
                    self._closing(instance, step, notes),
                    self._indices(taken, state),
                    bool(sends) and bool(self.command(sends[-1]).issue),
                    EXEC_FAILS if any(each.command == EXECUTED for each in sends) else "",
                )
                moves.append(move)
                if not sends and step in self._transactions:
                    # With nothing in it, it may be sent all the same, and looks as if it failed.
                    alone = (Utterance(self._transactions[step], EXECUTED, {}),)
                    moves.append(replace(move, sends=alone, answer=EMPTY))
        return moves

    def _indices(self, step: Step, state: int) -> tuple[Value, ...]:
        variables = self.machine.variables
        return tuple(value_of(self.machine, variables[i], state) for i in step.indices)

    def _closing(
        self, instance: int, step: int, notes: Sequence[tuple[int, tuple[int, ...]]]
    ) -> Closing | None:
        taken = self.machine.steps[step]
        crashes = any(n in self._crashes for n, _ in notes)
        if not crashes and not taken.fault:
            return None
        whose = self.machine.instances[instance]
        return closing_of(self.machine, self.owners[instance], whose, taken, crashes=crashes)

    def is_end(self, state: int) -> bool:
        """Whether nothing can happen any more but what may go wrong."""
        return all(move.fault for move in self.moves(state))

    def owner(self, move: Move) -> int:
        """The number of the client over whose connection a step speaks."""
        return self.clients.index(self.owners[move.instance])

    def _failure(self, code: int) -> Failure:
        """What went wrong. Raises NoRoomError where it was the layout."""
        failure = self.machine.failures[code - 1]
        if failure.kind == "limit":
            raise LiveError(f"{failure.text}: this is as far as this tool goes")
        if failure.kind == "growth":
            # What a session needs more room for it needs more and more room for, and what one list
            # has held goes into others: a machine is not made anew for each step of that.
            is_list = failure.slot[-1] not in "<>"
            most = max(self.layout.capacities.values(), default=0) if is_list else 0
            times = GROWS if is_list else 1
            while times > 0 or failure.capacity < most:
                self.layout = self.layout.for_failure(failure)
                failure = replace(failure, capacity=2 * failure.capacity)
                times -= 1
            self._prepare()
            raise NoRoomError
        return failure

    def grow(self, code: int) -> None:
        """Make room for what failure number `code` misses. Raises NoRoomError if it misses
        room, and returns where it is an error of the spec."""
        self._failure(code)

    def _said(self, number: int, values: tuple[int, ...]) -> Utterance:
        call = self.machine.calls[number]
        decoded: list[Value] = [
            decode(s, bits) for s, bits in zip(call.shapes, values, strict=True)
        ]
        arguments: Mapping[str, Value] = dict(zip(call.parameters, decoded, strict=False))
        if call.wire == EXEC and call.answer == EXEC_FAILS:
            return Utterance(call.resource, EXECUTED, {})
        return Utterance(call.resource, call.command, {**arguments, **dict(call.others)})

    def _refuse_apart(self, step: int, sends: tuple[Utterance, ...]) -> None:
        if all(each.command == WATCH for each in sends):
            return  # one WATCH takes several keys
        apart = next((each for each in sends if not self.command(each).joins), None)
        if apart is not None:
            each = self.machine.steps[step]
            raise LiveError(
                f"{each.at}: {each.label} is one step with {apart.command} and other commands,"
                " which no server carries out as one: a log shows them apart; make two steps of"
                " it"
            )
