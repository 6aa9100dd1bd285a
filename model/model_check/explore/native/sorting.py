"""Sorts states into classes of those that are alike in some bits, in the restricted Python that
`restricted` compiles. See `explore.alike`.
"""

from __future__ import annotations

from .places import MULTIPLIER, SECOND
from .sorting_places import (
    ALL_SORTED,
    AT_ONCE,
    CHOSEN,
    CHOSEN_COUNT,
    CLASS_OF,
    CLASSES,
    COUNTS,
    GOES_ON,
    LAST,
    MASK,
    NUMBERS,
    PLACES,
    POSITION,
    ROOM_FOR,
    SLOT_SHIFT,
    SLOTS,
    SORTED,
    TOO_SMALL,
    WANTED,
)
from .words import SIZE, load, load8, load32, logical, store, store32

__all__ = ["INLINED"]

INLINED = ("state_at", "hash_in", "differ_in", "slot_of")
"""Put in where they are called; the others are functions of their own."""


def state_at(task: int, place: int) -> int:
    """Where the state at a place stands."""
    number = place
    if load(task + NUMBERS) != 0:
        number = load32(load(task + NUMBERS) + place * 4)
    return load(task + SORTED) + number * SIZE


def hash_in(state: int, mask: int) -> int:
    """64 well mixed bits of what a state is in some bits."""
    h = 0
    for at in range(0, SIZE, 8):
        h = (h ^ (load(state + at) & load(mask + at))) * MULTIPLIER
        h = h ^ logical(h, 32)
    h = h * SECOND
    return h ^ logical(h, 29)


def differ_in(a: int, b: int, mask: int) -> int:
    """Not 0 if two states differ in some bits."""
    found = 0
    for at in range(0, SIZE, 8):
        found = found | ((load(a + at) ^ load(b + at)) & load(mask + at))
    return found


def slot_of(task: int, state: int, h: int) -> int:
    """The slot of a state's class, or the free one where it belongs."""
    slots = load(task + SLOTS)
    shift = load(task + SLOT_SHIFT)
    mask = load(task + MASK)
    first = load(task + PLACES)
    slot = logical(h, shift)
    going = 1
    while going:
        entry = load(slots + slot * 8)
        if entry == 0:
            going = 0
        elif logical(entry, 32) == (h & 4294967295):
            other = state_at(task, load32(first + ((entry & 4294967295) - 1) * 4))
            if differ_in(state, other, mask) == 0:
                going = 0
        if going:
            slot = (slot + 1) & logical(-1, shift)
    return slots + slot * 8


def sort_states(task: int, unused: int) -> int:
    """Sort some more states; answers TOO_SMALL where the table must grow first."""
    mask = load(task + MASK)
    counts = load(task + COUNTS)
    of = load(task + CLASS_OF)
    place = load(task + POSITION)
    last = load(task + LAST)
    until = place + AT_ONCE
    if until > last:
        until = last
    classes = load(task + CLASSES)
    room = load(task + ROOM_FOR)
    while place < until and classes < room:
        state = state_at(task, place)
        h = hash_in(state, mask)
        slot = slot_of(task, state, h)
        one = (load(slot) & 4294967295) - 1
        if one < 0:
            one = classes
            classes += 1
            store(slot, (h << 32) | classes)
            store32(load(task + PLACES) + one * 4, place)
        store32(counts + one * 4, load32(counts + one * 4) + 1)
        store32(of + place * 4, one)
        place += 1
    store(task + POSITION, place)
    store(task + CLASSES, classes)
    if place == last:
        return ALL_SORTED
    if classes >= room:
        return TOO_SMALL
    return GOES_ON


def enter_classes(task: int, unused: int) -> int:
    """Put all classes into an empty table."""
    first = load(task + PLACES)
    one = 0
    while one < load(task + CLASSES):
        state = state_at(task, load32(first + one * 4))
        h = hash_in(state, load(task + MASK))
        one += 1
        store(slot_of(task, state, h), (h << 32) | one)
    return 1


def choose_states(task: int, unused: int) -> int:
    """Write the numbers of some more states, those of classes that are wanted."""
    of = load(task + CLASS_OF)
    wanted = load(task + WANTED)
    chosen = load(task + CHOSEN)
    count = load(task + CHOSEN_COUNT)
    place = load(task + POSITION)
    last = load(task + LAST)
    until = place + AT_ONCE
    if until > last:
        until = last
    while place < until:
        if load8(wanted + load32(of + place * 4)) != 0:
            number = place
            if load(task + NUMBERS) != 0:
                number = load32(load(task + NUMBERS) + place * 4)
            store32(chosen + count * 4, number)
            count += 1
        place += 1
    store(task + CHOSEN_COUNT, count)
    store(task + POSITION, place)
    return place == last
