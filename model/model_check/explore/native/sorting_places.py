"""Where the numbers lie that Python and what sorts states into classes share, in bytes.

`task` is an array of 64-bit numbers, one for each time that states are sorted.
"""

from __future__ import annotations

__all__ = ["SORTING_CONSTANTS"]

POSITION = 0  # the place that comes next
LAST = 8  # the place after the last
SORTED = 16  # address of the states
NUMBERS = 24  # address of 32-bit numbers: which states; 0: their places are their numbers
MASK = 32  # address of a state: the bits by which they are told apart
SLOTS = 40  # address of the table: 32 bits of a hash, and a class + 1; 0: free
SLOT_SHIFT = 48  # 64 - log2 of the table's size
ROOM_FOR = 56  # classes that there is room for in the table
CLASSES = 64  # classes so far
PLACES = 72  # address of 32-bit numbers of classes: the place of the first state
COUNTS = 80  # address of 32-bit numbers of classes: how many states
CLASS_OF = 88  # address of 32-bit numbers of places: the class
WANTED = 96  # address of 8-bit flags of classes
CHOSEN = 104  # address of 32-bit numbers: the states of classes that are wanted
CHOSEN_COUNT = 112
SORTING_SIZE = 120

AT_ONCE = 1 << 17  # states that are looked at in one call: some milliseconds
GOES_ON = 0
ALL_SORTED = 1
TOO_SMALL = 2  # a larger table is needed

SORTING_CONSTANTS = {
    name: value
    for name, value in dict(globals()).items()
    if name.isupper() and isinstance(value, int)
}
"""All of them, for the compiler."""
