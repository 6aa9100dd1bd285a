"""Where the numbers lie that Python and compiled walks share.

`walker` is an array of 64-bit numbers, one for each thread. Here are the places in it, in bytes.
"""

from __future__ import annotations

from .. import places as k

__all__ = ["WALKING_CONSTANTS"]

# --- a walker -----------------------------------------------------------------------------------

WRONG = 0  # the code of the first run-time error of the steps of a state; 0: none ...
LACKS = WRONG + k.LACKING - k.FAILED  # ... and of their first failure for want of room, or a limit
ROOM_FOR = WRONG + k.MOST - k.FAILED  # successors of one state that there is room for
HERE = 64  # address of the state
WAYS = 72  # address of its successors
TAKES = 80  # address of 32-bit numbers: the steps that lead there
BEGINNINGS = 88  # address of the initial states
BEGINNING_COUNT = 96
SEED = 104
WALK = 112  # the number of the walk ...
WALKS = 120  # ... and the one before which to end
DRAW = 128  # the state of its stream: see `walks.draws`
STEPS_DONE = 136  # its steps so far ...
DEPTH = 144  # ... and how many it may have
ON_THE_WAY = 152  # 1 in the middle of a walk
RATE = 160  # how often something goes wrong
KNOWN = 168  # the events of the walk, as bits
BUDGET = 176  # states that may be looked into in this call
MARKS_OF = 184  # address of 8-bit numbers of steps: FAULT, OWED
COUNTS_OF = 192  # address of 64-bit numbers: how often each step was taken
SKETCH_AT = 200  # address of 8-bit numbers: see `walks.sketch`
NEAR = 208  # address of 64-bit keys, KEPT for each event: see `walks.tally` ...
SEEN = 216  # address of 64-bit numbers: on how many walks each event was
ENDED = 224  # address of 64-bit numbers: how many walks ended so
WRONG_CODES = 232  # address of 8-bit flags of failures
ALL_STEPS = 240  # of all walks
LONGEST = 248
EARLY = 256  # ... and of others
BEGUN = 264  # walks that were
WALKER_SIZE = 272

# --- marks of steps -----------------------------------------------------------------------------

FAULT = 1
OWED = 2  # some fair run has to take it

WALKING_CONSTANTS = {
    name: value
    for name, value in dict(globals()).items()
    if name.isupper() and isinstance(value, int)
}
"""All of them, for the compiler."""
