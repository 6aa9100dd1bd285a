"""One part of a search: the states whose hash says that they are its own, in the order in which
they are found.

It expands its own states, hands their successors to whom they belong, and takes in what others
found of its own: see `native.parts`. What goes from part to part are parcels of numbers.
"""

from __future__ import annotations

import ctypes
import time
from array import array
from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from ..engine import NUMBER
from ..limits import Limits
from ..native import part_places as p
from ..native import places as k
from ..native.engine import LONG as LONG_SEARCH
from ..native.engine import MORE, NativeRun
from ..native.memory import Numbers, reserve
from ..native.work import Places, address_of
from ..stored.directory import StoredError
from .boxes import Boxes
from .keeping import Array, Keeper, part_folder
from .making import Made
from .parcel import Parcel

__all__ = ["LONG", "Mark", "Part", "Tally"]

LONG = 8
"""Bytes of a number among the states of all parts."""
MOST_PLACES = 1 << p.PLACE_BITS
"""Successors of one state that a key can tell apart."""
RECENT_SIZE = LONG << p.RECENT_BITS
USUAL = 4.0
"""Successors of a state, until it is known how many there are."""
SPARE = 1.3
"""A box is so much larger than what is expected."""
LEAST_BOX = 1 << 8
"""Records that there is room for at least."""


class Mark(NamedTuple):
    """Where a part was when all its states had numbers: as many of each as count."""

    states: int = 0
    expanded: int = 0
    ends: int = 0
    errors: int = 0
    transitions: int = 0
    left_out: int = 0
    backward: int = 0


class Tally(NamedTuple):
    """What a part tells of itself. `lacking`: the code of a failure for want of room, of the state
    with number `at`; `stopped`: why it can go no further, in words; `handed`: records that it has
    handed out for each state that it has expanded, 0 where that was none."""

    mark: Mark
    lacking: int = 0
    at: int = 0
    stopped: str = ""
    handed: float = 0.0


class Part(NativeRun):
    """Part number `index` of `count`."""

    def __init__(self, made: Made, index: int, count: int, folder: Path | None = None) -> None:
        """`folder`: where all parts keep what they found; None: nowhere. Raises StoredError."""
        super().__init__(made.task, made.library)
        self.index = index
        self.count = count
        self._calls = made.library.kernel.parts
        self._record = LONG + self._size
        self._numbers = reserve(self.arena.room * LONG)
        self._origins = reserve(self.arena.room * LONG)
        self._boxes = Boxes(count, self._record)
        self._given = Places(count * p.BOX_SIZE, {})
        self._heap = Places(count * p.HEAP_ENTRY, {})
        self._recent = bytearray(RECENT_SIZE)
        self._routed = self._handed = 0
        """States that it has expanded, and records that it has put into boxes for them."""
        self._stays: deque[Parcel] = deque()
        """What it has found of its own, and not taken in yet."""
        self._part = Places(
            p.PART_SIZE,
            {
                p.CONTEXT_AT: self._address, p.NUMBERS: self._numbers.address,
                p.ORIGINS: self._origins.address, p.OWNERS: count,
                p.BOXES: self._boxes.address, p.HEAP: self._heap.address,
                p.PICKED: array("q", [0]) * k.SOME, p.RECENT: address_of(self._recent),
            },
        )  # fmt: skip
        self._kept_arrays: tuple[Array, ...] = (
            ("states", self.arena.states, self._size), ("numbers", self._numbers, LONG),
            ("parents", self._origins, LONG), ("terminal", self.arena.terminal, NUMBER),
            ("errors", self.arena.errors, NUMBER),
        )  # fmt: skip
        self._keeper: Keeper | None = None
        if folder is not None:
            about = {"digest": made.library.digest, "part": index, "of": count}
            self._keeper = Keeper(part_folder(folder, index), about)

    def close(self) -> None:
        """Let its directory be another one's."""
        if self._keeper is not None:
            self._keeper.close()
            self._keeper = None

    # --- what is told ----------------------------------------------------------------------------

    def tally(self) -> Tally:
        """Where it is now."""
        mark = Mark(
            self._get(k.COUNT), self._get(k.NEXT), self._get(k.TERMINALS),
            self._get(k.ERROR_COUNT), self._get(k.TRANSITIONS), self._get(k.LEFT_OUT),
            self._get(k.BACKWARD),
        )  # fmt: skip
        handed = self._handed / self._routed if self._routed else 0.0
        return Tally(mark, stopped=self.stopped, handed=handed)

    def numbers(self, first: int = 0, last: int | None = None) -> memoryview:
        """The numbers, among all, of some states: ascending."""
        last = self._get(k.COUNT) if last is None else last
        return memoryview(self._numbers.map)[first * LONG : last * LONG].cast("q")

    # --- searching -------------------------------------------------------------------------------

    def begin(self, states: bytes) -> Tally:
        """Take those of the first states that are its own."""
        size = self._size
        given = ctypes.create_string_buffer(states, len(states))
        address = ctypes.addressof(given)
        own = [
            number
            for number in range(len(states) // size)
            if self._calls["owner_of"](address + number * size, self.count) == self.index
        ]
        for place, number in enumerate(own):
            state = states[number * size : (number + 1) * size]
            self.arena.states.map[place * size : (place + 1) * size] = state
            for each in (self._numbers, self._origins):
                each.map[place * LONG : (place + 1) * LONG] = number.to_bytes(LONG, "little")
        self.initial = len(own)
        self._set(k.COUNT, len(own))
        self._part[p.NUMBERED] = len(own)
        self._use_first_table()
        if self._keeper is not None:
            self._keeper.begin()
        return self.tally()

    def route(self, base: int, stop: int) -> list[Parcel | Tally]:
        """Expand its states whose numbers are below `stop`; their successors for each other part,
        and a tally. Since numbers were given last, none below `base` was expanded. What is
        answered is right until the part is asked again."""
        end = bisect_left(self.numbers(0, self._part[p.NUMBERED]), stop)
        self._part[p.SOURCES_END] = end
        self._part[p.BASE] = base
        begin = self._get(k.NEXT)
        each = self._handed / self._routed if self._routed else USUAL
        room = int(SPARE * each * max(0, end - begin) / self.count) + LEAST_BOX
        # What it found of its own, and did not take in yet, is where it is.
        self._boxes.empty(room * self._record, anew=bool(self._stays))
        ctypes.memset(address_of(self._recent), 0, RECENT_SIZE)
        lacking = 0
        begun = time.thread_time()
        while (answer := self._calls["route"](self._part.address)) != k.DONE and not self.stopped:
            if answer == p.BOX_FULL:
                self._boxes.enlarge()
            elif self._get(k.LACKED) != k.NO_SUCCESSOR_ROOM:
                lacking = self._get(k.LACKED)
                break
            elif self.library.most * MORE > MOST_PLACES:
                self.stopped = f"a state has more than {self.library.most:,} successors"
            else:
                self._make_successor_room()
        self._searched += time.thread_time() - begun
        parcels = self._boxes.parcels()
        self._routed += self._get(k.NEXT) - begin
        self._handed += sum(map(len, parcels)) // self._record
        at = self.numbers()[self._get(k.NEXT)] if lacking else 0
        # What is its own stays here, until it is asked to take in what all have found.
        self._stays.append(parcels[self.index])
        parcels[self.index] = Parcel(b"")
        return [*parcels, self.tally()._replace(lacking=lacking, at=at)]

    def absorb(self, *parcels: Parcel) -> Tally:
        """Take in what the parts found of its own."""
        own = self._stays.popleft()
        self._open([*parcels[: self.index], own, *parcels[self.index + 1 :]], self._record)
        while self._calls["absorb"](self._part.address) == k.NO_ROOM and not self.stopped:
            self._make_room()
        return self.tally()

    def _open(self, parcels: Sequence[Parcel], size: int) -> list[int]:
        """Make boxes of parcels of records; the places of those that hold something, as a heap has
        them that is sorted."""
        heads = []
        for number, parcel in enumerate(parcels):
            if len(parcel):
                box = number * p.BOX_SIZE
                self._given[box + p.BOX_AT] = parcel.address
                self._given[box + p.BOX_END] = parcel.address + len(parcel)
                heads.append((int.from_bytes(parcel.view[:LONG], "little"), box))
        assert all(len(parcel) % size == 0 for parcel in parcels)
        for place, (key, box) in enumerate(sorted(heads)):
            self._heap[place * p.HEAP_ENTRY] = key
            self._heap[place * p.HEAP_ENTRY + LONG] = self._given.address + box
        self._part[p.HEAP_COUNT] = len(heads)
        return [box for _, box in heads]

    # --- giving numbers --------------------------------------------------------------------------

    def cut(self, bounds: Sequence[int]) -> list[Parcel]:
        """The keys of its states that have no number yet, in the ranges between `bounds`, which
        are numbers of their sources: one for each part to rank."""
        new = self.numbers(self._part[p.NUMBERED])
        base = self._part[p.BASE]
        firsts = [(each - base) << p.SOURCE_AT for each in bounds]
        places = [0, *(bisect_left(new, each) for each in firsts), len(new)]
        keys = memoryview(self._numbers.map)
        begin = self._part[p.NUMBERED] * LONG
        return [
            Parcel(keys[begin + first * LONG : begin + last * LONG])
            for first, last in pairwise(places)
        ]

    def rank(self, *parcels: Parcel) -> list[Parcel | int]:
        """The ranks of the keys of each part in one range, and how many there are in all."""
        ranks = [bytearray(len(parcel) // LONG * NUMBER) for parcel in parcels]
        for box in self._open(parcels, LONG):
            self._given[box + p.BOX_RANKS] = address_of(ranks[box // p.BOX_SIZE])
        count = self._calls["rank"](self._part.address)
        return [*map(Parcel, ranks), count]

    def put_numbers(self, before: int, *given: Parcel | int) -> Tally:
        """Give its states the numbers from `before` on that their ranks tell: those of each range,
        and then how many each range has in all."""
        ranges, totals = given[: self.count], given[self.count :]
        first, base = self._part[p.NUMBERED], before
        for ranks, total in zip(ranges, totals, strict=True):
            assert isinstance(ranks, Parcel)
            assert isinstance(total, int)
            count = len(ranks) // NUMBER
            address = ranks.address if count else 0
            self._calls["number_some"](self._part.address, first, count, address, base)
            first, base = first + count, base + total
        self._part[p.NUMBERED] = first
        assert first == self._get(k.COUNT)
        if self._searched >= LONG_SEARCH * self.library.seconds:
            self.library.improve()
            self._set(k.EXPAND, self.library.expand)
        return self.tally()

    # --- going back ------------------------------------------------------------------------------

    def go_back(self, mark: Mark) -> Tally:
        """Forget what was found since a mark."""
        states, expanded, ends, errors, transitions, left_out, backward = mark
        for place, value in (
            (k.COUNT, states), (k.NEXT, expanded), (k.TERMINALS, ends), (k.ERROR_COUNT, errors),
            (k.TRANSITIONS, transitions), (k.LEFT_OUT, left_out), (k.BACKWARD, backward),
        ):  # fmt: skip
            self._set(place, value)
        self._part[p.NUMBERED] = states
        self._part[p.PENDING] = 0
        self._stays.clear()
        self.stopped = ""
        self._use_first_table()
        return self.tally()

    def keep(self) -> bool:
        """Keep what all parts have numbered; whether that could be."""
        if self._keeper is None:
            return False
        try:
            self._keeper.keep(self._kept_arrays, self._counts(self.tally().mark))
        except OSError:
            return False  # a full disk, say: what was kept before is there still
        return True

    def take(self, first: int, states: Parcel, parents: Parcel) -> int:
        """Take those of some states that are its own: all states have the numbers from `first`
        on. Nothing was searched before. How many it has then."""
        self._calls["take"](
            self._part.address, states.address, parents.address, first, len(parents) // NUMBER,
            self.index,
        )  # fmt: skip
        return self._get(k.COUNT)

    def settle(self, following: int, ends: Parcel, failing: Parcel, rest: Sequence[int]) -> Tally:
        """All states are taken, and those before `following` are expanded; `ends` and `failing` are
        among all. `rest`: what one part counts for all: transitions, what was left out, and whether
        a transition leads back."""
        self._part[p.NUMBERED] = self._get(k.COUNT)
        numbers = self.numbers()
        self._set(k.NEXT, bisect_left(numbers, following))
        for memory, place, all_of_them in (
            (self.arena.terminal, k.TERMINALS, ends), (self.arena.errors, k.ERROR_COUNT, failing),
        ):  # fmt: skip
            own = array("I", _places_of(all_of_them.view.cast("I"), numbers))
            memory.map[: len(own) * NUMBER] = own.tobytes()
            self._set(place, len(own))
        for place, value in zip((k.TRANSITIONS, k.LEFT_OUT, k.BACKWARD), rest, strict=True):
            self._set(place, value if self.index == 0 else 0)
        self._use_first_table()
        if self._keeper is not None:
            self._keeper.begin()
        return self.tally()

    def come_back(self, mark: Mark) -> Tally:
        """Be where it was at a mark, be it that it is new, and its like has kept that. Raises
        StoredError, OSError."""
        if self._get(k.COUNT) < mark.states:
            assert self._keeper is not None
            if not self._keeper.is_of_this:
                raise StoredError("what another part has kept is not here")
            self._keeper.fetch(self._kept_arrays, self._counts(mark))
        return self.go_back(mark)

    def _counts(self, mark: Mark) -> tuple[int, ...]:
        """The numbers of each array that count then."""
        return (mark.states, mark.states, mark.states, mark.ends, mark.errors)

    # --- what was found --------------------------------------------------------------------------

    def window(self, first: int, last: int) -> Parcel:
        """Its states whose numbers are in a range: their numbers, origins and words."""
        numbers = self.numbers()
        start, end = bisect_left(numbers, first), bisect_left(numbers, last)
        told = bytearray()
        for memory, size in (
            (self._numbers, LONG), (self._origins, LONG), (self.arena.states, self._size),
        ):  # fmt: skip
            told += memoryview(memory.map)[start * size : end * size]
        return Parcel(told)

    def ends(self) -> Parcel:
        """The numbers of its states without successors."""
        return self._told(Numbers(self.arena.terminal, self._get(k.TERMINALS)))

    def failing(self) -> Parcel:
        """The numbers of its states that run into a run-time error."""
        return self._told(Numbers(self.arena.errors, self._get(k.ERROR_COUNT)))

    def _told(self, own: Sequence[int]) -> Parcel:
        numbers = self.numbers()
        return Parcel(bytearray(array("q", map(numbers.__getitem__, own))))

    def wrong(self, name: str, wrong: int, first: int) -> Parcel | None:
        """See `Space.scan`; the numbers among all."""
        start = bisect_left(self.numbers(), first)
        found = self.scan(name, wrong, start)
        return None if found is None else self._told(found)

    def find(self, packed: bytes) -> int:
        """The number of a state; -1 where it is none of its own."""
        state = ctypes.create_string_buffer(packed, len(packed))
        found = self.library.kernel.find(self._address, ctypes.addressof(state))
        return self.numbers()[found] if found >= 0 else -1

    def happens(self) -> list[Parcel]:
        """See `Space.happening`, of its own states: both as bytes."""
        return [Parcel(bytes(each)) for each in self._questions(Limits()).happening()]


def _places_of(wanted: Iterable[int], numbers: memoryview) -> Iterator[int]:
    """Where those of some ascending numbers stand among others that are there."""
    at = 0
    for each in wanted:
        at = bisect_left(numbers, each, at)
        if at == len(numbers):
            return
        if numbers[at] == each:
            yield at
