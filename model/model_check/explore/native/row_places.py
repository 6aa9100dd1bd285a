"""Where the numbers lie that Python and the compiled answers about rows share.

`rows` is an array of 64-bit numbers that says where some rows of transitions lie, `task` another,
one for each thing that is asked. Here are the places in them, in bytes. "Wide" numbers have 1, 2,
4 or 8 bytes each, as many as the task says.
"""

from __future__ import annotations

__all__ = ["ROW_CONSTANTS"]

# --- rows -------------------------------------------------------------------------------------

BEGINS = 0  # address of 64-bit numbers: where each node's transitions begin
TARGETS = 8  # address of 32-bit numbers
KINDS = 16  # address of wide numbers
KIND_WIDTH = 24
NODES = 32  # how many nodes there are
ROWS_SIZE = 40

# --- a task -----------------------------------------------------------------------------------

POSITION = 0  # what comes next, in the order that the work is done
LAST = 8  # where it ends
RESULT = 16  # address of what is found
COUNT_FOUND = 24
KEEP = 32  # address of 8-bit flags of nodes; 0: all are kept
OF = 40  # address of 32-bit numbers of nodes: their components
ORDER = 48  # address of 32-bit numbers: nodes in some order; 0: in that of their numbers
MARKS = 56  # address of wide numbers: the marks of nodes
MARK_WIDTH = 64
OF_STEP = 72  # address of 64-bit numbers: the marks of the kinds of transitions
LETTERS = 80  # address of wide numbers: the letters of states
LETTER_WIDTH = 88
READINGS = 96  # address of triples of 64-bit numbers: wanted bits, place, marks
READING_COUNT = 104
FLAGS = 112  # address of 8-bit flags of components, of nodes or of states
MISSED = 120  # addresses of wide numbers, of components: the marks that some node has not,
SOMETIMES = 128  # that some node has,
TAKEN = 136  # that some transition within has
WEAK = 144
STRONG = 152
ACCEPTANCE = 160
FAIR_COUNT = 168
AGAIN_COUNT = 176
MOST = 184  # so many at the most

# The way of a depth-first search: it goes on where it was left.
OFFSETS = 192  # address of 32-bit numbers: how far each node on the way is
DEPTH = 200  # nodes on the way, below the one that is looked at
NODE = 208  # the one that is looked at
AT_PLACE = 216  # the place of its next transition
LOWEST = 224
MINE_IS_LEAST = 232  # 1 if nothing above it on the way can be reached from it
LOOPS = 240  # 1 if it has a transition to itself
INDEX = 248
STACKED = 256  # where the stack of nodes without a component begins
COMPONENTS = 264

# A search in the order of distance.
ASKED = 280  # nodes that were asked whether they are roots
ASKING_UP_TO = 288
QUEUED = 296
LEVEL_STOP = 304  # where the level ends in the order
LASTS = 312  # address of 64-bit numbers: where each level's roots end
LAST_COUNT = 320
LEVELS_AT = 328  # address of 64-bit numbers: where each level begins in the order
LEVELS_BEGUN = 336

# Pairs of a state and a place.
STATE_OF = 344  # address of 32-bit numbers
PLACE_OF = 352  # address of 32-bit numbers; 0: all have place 0
NUMBERS = 360  # address of 32-bit numbers: number + 1 of the pair of a state and a place
PLACES = 368  # how many places there are
FIRST_READINGS = 376  # address of 64-bit numbers: where each place's readings begin
STEP_KINDS = 384  # how many kinds of steps there are
FORMER = 392  # address of 32-bit numbers: from which pair each was found first
NEW_TARGETS = 400
NEW_KINDS = 408
NEW_WIDTH = 416
NEW_BEGINS = 424
MADE_SO_FAR = 432

# A way within a component.
INSIDE = 440  # the component
AIM_TAKEN = 448  # marks, see `Aim`
AIM_HAS = 456
AIM_LACKS = 464
AIM_NODE = 472
LAST_SOURCE = 480  # where the transition that was aimed at begins

# The shortest way on which steps change hands least.
LEVEL = 488  # that of the node that is looked at, or of the last one that was put on the way
WAYS = 496  # address of what is known of each node that counts: see `handing`
WAY_WORDS = 504  # 64-bit words of a set of owners
OWNERS = 512  # how many there are
OWNER = 520  # whose step comes next on the way back; OWNERS: anybody's
COST = 528  # changes up to there

PAIRS = 536  # address of 64-bit numbers: the nodes before and after some transitions
TASK_SIZE = 544

# --- values -----------------------------------------------------------------------------------

PIECE = 1 << 18  # transitions, or nodes, that are looked at in one call: some ten milliseconds
FEW = 4096  # pairs of a place and a letter that are told apart
FAR = 1 << 40  # more changes of hands than there are steps
IS_FAIR = 1
IS_AGAIN = 2
UNSEEN = (1 << 32) - 1  # of the parent of a node that is not reached
LEFT_OUT = (1 << 32) - 2
ALONE = (1 << 32) - 2  # instead of a component: it goes round in none
TOP = (1 << 32) - 3  # components are numbered downwards from here while they are found
AHEAD_ROWS = 8  # nodes whose rows are fetched before they are looked at
LEAST_BIT = 1 << 31  # of an offset on the way: MINE_IS_LEAST
LOOP_BIT = 1 << 30
OFFSET_MASK = (1 << 30) - 1

ROW_CONSTANTS = {
    name: value
    for name, value in dict(globals()).items()
    if name.isupper() and isinstance(value, int)
}
"""All of them, for the compiler."""
