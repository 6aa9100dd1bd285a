"""Where the numbers lie that Python and the kernel of one part of many share: see `parts`.

`part` is an array of 64-bit numbers, beside the `context` and the batches of `places`. A box is
three of them; the heap has two for each box that is not used up. Here are the places, in bytes.
"""

from __future__ import annotations

__all__ = ["PART_CONSTANTS"]

# --- a part -------------------------------------------------------------------------------------

CONTEXT_AT = 0  # address of the context
NUMBERS = 8  # address of 64-bit numbers: the number of each state among all, or the key by which
#              it was found, where it has no number yet
ORIGINS = 16  # address of 64-bit numbers: the number of the state from which each was first reached
NUMBERED = 24  # states that have a number
OWNERS = 32  # how many parts there are
BOXES = 40  # address of the boxes that are filled: one for each part
SOURCES_END = 48  # expand the states below this one
PENDING = 56  # 1 while a batch has successors that are in no box yet
ROUTED = 64  # the first of them
SOURCE = 72  # whose successors come just now ...
SOURCE_BEGAN = 80  # ... and where in the batch they begin
HEAP = 88  # address of the heap: the next key of a box, and the address of that box
HEAP_COUNT = 96
PICKED = 104  # address of 64-bit numbers: the addresses of the records that come next
BASE = 112  # the number from which on the sources of keys are counted
RECENT = 120  # address of RECENT_SLOTS slots that find what is in the boxes already: the lower half
#               of a state's hash, its lowest bit set, and where its record begins in its box
PART_SIZE = 128

# --- a box --------------------------------------------------------------------------------------

BOX_AT = 0  # address of the next record to be written, or read
BOX_END = 8  # where there is no more
BOX_RANKS = 16  # address of 32-bit numbers: where the next rank is written
BOX_BEGIN = 24  # address of the first record
BOX_SIZE = 32

# --- numbers ------------------------------------------------------------------------------------

SOURCE_BITS = 27  # of a key, the upper ones: the number of its source, from BASE on
PLACE_BITS = 20  # the next ones: a successor's place among those of its source
LATER_BITS = 16  # the lower ones: how many numbers later the last source is that has it again
SOURCE_AT = 36
LATER_MASK = 65535
KEY_SIZE = 8
RECENT_BITS = 14
RECENT_AT = 50  # the upper bits of a hash choose a slot
FARTHEST = 4294967296  # a record that begins so many bytes behind the first is in no slot
HEAP_ENTRY = 16
LOWER_HALF = 4294967295
LARGEST = 9223372036854775807

# --- answers ------------------------------------------------------------------------------------

BOX_FULL = 5

PART_CONSTANTS = {
    name: value
    for name, value in dict(globals()).items()
    if name.isupper() and isinstance(value, int)
}
"""All of them, for the compiler of the kernel."""
