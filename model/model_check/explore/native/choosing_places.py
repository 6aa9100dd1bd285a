"""Where the numbers lie that Python and the choosing of steps share.

`chooser` is an array of 64-bit numbers, one for each batch; `tables` another, one for a search.
Here are the places in them, in bytes. An instance has classes 0, 1 ...; `first[i]` plus the class
is its number among the classes of all.
"""

from __future__ import annotations

__all__ = ["CHOOSING_CONSTANTS"]

# --- the tables ---------------------------------------------------------------------------------

INSTANCES = 0  # how many process instances there are
OWNERS = 8  # address of 8-bit numbers: the instance of each step
FAULTY = 16  # address of 8-bit flags of steps: it is a fault
KEYS = 24  # address of 8-bit numbers: the classes of all local states, instance by instance
FIRST = 32  # address of 64-bit numbers: where the classes of each instance begin
MOVES_BEGIN = 40  # address of 64-bit numbers: where the moves of each class begin
MOVE_STEPS = 48  # address of 64-bit numbers: the step of each move
MOVE_LOWERS = 56  # address of 64-bit numbers: the goals that it may lower
ASKED = 64  # address of 64-bit sets of classes: of each move its enablers, then its conflicts
RAISES = 72  # address of 64-bit numbers: the goals that each class can still raise
INSISTS = 80  # the goals whose raisers are always looked at
TABLES_SIZE = 88

# --- a chooser ----------------------------------------------------------------------------------

CHOOSER_TABLES = 0  # address of the tables
CHOOSER_STEPS = 8  # address of 32-bit numbers: the steps of a state's successors
CLASSES = 16  # address of 64-bit numbers: the class of each instance
COSTS = 24  # address of 64-bit numbers: the successors by each instance
NEEDS = 32  # address of 64-bit sets: who must be looked at with each instance; -1: not known yet
CAN_BE_TAKEN = 40  # address of 8-bit flags of steps
CHOOSER_SIZE = 48

CHOOSING_CONSTANTS = {
    name: value
    for name, value in dict(globals()).items()
    if name.isupper() and isinstance(value, int)
}
"""All of them, for the compiler of the kernel."""
