"""The search of one part of many, in the restricted Python that `restricted` compiles.

Each state belongs to one part, by its hash. A part expands its own states and puts their
successors as records into a box for the part to which each belongs: a key, then the state. The key
tells the number of the state it comes from and its place among the successors of that; so merged
by their keys, the records of all parts come in the order in which one search alone finds them, and
what is found first is the same. A state that is new has its key for a number until all parts have
ranked theirs.

A successor that is in a box already, as most are that come soon again, is not put there a second
time: what counts is where it was found first. Only whether a transition leads back depends on its
other sources, and there the last one is enough, for it has the largest number: so a record's key
tells how far behind its source that is. What would be too far has a record of its own.
"""

from __future__ import annotations

from .kernel import begin, expand, note_made
from .part_places import (
    BASE,
    BOX_AT,
    BOX_BEGIN,
    BOX_END,
    BOX_FULL,
    BOX_RANKS,
    BOX_SIZE,
    BOXES,
    CONTEXT_AT,
    FARTHEST,
    HEAP,
    HEAP_COUNT,
    HEAP_ENTRY,
    KEY_SIZE,
    LARGEST,
    LATER_BITS,
    LATER_MASK,
    LOWER_HALF,
    NUMBERED,
    NUMBERS,
    ORIGINS,
    OWNERS,
    PENDING,
    PICKED,
    RECENT,
    RECENT_AT,
    ROUTED,
    SOURCE,
    SOURCE_AT,
    SOURCE_BEGAN,
    SOURCES_END,
)
from .places import (
    BACKWARD,
    BATCHES,
    COUNT,
    DONE,
    FAILURE,
    FILLED,
    HASHES,
    LACKED,
    LACKING,
    NEXT,
    NO_ROOM,
    OUT,
    ROOM,
    SHIFT,
    SOME,
    SOURCES,
    SOURCES_AT_ONCE,
    STATES,
    TABLE,
)
from .table import copy, differ, enter, entry_at, hash_of, least, seek
from .words import SIZE, SLOT, load, load32, logical, prefetch, store, store32

__all__ = ["INLINED"]

INLINED = (
    "owner",
    "is_there_already",
    "sift",
    "next_key",
    "go_behind",
    "prepare_picked",
    "insert_picked",
)
"""Put in where they are called; the others are functions of their own."""


def owner(h: int, owners: int) -> int:
    """The part to which a state with this hash belongs: by the half that is no place in a table."""
    return logical((h & LOWER_HALF) * owners, 32)


def owner_of(state: int, owners: int) -> int:
    """The part to which a state belongs."""
    return owner(hash_of(state), owners)


def route(part: int) -> int:
    """Expand the states below SOURCES_END, and put their successors into the boxes. Answers
    BOX_FULL where one is full, FAILURE where a step lacks room in the layout (all before it is
    done), and else DONE."""
    context = load(part + CONTEXT_AT)
    batch = load(context + BATCHES)
    while 1:
        if load(part + PENDING):
            if hand_out(part, batch) == 0:
                return BOX_FULL
            store(part + PENDING, 0)
            note_made(context, batch)
            if load(batch + LACKING) != 0:
                store(context + LACKED, load(batch + LACKING))
                return FAILURE
        start = load(context + NEXT)
        end = load(part + SOURCES_END)
        if start >= end:
            return DONE
        begin(batch, start, least(end, start + SOURCES_AT_ONCE))
        expand(context, batch)
        store(part + ROUTED, 0)
        store(part + SOURCE, -1)
        store(part + PENDING, 1)
    return DONE


def is_there_already(box: int, slot: int, h: int, state: int, source: int) -> int:
    """Whether a state is in its box already, where a slot says so; then its record has one source
    more, the last one, the number of which is told from BASE on."""
    entry = load(slot)
    if logical(entry, 32) == (h & LOWER_HALF) | 1:
        record = load(box + BOX_BEGIN) + (entry & LOWER_HALF)
        if differ(record + KEY_SIZE, state) == 0:
            key = load(record)
            later = source - logical(key, SOURCE_AT)
            if later <= LATER_MASK:
                store(record, key - (key & LATER_MASK) + later)
                return 1
    return 0


def hand_out(part: int, batch: int) -> int:
    """Put a batch's successors into the boxes of their owners; 0 where one of these is full."""
    numbers = load(part + NUMBERS)
    base = load(part + BASE)
    recent = load(part + RECENT)
    boxes = load(part + BOXES)
    owners = load(part + OWNERS)
    out = load(batch + OUT)
    sources = load(batch + SOURCES)
    filled = load(batch + FILLED)
    source = load(part + SOURCE)
    began = load(part + SOURCE_BEGAN)
    done = 1
    j = load(part + ROUTED)
    while j < filled:
        own = load32(sources + j * 4)
        if own != source:
            source = own
            began = j
        state = out + j * SIZE
        h = hash_of(state)
        box = boxes + owner(h, owners) * BOX_SIZE
        slot = recent + logical(h, RECENT_AT) * 8
        number = load(numbers + own * 8) - base
        at = load(box + BOX_AT)
        if is_there_already(box, slot, h, state, number):
            j += 1
        elif at < load(box + BOX_END):
            store(at, (number << SOURCE_AT) + ((j - began) << LATER_BITS))
            copy(state, at + KEY_SIZE)
            store(box + BOX_AT, at + KEY_SIZE + SIZE)
            offset = at - load(box + BOX_BEGIN)
            if offset < FARTHEST:
                store(slot, (((h & LOWER_HALF) | 1) << 32) | offset)
            j += 1
        else:
            store(part + ROUTED, j)
            store(part + SOURCE, source)
            store(part + SOURCE_BEGAN, began)
            done = 0
            filled = 0
    return done


def sift(heap: int, count: int, key: int, box: int) -> int:
    """Put a key in the place of the least one of a heap."""
    at = 0
    child = 1
    while child < count:
        place = heap + child * HEAP_ENTRY
        other = load(place)
        if child + 1 < count:  # noqa: SIM102
            # Not `and`: it evaluates both sides in this subset.
            if load(place + HEAP_ENTRY) < other:
                child += 1
                place = place + HEAP_ENTRY
                other = load(place)
        if other < key:
            store(heap + at * HEAP_ENTRY, other)
            store(heap + at * HEAP_ENTRY + 8, load(place + 8))
            at = child
            child = 2 * at + 1
        else:
            child = count
    store(heap + at * HEAP_ENTRY, key)
    store(heap + at * HEAP_ENTRY + 8, box)
    return 0


def next_key(heap: int, count: int) -> int:
    """The least key of a heap but the first; a number above all keys where there is none."""
    found = LARGEST
    if count > 1:
        found = load(heap + HEAP_ENTRY)
        if count > 2:  # noqa: SIM102
            # Not `and`: it evaluates both sides in this subset.
            if load(heap + 2 * HEAP_ENTRY) < found:
                found = load(heap + 2 * HEAP_ENTRY)
    return found


def go_behind(part: int, box: int, at: int) -> int:
    """The box with the least key is read as far as `at`."""
    heap = load(part + HEAP)
    count = load(part + HEAP_COUNT)
    store(box + BOX_AT, at)
    if at < load(box + BOX_END):
        sift(heap, count, load(at), box)
    else:
        count = count - 1
        store(part + HEAP_COUNT, count)
        last = heap + count * HEAP_ENTRY
        sift(heap, count, load(last), load(last + 8))
    return 0


def absorb(part: int) -> int:
    """Put the records of all boxes into the table, in the order of their keys; those that are new
    are states. Answers NO_ROOM where there is none, and goes on when called again."""
    context = load(part + CONTEXT_AT)
    picked = load(part + PICKED)
    heap = load(part + HEAP)
    while load(part + HEAP_COUNT) > 0:
        if load(context + COUNT) + SOME > load(context + ROOM):
            return NO_ROOM
        n = 0
        going = 1
        while going:
            # What comes from one source stands together: so does much of what is next.
            box = load(heap + 8)
            at = load(box + BOX_AT)
            room = at + (SOME - n) * (KEY_SIZE + SIZE)
            end = least(load(box + BOX_END), room)
            limit = next_key(heap, load(part + HEAP_COUNT))
            while at < end:
                store(picked + n * 8, at)
                n += 1
                at += KEY_SIZE + SIZE
                if at < end:  # noqa: SIM102
                    if load(at) > limit:
                        end = at
            go_behind(part, box, at)
            going = (n < SOME) & (load(part + HEAP_COUNT) > 0)
        prepare_picked(context, picked, n)
        insert_picked(part, context, picked, n)
    return DONE


def prepare_picked(context: int, picked: int, n: int) -> int:
    """Hash the states of some records, and fetch what will be compared: see `table.prepare`."""
    table = load(context + TABLE)
    shift = load(context + SHIFT)
    states = load(context + STATES)
    hashes = load(load(context + BATCHES) + HASHES)
    j = 0
    while j < n:
        h = hash_of(load(picked + j * 8) + KEY_SIZE)
        store(hashes + j * 8, h)
        prefetch(table + logical(h, shift) * SLOT)
        j += 1
    j = 0
    while j < n:
        entry = entry_at(table, logical(load(hashes + j * 8), shift))
        prefetch(states + ((entry & LOWER_HALF) - 1) * SIZE)
        j += 1
    return 0


def insert_picked(part: int, context: int, picked: int, n: int) -> int:
    """Put the states of some records into the table, in order: see `table.insert_all`."""
    table = load(context + TABLE)
    states = load(context + STATES)
    hashes = load(load(context + BATCHES) + HASHES)
    numbers = load(part + NUMBERS)
    origins = load(part + ORIGINS)
    numbered = load(part + NUMBERED)
    base = load(part + BASE)
    count = load(context + COUNT)
    back = load(context + BACKWARD)
    j = 0
    while j < n:
        record = load(picked + j * 8)
        h = load(hashes + j * 8)
        key = load(record)
        source = base + logical(key, SOURCE_AT)
        slot = seek(context, record + KEY_SIZE, h)
        if slot < 0:
            copy(record + KEY_SIZE, states + count * SIZE)
            store(numbers + count * 8, key)
            store(origins + count * 8, source)
            enter(table, -1 - slot, h, count)
            count += 1
        else:
            known = (entry_at(table, slot) & LOWER_HALF) - 1
            # What has no number yet comes behind all that have one.
            if known < numbered:
                back = back | (load(numbers + known * 8) <= source + (key & LATER_MASK))
        j += 1
    store(context + COUNT, count)
    store(context + BACKWARD, back)
    return 0


def rank(part: int) -> int:
    """Write the rank of each key among those of all boxes; answers how many there are."""
    heap = load(part + HEAP)
    ranked = 0
    while load(part + HEAP_COUNT) > 0:
        box = load(heap + 8)
        at = load(box + BOX_AT)
        end = load(box + BOX_END)
        place = load(box + BOX_RANKS)
        limit = next_key(heap, load(part + HEAP_COUNT))
        while at < end:
            store32(place, ranked)
            ranked += 1
            place += 4
            at += KEY_SIZE
            if at < end:  # noqa: SIM102
                if load(at) > limit:
                    end = at
        store(box + BOX_RANKS, place)
        go_behind(part, box, at)
    return ranked


def number_some(part: int, first: int, count: int, ranks: int, base: int) -> int:
    """Give some states their numbers: their ranks, behind `base`."""
    numbers = load(part + NUMBERS) + first * 8
    j = 0
    while j < count:
        store(numbers + j * 8, base + load32(ranks + j * 4))
        j += 1
    return 0


def scatter(part: int, count: int, given: int, states: int, parents: int) -> int:
    """Put states, of which `given` are the numbers, the origins and the words, behind each other,
    to where they belong among all."""
    origins = given + count * 8
    words = origins + count * 8
    j = 0
    while j < count:
        number = load(given + j * 8)
        copy(words + j * SIZE, states + number * SIZE)
        store32(parents + number * 4, load(origins + j * 8))
        j += 1
    return 0


def take(part: int, states: int, parents: int, first: int, count: int, index: int) -> int:
    """Append those of some states that belong to a part; all have the numbers from `first` on."""
    context = load(part + CONTEXT_AT)
    own = load(context + STATES)
    numbers = load(part + NUMBERS)
    origins = load(part + ORIGINS)
    owners = load(part + OWNERS)
    at = load(context + COUNT)
    j = 0
    while j < count:
        state = states + j * SIZE
        if owner(hash_of(state), owners) == index:
            copy(state, own + at * SIZE)
            store(numbers + at * 8, first + j)
            store(origins + at * 8, load32(parents + j * 4))
            at += 1
        j += 1
    store(context + COUNT, at)
    return 0
