"""Walks in compiled code, shared out among threads."""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable, Sequence
from itertools import count

from ....machine.core import Machine
from ....machine.python.program import Program
from ...memo import GrowthNeededError
from ...walks.draws import DRAW_CONSTANTS
from ...walks.portable import Walking, owed_steps
from ...walks.sketch import REGISTERS, SKETCH_CONSTANTS
from ...walks.sought import MOST_SOUGHT, Events
from ...walks.tally import KEPT, NEVER, OUTCOMES, TALLY_CONSTANTS, Tally
from .. import places as k
from .. import table
from ..bodies import LabelledWriter
from ..compiled import QUICK, THOROUGH, Code
from ..module import first_room, most_successors, successors_text
from ..ranges import UncompilableError
from ..restricted import module_text
from ..state_words import LOADED, words_of
from ..work import Places
from . import places as w
from . import walking
from .watching import watching_text

__all__ = ["NativeWalks"]

AT_ONCE = 1 << 16
"""States that are looked into in one call: some ten milliseconds."""
SHARES = 8
"""Pieces of a round for each thread."""
MORE = 4
"""Times as many successors of one state find room, when there was too little."""
LONG = 4.0
"""Walks that took this many times as long as compiling are worth better code."""

Stop = Callable[[], bool]


class _Walker:
    """What one thread walks with, and what it has seen so far."""

    def __init__(self, code: _WalkCode, program: Program, walking: Walking, first: bytes) -> None:
        machine, owed = program.machine, owed_steps(program)
        self._code = code
        self._walking = walking
        self._events = code.events
        self._size = 8 * code.words
        self.taken = (ctypes.c_int64 * len(machine.steps))()
        self.failures = (ctypes.c_uint8 * (len(machine.failures) + 1))()
        self.registers = (ctypes.c_uint8 * REGISTERS)()
        self.seen = (ctypes.c_int64 * code.events)()
        none = [NEVER] * (code.events * KEPT)
        self.near = (ctypes.c_int64 * len(none))(*none)
        self.early = (ctypes.c_int64 * len(none))(*none)
        self.ended = (ctypes.c_int64 * OUTCOMES)()
        marks = bytes(
            w.FAULT * step.fault + w.OWED * (step.index in owed) for step in machine.steps
        )
        self.places = Places(w.WALKER_SIZE, {
            w.HERE: (ctypes.c_int64 * code.words)(),
            w.BEGINNINGS: ctypes.create_string_buffer(first, len(first)),
            w.BEGINNING_COUNT: len(first) // self._size,
            w.SEED: walking.seed,
            w.DEPTH: walking.depth,
            w.MARKS_OF: ctypes.create_string_buffer(marks, max(len(marks), 1)),
            w.COUNTS_OF: self.taken,
            w.SKETCH_AT: self.registers,
            w.NEAR: self.near,
            w.EARLY: self.early,
            w.SEEN: self.seen,
            w.ENDED: self.ended,
            w.WRONG_CODES: self.failures,
        })  # fmt: skip
        self._most = 0

    def walk(self, numbers: range, stop: Stop) -> int:
        """Take these walks, unless it is to stop. The code of the step for which the layout has no
        room; 0 if there is none."""
        places = self.places
        places[w.WALK], places[w.WALKS], places[w.ON_THE_WAY] = numbers.start, numbers.stop, 0
        while not stop():
            if self._most < self._code.most:
                self._make_room()
            places[w.BUDGET] = AT_ONCE
            answer = self._code.walk(places.address)
            if answer == k.DONE:
                break
            if answer == k.FAILURE:
                lacks = places[w.LACKS]
                if lacks == k.NO_SUCCESSOR_ROOM:
                    self._code.most *= MORE
                elif self._walking.needs_room(self._code.machine.failures[lacks - 1]):
                    return lacks
                else:
                    self._code.give_up(places.address)
        return 0

    def _make_room(self) -> None:
        """Room for the successors of one state. It is not taken in the middle of a step."""
        self._most = most = self._code.most
        self.places[w.ROOM_FOR] = most
        self.places[w.WAYS] = ctypes.create_string_buffer((most + 1) * self._size)
        self.places[w.TAKES] = ctypes.create_string_buffer((most + 1) * 4)

    def tally(self) -> Tally:
        """What it has seen."""
        places, found = self.places, Tally(len(self.taken), len(self.failures) - 1, self._events)
        found.walks, found.steps = places[w.BEGUN], places[w.ALL_STEPS]
        found.longest = max(places[w.LONGEST], places[w.STEPS_DONE])
        found.ended, found.taken, found.seen = [*self.ended], [*self.taken], [*self.seen]
        found.failures = [*self.failures]
        found.registers = bytearray(self.registers)
        for event in range(self._events):
            own = slice(event * KEPT, (event + 1) * KEPT)
            found.near[event] = [key for key in self.near[own] if key != NEVER]
            found.early[event] = [key for key in self.early[own] if key != NEVER]
        return found


class _WalkCode:
    """A machine compiled for walks. Raises UncompilableError where its numbers are too large, or
    too much is looked for."""

    def __init__(self, machine: Machine, events: Events) -> None:
        if len(events.sought) > MOST_SOUGHT:
            raise UncompilableError(f"{len(events.sought)} properties")
        self.machine = machine
        self.events = events.count
        self.words = words_of(machine)
        self.most = most_successors(machine) or first_room(machine)
        constants = {
            **k.CONSTANTS, **w.WALKING_CONSTANTS, **DRAW_CONSTANTS, **SKETCH_CONSTANTS,
            **TALLY_CONSTANTS, "SIZE": 8 * self.words, "LONG": int(self.words > LOADED),
            "FAULTS": int(bool(machine.faulty)),
            "ERROR_BIT": 1 << events.error,
            "DEAD_BITS": sum(1 << place for place, _ in events.at("deadlock")),
        }  # fmt: skip
        from ...walks import draws

        self._text = "\n\n".join([
            successors_text(machine, LabelledWriter),
            watching_text(machine, events),
            module_text((walking,), (table, draws), constants),
        ])  # fmt: skip
        self._effort = THOROUGH if Code.is_kept(THOROUGH, self._text) else QUICK
        self._use(Code(self._effort, self._text))

    def _use(self, code: Code) -> None:
        self._code = code
        self.seconds = code.seconds
        self.walk: Callable[[int], int] = code.function("walk", 1)
        self.give_up: Callable[[int], int] = code.function("give_up", 1)

    def improve(self, spent: float) -> None:
        """Optimize it well, once: for many walks, on which so many seconds were spent."""
        if self._effort is QUICK and spent >= LONG * self.seconds:
            self._effort = THOROUGH
            self._use(Code(THOROUGH, self._text))


class NativeWalks:
    """The walks of a program in compiled code, by `workers` threads. Raises UncompilableError."""

    def __init__(
        self, program: Program, events: Events, walking: Walking, initial: Sequence[int],
        workers: int,
    ) -> None:  # fmt: skip
        self._code = _WalkCode(program.machine, events)
        first = b"".join(each.to_bytes(8 * self._code.words, "little") for each in initial)
        self._walkers = [_Walker(self._code, program, walking, first) for _ in range(workers)]
        self._spent = 0.0

    def take(self, numbers: range, stop: Stop) -> None:
        """Take some walks, unless it is to stop. Raises GrowthNeededError where the layout has no
        room."""
        begun = time.monotonic()
        size = max(1, -(-len(numbers) // (SHARES * len(self._walkers))))
        turns = count()
        lacking: list[int] = []

        def work(walker: _Walker) -> None:
            while not lacking and not stop():
                first = numbers.start + next(turns) * size
                if first >= numbers.stop:
                    return
                code = walker.walk(range(first, min(first + size, numbers.stop)), stop)
                if code:
                    lacking.append(code)

        others = [threading.Thread(target=work, args=(each,)) for each in self._walkers[1:]]
        for each in others:
            each.start()
        work(self._walkers[0])
        for each in others:
            each.join()
        if lacking:
            raise GrowthNeededError(lacking[0])
        self._spent += time.monotonic() - begun
        self._code.improve(self._spent)

    def add_to(self, tally: Tally) -> None:
        """Add all that was seen so far."""
        for each in self._walkers:
            tally.add(each.tally())
