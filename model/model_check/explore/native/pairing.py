"""Pairs of a state and a place of an automaton, and the ends of runs, in the restricted Python
that `restricted` compiles. A call looks at some nodes and answers 0, or 1 when all is done.
"""

from __future__ import annotations

from .pieces import is_done, piece
from .row_places import (
    BEGINS,
    COUNT_FOUND,
    FIRST_READINGS,
    FLAGS,
    FORMER,
    KEEP,
    KIND_WIDTH,
    KINDS,
    LAST,
    LETTER_WIDTH,
    LETTERS,
    LEVEL_STOP,
    LEVELS_AT,
    LEVELS_BEGUN,
    MADE_SO_FAR,
    MARK_WIDTH,
    MARKS,
    MOST,
    NEW_BEGINS,
    NEW_KINDS,
    NEW_TARGETS,
    NEW_WIDTH,
    NUMBERS,
    ORDER,
    PIECE,
    PLACE_OF,
    PLACES,
    POSITION,
    QUEUED,
    READINGS,
    RESULT,
    STATE_OF,
    STEP_KINDS,
    TARGETS,
)
from .wide import put_wide, wide_at
from .words import load, load8, load32, store, store8, store32

__all__ = ["INLINED"]

INLINED = ("follow", "number_of")
"""Put in where they are called; the others are functions of their own."""


def number_of(task: int, state: int, place: int) -> int:
    """The number of a pair; a new one has none yet, and gets the next."""
    at = load(task + NUMBERS) + (state * load(task + PLACES) + place) * 4
    number = load32(at) - 1
    if number < 0:
        number = load(task + QUEUED)
        store32(at, number + 1)
        store32(load(task + STATE_OF) + number * 4, state)
        store32(load(task + PLACE_OF) + number * 4, place)
        store32(load(task + FORMER) + number * 4, load(task + POSITION))
        store(task + QUEUED, number + 1)
    return number


def follow(rows: int, task: int, state: int, reading: int) -> int:
    """The transitions of a pair whose automaton reads one thing; answers how many there are."""
    targets = load(rows + TARGETS)
    kinds = load(rows + KINDS)
    width = load(rows + KIND_WIDTH)
    place = load(load(rows + BEGINS) + state * 8)
    end = load(load(rows + BEGINS) + state * 8 + 8)
    other = load(reading + 8)
    marks = load(reading + 16) * load(task + STEP_KINDS)
    new = load(task + MADE_SO_FAR)
    before = new
    while place < end:
        number = number_of(task, load32(targets + place * 4), other)
        store32(load(task + NEW_TARGETS) + new * 4, number)
        kind = marks + wide_at(kinds, place, width)
        put_wide(load(task + NEW_KINDS), new, load(task + NEW_WIDTH), kind)
        new += 1
        place += 1
    store(task + MADE_SO_FAR, new)
    return new - before


def pair(rows: int, task: int) -> int:
    """Go on with the pairs that were found and not looked at, breadth-first."""
    letters = load(task + LETTERS)
    width = load(task + LETTER_WIDTH)
    first = load(task + FIRST_READINGS)
    work = 0
    while work < PIECE:
        node = load(task + POSITION)
        if node >= load(task + QUEUED):
            return 1
        if node == load(task + LEVEL_STOP):
            begun = load(task + LEVELS_BEGUN)
            store(load(task + LEVELS_AT) + begun * 8, node)
            store(task + LEVELS_BEGUN, begun + 1)
            store(task + LEVEL_STOP, load(task + QUEUED))
        state = load32(load(task + STATE_OF) + node * 4)
        place = load32(load(task + PLACE_OF) + node * 4)
        letter = wide_at(letters, state, width)
        each = load(task + READINGS) + load(first + place * 8) * 24
        stop = load(task + READINGS) + load(first + place * 8 + 8) * 24
        while each < stop:
            wanted = load(each)
            if letter & wanted == wanted:
                work += follow(rows, task, state, each)
            each += 24
        store(load(task + NEW_BEGINS) + node * 8 + 8, load(task + MADE_SO_FAR))
        store(task + POSITION, node + 1)
        work += 1
    return 0


def flag_numbers(rows: int, task: int) -> int:
    """Flags of some numbers."""
    numbers = load(task + ORDER)
    flags = load(task + FLAGS)
    for at in piece(task + POSITION, load(task + LAST)):
        store8(flags + load32(numbers + at * 4), 1)
    return is_done(task)


def ending(rows: int, task: int) -> int:
    """The nodes that are kept and whose state has a flag."""
    flags = load(task + FLAGS)
    keep = load(task + KEEP)
    states = load(task + STATE_OF)
    result = load(task + RESULT)
    found = load(task + COUNT_FOUND)
    for node in piece(task + POSITION, load(task + LAST)):
        state = node
        if states != 0:
            state = load32(states + node * 4)
        if load8(flags + state) != 0:
            kept = 1
            if keep != 0:
                kept = load8(keep + node)
            if kept != 0:
                store32(result + found * 4, node)
                found += 1
    store(task + COUNT_FOUND, found)
    return is_done(task)


def read_at(rows: int, task: int) -> int:
    """The different pairs of a place and a letter at some nodes, MOST of them at the most."""
    nodes = load(task + ORDER)
    letters = load(task + LETTERS)
    width = load(task + LETTER_WIDTH)
    states = load(task + STATE_OF)
    places = load(task + PLACE_OF)
    result = load(task + RESULT)
    found = load(task + COUNT_FOUND)
    most = load(task + MOST)
    for at in piece(task + POSITION, load(task + LAST)):
        node = load32(nodes + at * 4)
        state = node
        place = 0
        if states != 0:
            state = load32(states + node * 4)
            place = load32(places + node * 4)
        letter = wide_at(letters, state, width)
        j = 0
        unknown = 1
        if found >= most:
            unknown = 0
        while j < found and unknown:
            if load(result + j * 16) == place and load(result + j * 16 + 8) == letter:
                unknown = 0
            j += 1
        if unknown:
            store(result + found * 16, place)
            store(result + found * 16 + 8, letter)
            found += 1
    store(task + COUNT_FOUND, found)
    return is_done(task) or found == most


def marks_of_states(rows: int, task: int) -> int:
    """For each node the marks of its state."""
    states = load(task + STATE_OF)
    marks = load(task + MARKS)
    result = load(task + RESULT)
    width = load(task + MARK_WIDTH)
    for node in piece(task + POSITION, load(task + LAST)):
        put_wide(result, node, width, wide_at(marks, load32(states + node * 4), width))
    return is_done(task)
