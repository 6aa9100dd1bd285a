"""Where the numbers lie that Python and the kernel of a search on disk share, in bytes.

A run lists states by their hashes, ascending; `task` is an array of 64-bit numbers, one for each
time that a run is made; `book` is one for a search.
"""

from __future__ import annotations

__all__ = ["SPILLING_CONSTANTS"]

# --- a run --------------------------------------------------------------------------------------

RUN_HASHES = 0  # address of 64-bit numbers: hashes with the upper bit changed, signed, ascending
RUN_NUMBERS = 8  # address of 32-bit numbers: the states
RUN_LENGTH = 16
RUN_PLACE = 24  # while it is merged: the next of them
RUN_SIZE = 32

# --- a task -------------------------------------------------------------------------------------

NEW_HASHES = 0  # address of the run that is made: its hashes ...
NEW_NUMBERS = 8  # ... and states
NEW_LENGTH = 16  # how many there are
UNTIL = 24  # the states from WINDOW to before this one are spilled
SLOT_AT = 32  # the next slot of the table
MERGED = 40  # address of the runs that are merged
MERGED_COUNT = 48
SPILLING_SIZE = 56

# --- the book -----------------------------------------------------------------------------------

KEYS = 0  # address of 64-bit numbers: hashes of the doubted states, ascending ...
VALUES = 8  # ... and their places among the doubts
OTHER_KEYS = 16  # as much room again, to sort
OTHER_VALUES = 24
FOUND_KEYS = 32  # address of 64-bit numbers: old states with the same hashes ...
FOUND_VALUES = 40  # ... and the places of those that are doubted
FOUND_COUNT = 48
COUNTERS = 56  # address of 256 64-bit numbers
OLD = 64  # address of 32-bit numbers of doubts: the number of the old state + 1; 0: it is new
TAKEN_OUT = 72  # states that were taken out, in all
LOOKED_UP = 80  # states that were doubted, in all
NEXT_DOUBT = 88  # of those in the order of their hashes: the next one that is looked up in a run
RUN_AT = 96  # ... and the place from which on
COMPARED = 104  # pairs that were found and compared
BOOK_SIZE = 112

SLOTS_AT_ONCE = 1 << 18  # slots of the table that are looked at in one call: some milliseconds
DOUBTS_AT_ONCE = 128  # doubted states that are looked up, or compared, in one call
FAR_APART = 4096  # hashes in a run between two doubted ones: galloping would read a lot between
FAR_AT_ONCE = 32  # doubted states that are looked up in one call where they are so far apart
MERGED_AT_ONCE = 1 << 18  # states of runs that are merged in one call
FETCHED = 16  # slots whose states are fetched before they are hashed
FEW_PAIRS = 48  # pairs that are sorted by insertion

SPILLING_CONSTANTS = {
    name: value
    for name, value in dict(globals()).items()
    if name.isupper() and isinstance(value, int)
}
"""All of them, for the compiler."""
