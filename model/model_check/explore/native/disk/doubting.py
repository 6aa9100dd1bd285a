"""Looks up new states that may be old ones, in the restricted Python that `restricted` compiles.

Delayed duplicate detection (Korf, Best-first frontier search with delayed duplicate detection,
2004), exact: a state that the table does not know and the filter does is numbered as a new one, and
noted as doubted. At the end of its level, or before, all doubted states are looked up in the runs,
in the order of their hashes, and whole states are compared, in the order of their numbers. Those
that are old are taken out, as if they had never been put in: later states get smaller numbers. The
table names them by their old numbers from then on, so that they are not doubted again.

All doubted states are of the level that is being found: nothing but the table refers to them yet.
"""

from __future__ import annotations

from ..places import (
    BACKWARD,
    BATCHES,
    BOOK,
    COUNT,
    DOUBT_ROOM,
    DOUBTED,
    DOUBTS,
    HASHES,
    LEVEL_END,
    PARENTS,
    RECALLED,
    ROOM,
    RUN_COUNT,
    RUNS,
    SHIFT,
    SOME,
    STATES,
    TABLE,
)
from ..table import copy, differ, enter, entry_at, hash_of, hash_states, least
from ..words import SIGN, SIZE, load, load32, logical, store, store32
from .places import (
    COMPARED,
    COUNTERS,
    DOUBTS_AT_ONCE,
    FAR_APART,
    FAR_AT_ONCE,
    FEW_PAIRS,
    FOUND_COUNT,
    FOUND_KEYS,
    FOUND_VALUES,
    KEYS,
    LOOKED_UP,
    NEXT_DOUBT,
    OLD,
    OTHER_KEYS,
    OTHER_VALUES,
    RUN_AT,
    RUN_HASHES,
    RUN_LENGTH,
    RUN_NUMBERS,
    RUN_SIZE,
    TAKEN_OUT,
    VALUES,
)
from .recalling import first_from, first_near, has

__all__ = ["INLINED"]

INLINED = ("note_found", "slot_named")
"""Put in where they are called; the others are functions of their own."""


def resolve(context: int) -> int:
    """Look all doubted states up, and take those out that are old."""
    if load(context + DOUBTED) > 0:
        gather(context)
        run = 0
        while run < load(context + RUN_COUNT):
            done = 0
            while done == 0:
                done = look_up(context, run)
            compare(context)
            run += 1
        remove(context)
    return 0


def gather(context: int) -> int:
    """Sort the doubted states by their hashes; none is known to be old."""
    book = load(context + BOOK)
    doubts = load(context + DOUBTS)
    states = load(context + STATES)
    keys = load(book + KEYS)
    values = load(book + VALUES)
    old = load(book + OLD)
    count = load(context + DOUBTED)
    j = 0
    while j < count:
        store(keys + j * 8, hash_of(states + load32(doubts + j * 4) * SIZE))
        store(values + j * 8, j)
        store32(old + j * 4, 0)
        j += 1
    sort_pairs(book, keys, values, count, 8)
    store(book + NEXT_DOUBT, 0)
    store(book + RUN_AT, 0)
    store(book + FOUND_COUNT, 0)
    return 0


def sort_pairs(book: int, keys: int, values: int, count: int, width: int) -> int:
    """Sort pairs by keys, which are not negative, of so many bytes, an even number."""
    if count <= FEW_PAIRS:
        return sort_few(keys, values, count)
    counters = load(book + COUNTERS)
    other_keys = load(book + OTHER_KEYS)
    other_values = load(book + OTHER_VALUES)
    shift = 0
    while shift < width * 8:
        sort_by_byte(counters, keys, values, other_keys, other_values, count, shift)
        sort_by_byte(counters, other_keys, other_values, keys, values, count, shift + 8)
        shift += 16
    return 0


def sort_few(keys: int, values: int, count: int) -> int:
    """Sort few pairs by keys, unsigned."""
    i = 1
    while i < count:
        key = load(keys + i * 8)
        value = load(values + i * 8)
        place = i
        going = 1
        while going:
            going = 0
            # Not `and`: it evaluates both sides.
            if place > 0:
                before = load(keys + (place - 1) * 8)
                if (before ^ SIGN) > (key ^ SIGN):
                    store(keys + place * 8, before)
                    store(values + place * 8, load(values + (place - 1) * 8))
                    place -= 1
                    going = 1
        store(keys + place * 8, key)
        store(values + place * 8, value)
        i += 1
    return 0


def sort_by_byte(
    counters: int, keys: int, values: int, to_keys: int, to_values: int, count: int, shift: int
) -> int:
    """Pairs in the order of one byte of their keys, and else in the order they were in."""
    j = 0
    while j < 256:
        store(counters + j * 8, 0)
        j += 1
    j = 0
    while j < count:
        counter = counters + (logical(load(keys + j * 8), shift) & 255) * 8
        store(counter, load(counter) + 1)
        j += 1
    before = 0
    j = 0
    while j < 256:
        some = load(counters + j * 8)
        store(counters + j * 8, before)
        before += some
        j += 1
    j = 0
    while j < count:
        key = load(keys + j * 8)
        counter = counters + (logical(key, shift) & 255) * 8
        place = load(counter)
        store(counter, place + 1)
        store(to_keys + place * 8, key)
        store(to_values + place * 8, load(values + j * 8))
        j += 1
    return 0


def note_found(context: int, book: int, number: int, doubt: int) -> int:
    """An old state has the hash of a doubted one."""
    found = load(book + FOUND_COUNT)
    store(load(book + FOUND_KEYS) + found * 8, number)
    store(load(book + FOUND_VALUES) + found * 8, doubt)
    store(book + FOUND_COUNT, found + 1)
    if found + 1 == load(context + DOUBT_ROOM):
        compare(context)
    return 0


def look_up(context: int, number: int) -> int:
    """Look some more of the doubted states up in one run; answers 1 when all were, and what was
    found is to be compared."""
    run = load(context + RUNS) + number * RUN_SIZE
    hashes = load(run + RUN_HASHES)
    numbers = load(run + RUN_NUMBERS)
    length = load(run + RUN_LENGTH)
    book = load(context + BOOK)
    keys = load(book + KEYS)
    values = load(book + VALUES)
    count = load(context + DOUBTED)
    far = length > count * FAR_APART
    place = load(book + RUN_AT)
    j = load(book + NEXT_DOUBT)
    some = DOUBTS_AT_ONCE
    if far:
        some = FAR_AT_ONCE
    end = least(count, j + some)
    while j < end:
        key = load(keys + j * 8) ^ SIGN
        if far:
            place = first_near(hashes, length, load(keys + j * 8))
        else:
            place = first_from(hashes, length, place, key)
        same = place
        while has(hashes, length, same, key):
            note_found(context, book, load32(numbers + same * 4), load(values + j * 8))
            same += 1
        j += 1
    if j == count:
        store(book + NEXT_DOUBT, 0)
        store(book + RUN_AT, 0)
        return 1
    store(book + NEXT_DOUBT, j)
    store(book + RUN_AT, place)
    return 0


def compare(context: int) -> int:
    """Compare doubted states with the old ones of the same hashes, in the order of these."""
    sort_found(context)
    done = 0
    while done == 0:
        done = compare_some(context)
    return 0


def sort_found(context: int) -> int:
    """Have what was found be in the order in which it is compared."""
    book = load(context + BOOK)
    sort_pairs(
        book, load(book + FOUND_KEYS), load(book + FOUND_VALUES), load(book + FOUND_COUNT), 4
    )
    store(book + COMPARED, 0)
    return 0


def compare_some(context: int) -> int:
    """Compare some more of what was found; answers 1 when all was."""
    book = load(context + BOOK)
    states = load(context + STATES)
    doubts = load(context + DOUBTS)
    old = load(book + OLD)
    found = load(book + FOUND_KEYS)
    values = load(book + FOUND_VALUES)
    count = load(book + FOUND_COUNT)
    j = load(book + COMPARED)
    end = least(count, j + DOUBTS_AT_ONCE)
    while j < end:
        number = load(found + j * 8)
        doubt = load(values + j * 8)
        state = states + load32(doubts + doubt * 4) * SIZE
        if differ(states + number * SIZE, state) == 0:
            store32(old + doubt * 4, number + 1)
        j += 1
    store(book + COMPARED, j)
    if j < count:
        return 0
    store(book + FOUND_COUNT, 0)
    return 1


def slot_named(table: int, shift: int, h: int, number: int) -> int:
    """The slot that names a state, which has a hash."""
    mask = logical(-1, shift)
    slot = logical(h, shift)
    entry = entry_at(table, slot)
    while (entry & 4294967295) != number + 1 and entry != 0:
        slot = (slot + 1) & mask
        entry = entry_at(table, slot)
    return slot


def remove(context: int) -> int:
    """Take the states out that are old ones; all doubts are gone then."""
    book = load(context + BOOK)
    doubts = load(context + DOUBTS)
    old = load(book + OLD)
    doubted = load(context + DOUBTED)
    store(book + LOOKED_UP, load(book + LOOKED_UP) + doubted)
    store(context + DOUBTED, 0)
    doubt = following_old(old, 0, doubted)
    if doubt == doubted:
        return 0
    table = load(context + TABLE)
    shift = load(context + SHIFT)
    states = load(context + STATES)
    parents = load(context + PARENTS)
    hashes = load(load(context + BATCHES) + HASHES)
    frontier = load(context + LEVEL_END)
    back = load(context + BACKWARD)
    count = load(context + COUNT)
    number = load32(doubts + doubt * 4)
    wanted = number
    to = number
    while number < count:
        end = least(count, number + SOME)
        hash_states(context, number, end, hashes)
        j = number
        while j < end:
            h = load(hashes + (j - number) * 8)
            slot = slot_named(table, shift, h, j)
            if j == wanted:
                known = load32(old + doubt * 4) - 1
                enter(table, slot, h, known)
                # It may also have been found from a later state of the level than the first one,
                # one behind it: nobody has noted that.
                back = back | (known < frontier)
                doubt = following_old(old, doubt + 1, doubted)
                wanted = -1
                if doubt < doubted:
                    wanted = load32(doubts + doubt * 4)
            else:
                enter(table, slot, h, to)
                copy(states + j * SIZE, states + to * SIZE)
                store32(parents + to * 4, load32(parents + j * 4))
                to += 1
            j += 1
        number = end
    store(context + BACKWARD, back)
    store(context + COUNT, to)
    gone = count - to
    store(context + RECALLED, load(context + RECALLED) + gone)
    store(context + ROOM, load(context + ROOM) - gone)
    store(book + TAKEN_OUT, load(book + TAKEN_OUT) + gone)
    return gone


def following_old(old: int, doubt: int, doubted: int) -> int:
    """The first doubt from one on that is an old state."""
    going = 1
    while going:
        going = 0
        if doubt < doubted:  # noqa: SIM102
            if load32(old + doubt * 4) == 0:
                doubt += 1
                going = 1
    return doubt
