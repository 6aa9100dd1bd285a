"""The search loop, in the restricted Python that `restricted` compiles.

States lie in one array in breadth-first order, WORDS words of 64 bits each. A table of
64-bit slots finds them: the upper 32 bits of a slot are bits of the state's hash, the lower
32 the state's number + 1 (0: free). A hash that matches is not trusted: whole states are
compared, so the search is exact. Slots are prefetched for a batch of successors before the
first is looked up, for a look-up is a cache miss and little else.

`context` is an array of 64-bit numbers that Python and the kernel share: see the names
below. `run` goes on until it has expanded the states up to STOP, or something needs
Python's attention: its answer says what.
"""

from __future__ import annotations

from collections.abc import Callable

from .words import MOST, SIZE, load, logical, prefetch, store, store32, successors

__all__ = ["CONSTANTS", "FUNCTIONS"]

STATES = 0  # address of the states
PARENTS = 8  # address of 32-bit numbers: from which state each was first reached
TABLE = 16  # address of the table
SHIFT = 24  # 64 - log2 of the table's size
COUNT = 32  # states found
NEXT = 40  # the next state to expand
TRANSITIONS = 48
STOP = 56  # expand the states below this number
ROOM = 64  # states that there is room for (array and table)
TERMINAL = 72  # address of 32-bit numbers: states without successors
TERMINALS = 80  # how many
OUT = 88  # address of the successors of a batch
SOURCES = 96  # address of the numbers of the states they come from
HASHES = 104
FAILED = 112  # address of the code of the first failure of a state
GROWTH = 120  # address of a number for each code: 1 where the layout has no room
ERRORS = 128  # address of 32-bit numbers: states that run into a run-time error
ERROR_COUNT = 136
BATCH = 64  # a batch ends when it has so many successors

DONE = 0
NO_ROOM = 1
FAILURE = 2

MULTIPLIER = -7046029254386353131  # 2**64 divided by the golden ratio: Knuth, TAOCP 6.4
SECOND = -4417276706812531889  # an odd number of murmur3's finalizer family

CONSTANTS = {
    name: value
    for name, value in dict(globals()).items()
    if name.isupper() and isinstance(value, int) and name not in ("SIZE", "MOST")
}


def hash_of(state: int) -> int:
    """64 well mixed bits of a state's words."""
    h = 0
    for at in range(0, SIZE, 8):
        h = (h ^ load(state + at)) * MULTIPLIER
        h = h ^ logical(h, 32)
    h = h * SECOND
    return h ^ logical(h, 29)


def differ(a: int, b: int) -> int:
    """Not 0 if two states differ."""
    found = 0
    for at in range(0, SIZE, 8):
        found = found | (load(a + at) ^ load(b + at))
    return found


def copy(source: int, target: int) -> int:
    """Copy a state."""
    for at in range(0, SIZE, 8):
        store(target + at, load(source + at))
    return 0


def find(context: int, state: int) -> int:
    """The number of a state, or -1."""
    table = load(context + TABLE)
    shift = load(context + SHIFT)
    states = load(context + STATES)
    h = hash_of(state)
    mask = logical(-1, shift)
    slot = logical(h, shift)
    while 1:
        entry = load(table + slot * 8)
        if entry == 0:
            return -1
        if logical(entry, 32) == (h & 4294967295):
            number = (entry & 4294967295) - 1
            if differ(states + number * SIZE, state) == 0:
                return number
        slot = (slot + 1) & mask
    return -1


def insert_all(context: int, filled: int) -> int:
    """Put a batch of successors into the table, in order; those that are new are states."""
    table = load(context + TABLE)
    shift = load(context + SHIFT)
    states = load(context + STATES)
    parents = load(context + PARENTS)
    out = load(context + OUT)
    sources = load(context + SOURCES)
    hashes = load(context + HASHES)
    count = load(context + COUNT)
    mask = logical(-1, shift)
    j = 0
    while j < filled:
        h = hash_of(out + j * SIZE)
        store(hashes + j * 8, h)
        prefetch(table + logical(h, shift) * 8)
        j += 1
    j = 0
    while j < filled:
        h = load(hashes + j * 8)
        candidate = out + j * SIZE
        tag = h & 4294967295
        slot = logical(h, shift)
        searching = 1
        while searching:
            entry = load(table + slot * 8)
            if entry == 0:
                searching = 0
                copy(candidate, states + count * SIZE)
                store32(parents + count * 4, load(sources + j * 8))
                count += 1
                store(table + slot * 8, (tag << 32) | count)
            else:
                if logical(entry, 32) == tag:
                    number = (entry & 4294967295) - 1
                    if differ(states + number * SIZE, candidate) == 0:
                        searching = 0
                slot = (slot + 1) & mask
        j += 1
    store(context + COUNT, count)
    return 0


def run(context: int) -> int:
    """Expand states up to STOP."""
    states = load(context + STATES)
    out = load(context + OUT)
    sources = load(context + SOURCES)
    failed = load(context + FAILED)
    terminal = load(context + TERMINAL)
    stop = load(context + STOP)
    room = load(context + ROOM)
    following = load(context + NEXT)
    terminals = load(context + TERMINALS)
    growth = load(context + GROWTH)
    errors = load(context + ERRORS)
    error_count = load(context + ERROR_COUNT)
    transitions = load(context + TRANSITIONS)
    answer = DONE
    while following < stop and answer == DONE:
        if load(context + COUNT) + BATCH + MOST > room:
            answer = NO_ROOM
        else:
            filled = 0
            while filled < BATCH and following < stop and answer == DONE:
                n = successors(states + following * SIZE, out + filled * SIZE, failed)
                code = load(failed)
                if code != 0:
                    if load(growth + code * 8) != 0:
                        answer = FAILURE
                    else:
                        store(failed, 0)
                        store32(errors + error_count * 4, following)
                        error_count += 1
                if answer == DONE:
                    if n == 0 and code == 0:
                        store32(terminal + terminals * 4, following)
                        terminals += 1
                    j = filled
                    filled += n
                    while j < filled:
                        store(sources + j * 8, following)
                        j += 1
                    following += 1
            transitions += filled
            insert_all(context, filled)
    store(context + NEXT, following)
    store(context + TERMINALS, terminals)
    store(context + ERROR_COUNT, error_count)
    store(context + TRANSITIONS, transitions)
    return answer


def rehash(context: int) -> int:
    """Fill a new, empty table with all states."""
    table = load(context + TABLE)
    shift = load(context + SHIFT)
    states = load(context + STATES)
    count = load(context + COUNT)
    mask = logical(-1, shift)
    number = 0
    while number < count:
        h = hash_of(states + number * SIZE)
        slot = logical(h, shift)
        while load(table + slot * 8) != 0:
            slot = (slot + 1) & mask
        number += 1
        store(table + slot * 8, ((h & 4294967295) << 32) | number)
    return 0


FUNCTIONS: dict[str, Callable[..., int]] = {
    "hash_of": hash_of, "differ": differ, "copy": copy, "find": find,
    "insert_all": insert_all, "run": run, "rehash": rehash,
}  # fmt: skip
