"""Where the numbers lie that Python and the kernel share.

`context` is an array of 64-bit numbers, one for a search; `batch` another, one for each chunk
of states that is expanded. Here are the places in them, in bytes, and the kernel's other
numbers.
"""

from __future__ import annotations

__all__ = ["CONSTANTS"]

# --- the context --------------------------------------------------------------------------------

STATES = 0  # address of the states
PARENTS = 8  # address of 32-bit numbers: from which state each was first reached
TABLE = 16  # address of the table
SHIFT = 24  # 64 - log2 of the table's size
COUNT = 32  # states found
NEXT = 40  # the next state to expand
TRANSITIONS = 48
STOP = 56  # expand the states below this number
ROOM = 64  # states that there is room for (array and table)
TERMINAL = 72  # address of 32-bit numbers: states without successors
TERMINALS = 80  # how many
ERRORS = 88  # address of 32-bit numbers: states that run into a run-time error
ERROR_COUNT = 96
LEVELS = 104  # address of 32-bit numbers: where each level begins
LEVEL_COUNT = 112
LEVEL_END = 120  # where the next level begins
WIDE = 128  # give a level of this many states back to Python, which shares it out
BATCHES = 136  # address of the batches: the first for `run`, the others in turn for `work`
RING = 144  # how many batches `work` uses
CLAIMED = 152  # chunks that threads have begun
TURN = 160  # chunks that are inserted
LOCK = 168  # 1 while a thread inserts
ANSWER = 176
BASE = 184  # the first state of chunk 0
EACH = 192  # states of a chunk
LACKED = 200  # the code of the failure for want of room that ended the search
EXPAND = 208  # address of the machine's `expand`
BACKWARD = 216  # 1 if a transition leads to a state with no larger number
LEFT_OUT = 224  # transitions that were not followed

# Of a search whose older states lie on disk (see `disk.doubting`):
WINDOW = 232  # the first state that the table holds; of those before, it knows some
RECALLED = 240  # how many of those before
FILTER = 248  # address of the filter that knows those before
BLOCKS = 256  # its blocks
DOUBTS = 264  # address of 32-bit numbers: new states that may be old ones, ascending
DOUBTED = 272  # how many
DOUBT_ROOM = 280
RUNS = 288  # address of the runs: see `disk.places`
RUN_COUNT = 296
BOOK = 304  # address of what is needed to look doubted states up: see `disk.places`
RESOLVED = 312  # doubted states that were looked up without asking Python since it was asked
CONTEXT_SIZE = 320

# --- a batch ------------------------------------------------------------------------------------

FROM = 0  # the batch's first state
AT = 8  # the one to expand next, or the one whose step has no room
END = 16  # the state after its last
OUT = 24  # address of the successors
SOURCES = 32  # address of the numbers of the states they come from
HASHES = 40
FILLED = 48  # how many successors there are
MADE = 56  # transitions
ENDS = 64  # address of 32-bit numbers: states without successors
END_COUNT = 72
BAD = 80  # address of 32-bit numbers: states that run into a run-time error
BAD_COUNT = 88
FAILED = 96  # the code of a run-time error of the state AT; 0: none
LACKING = 104  # the code of its first failure for want of room (`successors` has it follow)
ORDINARY = 112  # how many successors no fault has made; told where there are faults
READY = 120  # the number of the chunk + 1, once it can be inserted
WENT_BACK = 128  # 1 if one of its transitions leads to a state with no larger number
CHOOSER = 136  # address of its chooser: see `choosing_places`; 0 where nothing is left out
DROPPED = 144  # transitions that were not followed
MOST = 152  # successors of one state that there is room for
BATCH_SIZE = 160

# --- a batch that makes rows of transitions: more of it ----------------------------------------

STEPS = 160  # address of 32-bit numbers: the steps that lead to the successors
COUNTS = 168  # address of 32-bit numbers: how many successors each state has
FRESH = 176  # the state that was found next
LABEL = 184  # address of the machine's `label`
ROW_AT = 192  # the next state
ROW_LAST = 200  # the state after the last
ROW_BEGINS = 208  # address of 64-bit numbers
ROW_TARGETS = 216  # address of 32-bit numbers
ROW_KINDS = 224  # address of wide numbers: see `wide`
ROW_WIDTH = 232
ROW_BATCH_SIZE = 240

# --- sizes --------------------------------------------------------------------------------------

SOME = 64  # successors that are looked up together
AHEAD = 8  # successors whose slots are fetched before they are looked up
SOURCES_AT_ONCE = 4096  # states of a batch of `run` at the most: few may have successors
ROWS_AT_ONCE = 4096  # states whose rows are made in one call, at the most ...
MADE_AT_ONCE = 1 << 17  # ... and transitions, about: some ten milliseconds
FEW_DOUBTS = (
    16  # doubted states that are looked up without asking Python: each reads some of the files
)
SPINS = 2000  # tries to go on before a thread lets others run

# --- answers ------------------------------------------------------------------------------------

DONE = 0
NO_ROOM = 1
FAILURE = 2
BUSY = 3
HALTED = 4
IN_DOUBT = 5  # the level is expanded, and many of its new states are doubted

NO_SUCCESSOR_ROOM = -1  # in the place of a failure's code: a state has more successors than MOST

# --- hashing ------------------------------------------------------------------------------------

MULTIPLIER = -7046029254386353131  # 2**64 divided by the golden ratio: Knuth, TAOCP 6.4
SECOND = -4417276706812531889  # an odd number of murmur3's finalizer family

CONSTANTS = {
    name: value
    for name, value in dict(globals()).items()
    if name.isupper() and isinstance(value, int)
}
"""All of them, for the compiler of the kernel."""
