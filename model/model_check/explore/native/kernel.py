"""The search loop, in the restricted Python that `restricted` compiles.

States lie in one array in breadth-first order, WORDS words of 64 bits each. A table finds
them: a slot holds the state's number + 1 (0: free) and, unless memory is to be saved, 32
bits of its hash, which spare most comparisons. A hash that matches is not trusted: whole
states are compared, so the search is exact. Slots and the states they name are prefetched
for a batch of successors before the first is compared, for a look-up is two cache misses
and little else.

`run` expands states one batch after the other. `work` does the same in several threads: each
takes the next few states, computes their successors and throws away those that are in the
table already; whoever finds the earliest of these chunks ready puts what is left of it into
the table, chunk after chunk in the order of their states. So the numbers of states are those
of a search in one thread, whatever the threads do. The table is read while another thread
writes it: a state that is missed then is found when its chunk is inserted.

`context` is an array of 64-bit numbers that Python and the kernel share, `batch` another for
each chunk: see the names below. Both functions answer what needs Python's attention.
"""

from __future__ import annotations

from collections.abc import Callable

from .words import (
    LEAN,
    SIZE,
    SLOT,
    compare_swap,
    load,
    load32,
    load_acquire,
    load_acquire32,
    logical,
    prefetch,
    store,
    store32,
    store_release,
    store_release32,
    successors,
)

__all__ = ["CONSTANTS", "FUNCTIONS", "INLINED"]

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
ERRORS = 88  # address of 32-bit numbers: states that run into a run-time error
ERROR_COUNT = 96
LEVELS = 104  # address of 32-bit numbers: where each level begins
LEVEL_COUNT = 112
LEVEL_END = 120  # where the next level begins
WIDE = 128  # give a level of so many states back to Python, which shares it out
BATCHES = 136  # address of the batches: the first for `run`, the others in turn for `work`
RING = 144  # how many batches `work` uses
CLAIMED = 152  # chunks that threads have begun
TURN = 160  # chunks that are inserted
LOCK = 168  # 1 while a thread inserts
ANSWER = 176
BASE = 184  # the first state of chunk 0
EACH = 192  # states of a chunk
LACKED = 200  # the code of the failure for want of room that ended the search
CONTEXT_SIZE = 208

FROM = 0  # the batch's first state
AT = 8  # the one to expand next, or the one whose step has no room
END = 16  # the state after its last
OUT = 24  # address of the successors
SOURCES = 32  # address of the numbers of the states they come from
HASHES = 40
FILLED = 48  # how many successors there are
MADE = 56  # transitions
ENDS = 64  # address of 32-bit numbers: states without successors
END_COUNT = 72
BAD = 80  # address of 32-bit numbers: states that run into a run-time error
BAD_COUNT = 88
FAILED = 96  # the code of a run-time error of the state AT; 0: none
LACKING = 104  # the code of its first failure for want of room (`successors` has it follow)
READY = 112  # the number of the chunk + 1, once it can be inserted
BATCH_SIZE = 120

SOME = 64  # successors that are looked up together
AHEAD = 8  # successors whose slots are fetched before they are looked up
SOURCES_AT_ONCE = 4096  # states of a batch of `run` at the most: few may have successors
SPINS = 2000  # tries to go on before a thread lets others run

DONE = 0
NO_ROOM = 1
FAILURE = 2
BUSY = 3

MULTIPLIER = -7046029254386353131  # 2**64 divided by the golden ratio: Knuth, TAOCP 6.4
SECOND = -4417276706812531889  # an odd number of murmur3's finalizer family

CONSTANTS = {
    name: value
    for name, value in dict(globals()).items()
    if name.isupper() and isinstance(value, int) and name not in ("SIZE", "MOST", "LEAN", "SLOT")
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


def entry_at(table: int, slot: int) -> int:
    """What a slot holds: 0, or the tag in the upper and the number + 1 in the lower half."""
    if LEAN:
        return load_acquire32(table + slot * SLOT)
    return load_acquire(table + slot * SLOT)


def enter(table: int, slot: int, h: int, number: int) -> int:
    """Fill a slot: what it names was written before."""
    if LEAN:
        store_release32(table + slot * SLOT, number + 1)
    else:
        store_release(table + slot * SLOT, (h << 32) | (number + 1))
    return 0


def may_name(entry: int, h: int) -> int:
    """Whether a filled slot may be that of a state with this hash."""
    if LEAN:
        return 1
    return logical(entry, 32) == (h & 4294967295)


def seek(context: int, state: int, h: int) -> int:
    """The slot of a state, or minus 1 minus the free one where it belongs."""
    table = load(context + TABLE)
    shift = load(context + SHIFT)
    states = load(context + STATES)
    mask = logical(-1, shift)
    slot = logical(h, shift)
    while 1:
        entry = entry_at(table, slot)
        if entry == 0:
            return -1 - slot
        # Not `and`: it evaluates both sides in this subset, and a comparison may be a miss.
        if may_name(entry, h):  # noqa: SIM102
            if differ(states + ((entry & 4294967295) - 1) * SIZE, state) == 0:
                return slot
        slot = (slot + 1) & mask
    return 0


def find(context: int, state: int) -> int:
    """The number of a state, or -1."""
    slot = seek(context, state, hash_of(state))
    if slot < 0:
        return -1
    return (entry_at(load(context + TABLE), slot) & 4294967295) - 1


def prepare(context: int, batch: int, start: int) -> int:
    """Hash a batch's successors from number `start` on, and fetch what will be compared."""
    table = load(context + TABLE)
    shift = load(context + SHIFT)
    states = load(context + STATES)
    out = load(batch + OUT)
    hashes = load(batch + HASHES)
    filled = load(batch + FILLED)
    j = start
    while j < filled:
        h = hash_of(out + j * SIZE)
        store(hashes + j * 8, h)
        prefetch(table + logical(h, shift) * SLOT)
        j += 1
    j = start
    while j < filled:
        h = load(hashes + j * 8)
        entry = entry_at(table, logical(h, shift))
        # Where the slot is free or another's, what is fetched is of no use and no harm.
        prefetch(states + ((entry & 4294967295) - 1) * SIZE)
        j += 1
    return 0


def insert_all(context: int, batch: int) -> int:
    """Put a batch's successors into the table, in order; those that are new are states."""
    table = load(context + TABLE)
    shift = load(context + SHIFT)
    states = load(context + STATES)
    parents = load(context + PARENTS)
    count = load(context + COUNT)
    out = load(batch + OUT)
    sources = load(batch + SOURCES)
    hashes = load(batch + HASHES)
    filled = load(batch + FILLED)
    j = 0
    while j < filled:
        h = load(hashes + j * 8)
        # Another thread may have hashed these: its cache had the slots, not this one's.
        prefetch(table + logical(load(hashes + (j + AHEAD) * 8), shift) * SLOT)
        candidate = out + j * SIZE
        slot = seek(context, candidate, h)
        if slot < 0:
            copy(candidate, states + count * SIZE)
            store32(parents + count * 4, load32(sources + j * 4))
            enter(table, -1 - slot, h, count)
            count += 1
        j += 1
    store(context + COUNT, count)
    return 0


def drop_known(context: int, batch: int, start: int) -> int:
    """Leave out the successors from number `start` on that are in the table already."""
    out = load(batch + OUT)
    sources = load(batch + SOURCES)
    hashes = load(batch + HASHES)
    filled = load(batch + FILLED)
    kept = start
    j = start
    while j < filled:
        h = load(hashes + j * 8)
        candidate = out + j * SIZE
        slot = seek(context, candidate, h)
        if slot < 0:
            copy(candidate, out + kept * SIZE)
            store(hashes + kept * 8, h)
            store32(sources + kept * 4, load32(sources + j * 4))
            kept += 1
        j += 1
    store(batch + FILLED, kept)
    return 0


def expand(context: int, batch: int) -> int:
    """Compute the successors of some more of a batch's states, behind those it has. Stops at
    a state that needs more room than the layout has."""
    states = load(context + STATES)
    out = load(batch + OUT)
    sources = load(batch + SOURCES)
    ends = load(batch + ENDS)
    bad = load(batch + BAD)
    filled = load(batch + FILLED)
    following = load(batch + AT)
    end = load(batch + END)
    before = filled
    going = 1
    while going:
        n = successors(states + following * SIZE, out + filled * SIZE, batch + FAILED)
        if load(batch + LACKING) != 0:
            going = 0
        else:
            if load(batch + FAILED) != 0:
                store(batch + FAILED, 0)
                count = load(batch + BAD_COUNT)
                store32(bad + count * 4, following)
                store(batch + BAD_COUNT, count + 1)
            else:
                if n == 0:
                    count = load(batch + END_COUNT)
                    store32(ends + count * 4, following)
                    store(batch + END_COUNT, count + 1)
            j = filled
            filled += n
            while j < filled:
                store32(sources + j * 4, following)
                j += 1
            following += 1
            if following >= end or filled - before >= SOME:
                going = 0
    store(batch + MADE, load(batch + MADE) + filled - before)
    store(batch + FILLED, filled)
    store(batch + AT, following)
    return 0


def begin(batch: int, start: int, end: int) -> int:
    """An empty batch for the states from `start` to before `end`."""
    store(batch + FROM, start)
    store(batch + AT, start)
    store(batch + END, end)
    store(batch + FILLED, 0)
    store(batch + MADE, 0)
    store(batch + END_COUNT, 0)
    store(batch + BAD_COUNT, 0)
    store(batch + FAILED, 0)
    store(batch + LACKING, 0)
    return 0


def append_all(source: int, count: int, target: int, before: int) -> int:
    """Append 32-bit numbers to others; answer how many there are then."""
    j = 0
    while j < count:
        store32(target + (before + j) * 4, load32(source + j * 4))
        j += 1
    return before + count


def settle(context: int, batch: int) -> int:
    """Count what a batch has made, and put its successors into the table. Answers NO_ROOM
    where there is none, with nothing done, and FAILURE where a step had none."""
    if load(context + COUNT) + load(batch + FILLED) > load(context + ROOM):
        return NO_ROOM
    insert_all(context, batch)
    ends = append_all(
        load(batch + ENDS),
        load(batch + END_COUNT),
        load(context + TERMINAL),
        load(context + TERMINALS),
    )
    store(context + TERMINALS, ends)
    errors = append_all(
        load(batch + BAD),
        load(batch + BAD_COUNT),
        load(context + ERRORS),
        load(context + ERROR_COUNT),
    )
    store(context + ERROR_COUNT, errors)
    store(context + TRANSITIONS, load(context + TRANSITIONS) + load(batch + MADE))
    store(context + NEXT, load(batch + AT))
    if load(batch + LACKING) != 0:
        store(context + LACKED, load(batch + LACKING))
        return FAILURE
    if load(context + NEXT) == load(context + LEVEL_END):
        levels = load(context + LEVEL_COUNT)
        store32(load(context + LEVELS) + levels * 4, load(context + LEVEL_END))
        store(context + LEVEL_COUNT, levels + 1)
        store(context + LEVEL_END, load(context + COUNT))
    return DONE


def least(a: int, b: int) -> int:
    """The smaller of two numbers."""
    if a < b:
        return a
    return b


def run(context: int) -> int:
    """Expand states up to STOP, or to a level that is WIDE."""
    batch = load(context + BATCHES)
    answer = DONE
    going = 1
    while going:
        end = load(context + LEVEL_END)
        start = load(context + NEXT)
        begin(batch, start, least(least(end, load(context + STOP)), start + SOURCES_AT_ONCE))
        expand(context, batch)
        prepare(context, batch, 0)
        answer = settle(context, batch)
        following = load(context + NEXT)
        if answer != DONE or following >= load(context + STOP):
            going = 0
        if following >= load(context + COUNT):
            going = 0
        if following == end and load(context + LEVEL_END) - following >= load(context + WIDE):
            going = 0
    return answer


def insert_ready(context: int) -> int:
    """Insert the chunks whose turn it is, if no other thread does. Answers how many."""
    inserted = 0
    if compare_swap(context + LOCK, 0, 1) == 0:
        batches = load(context + BATCHES)
        ring = load(context + RING)
        turn = load(context + TURN)
        going = 1
        while going:
            batch = batches + (1 + remainder(turn, ring)) * BATCH_SIZE
            going = 0
            if load_acquire(context + ANSWER) == DONE:  # noqa: SIM102
                if load_acquire(batch + READY) == turn + 1:
                    answer = settle(context, batch)
                    if answer == DONE:
                        turn += 1
                        inserted += 1
                        store_release(context + TURN, turn)
                        going = 1
                    else:
                        store_release(context + ANSWER, answer)
        store_release(context + LOCK, 0)
    return inserted


def remainder(a: int, b: int) -> int:
    """What is left of `a`, not negative, divided by `b`."""
    return a % b


def work(context: int) -> int:
    """Take part in expanding the states from BASE to before STOP. Answers BUSY where it is
    for others to go on first; else everything is inserted, or ANSWER tells why not."""
    batches = load(context + BATCHES)
    ring = load(context + RING)
    base = load(context + BASE)
    stop = load(context + STOP)
    each = load(context + EACH)
    spins = 0
    while spins < SPINS:
        if load_acquire(context + ANSWER) != DONE:
            return DONE
        claimed = load_acquire(context + CLAIMED)
        turn = load_acquire(context + TURN)
        start = base + claimed * each
        spins += 1
        if start >= stop:
            if base + turn * each >= stop:
                return DONE
        else:
            # Not `and`: the swap may only be tried where there is a free batch.
            if claimed - turn < ring:  # noqa: SIM102
                if compare_swap(context + CLAIMED, claimed, claimed + 1) == claimed:
                    batch = batches + (1 + remainder(claimed, ring)) * BATCH_SIZE
                    expand_chunk(context, batch, start, least(stop, start + each))
                    store_release(batch + READY, claimed + 1)
                    spins = 0
        if insert_ready(context):
            spins = 0
    return BUSY


def expand_chunk(context: int, batch: int, start: int, end: int) -> int:
    """The successors of a chunk's states, without those that are in the table already."""
    begin(batch, start, end)
    going = 1
    while going:
        before = load(batch + FILLED)
        expand(context, batch)
        prepare(context, batch, before)
        drop_known(context, batch, before)
        if load(batch + AT) >= end or load(batch + LACKING) != 0:
            going = 0
    return 0


def rehash(context: int) -> int:
    """Fill an empty table with all states."""
    table = load(context + TABLE)
    shift = load(context + SHIFT)
    states = load(context + STATES)
    count = load(context + COUNT)
    batch = load(context + BATCHES)
    hashes = load(batch + HASHES)
    mask = logical(-1, shift)
    number = 0
    while number < count:
        end = least(count, number + SOME)
        j = number
        while j < end:
            h = hash_of(states + j * SIZE)
            store(hashes + (j - number) * 8, h)
            prefetch(table + logical(h, shift) * SLOT)
            j += 1
        j = number
        while j < end:
            h = load(hashes + (j - number) * 8)
            slot = logical(h, shift)
            while entry_at(table, slot) != 0:
                slot = (slot + 1) & mask
            enter(table, slot, h, j)
            j += 1
        number = end
    return 0


INLINED: dict[str, Callable[..., int]] = {
    each.__name__: each
    for each in (
        hash_of, differ, copy, entry_at, enter, may_name, seek, prepare, insert_all, drop_known,
        begin, append_all, least, remainder,
    )
}  # fmt: skip
"""Put in where they are called."""

FUNCTIONS: dict[str, Callable[..., int]] = {
    each.__name__: each
    for each in (expand, settle, expand_chunk, insert_ready, find, run, work, rehash)
}
