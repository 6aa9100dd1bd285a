"""Where the numbers lie that Python and compiled runs share.

A runner is an array of 64-bit numbers, one for each thread. Here are the places in it, in bytes,
and those in what it points at: clocks, and a run.
"""

from __future__ import annotations

__all__ = ["CONSTANTS"]

# --- a runner: the graph ------------------------------------------------------------------------

BEGINS = 0  # address of 64-bit numbers: where the transitions of each node begin
TARGETS = 8  # address of 32-bit numbers: nodes
STEPS = 16  # address of 32-bit numbers
OF_TRANSITION = 24  # address of 64-bit numbers: what each adds to the memory; 0: none does
FIRST = 32  # address of 64-bit numbers, by node: the memory of a run that begins there
FOUND = 40  # address of 64-bit numbers, by node: what is added to the memory ...
KEEP = 48  # address of 64-bit numbers, by node: ... after what is kept of it
SETTLED = 56  # address of what is settled at each node, as below
KINDS = 64  # address of 32-bit numbers, by node
KIND_COUNT = 72
MASKS = 80  # address of 64-bit numbers, by property: the memory that breaks it
PROPERTIES = 88  # how many
INITIAL = 96  # so many first nodes are initial ones
CLOCKS = 104  # address of the clocks of the steps
STEP_COUNT = 112
BEGINNINGS = 120  # address of the clocks of the instances: when they begin
INSTANCE_COUNT = 128
DISTANCES = 136  # address of 32-bit numbers, by node: how far off something is; 0: nobody asks

# --- a runner: what it does ---------------------------------------------------------------------

SEED = 144
NUMBER = 152  # of the run that is under way, or next ...
LAST = 160  # ... and the one before which to end
BUDGET = 168  # steps that may be taken in this call
UNDER_WAY = 176  # 1 in the middle of a run
RUN = 184  # address of the run that is under way
SCRATCH = 192  # address of 16 bytes for each step: a stamp, and WAYS
READY = 200  # address of 64-bit numbers: the steps that are seen
TURNS = 208  # address of 64-bit numbers: a stamp for each instance
ACTORS = 216  # address of 64-bit numbers: the instances of which a step can come now
STAMP = 224
COUNTS = 232  # address of 64-bit numbers: by property, and then for all runs, by kind of ending
ALL_STEPS = 240  # of all runs
WORST_STEP = 248  # of a run that is lost, the last one
LOOK_AT = 256  # after so many steps a run is looked at ...
MOST_TIMELESS = 264  # ... or after so many without that time passes

# --- a runner: the trials of a level ------------------------------------------------------------

ENTRIES = 272  # address of runs, one after the other: where trials begin
ENTRY_COUNT = 280
REACHED = 288  # address of runs: where trials reached the level ...
REACHED_COUNT = 296  # ... how many did
LEVEL = 304  # the distance that is to be reached
RUN_SIZE = 312  # bytes
SOONEST = 320  # when the first of the steps that are seen is due
HOPELESS = 328  # the memory after which the level is reached, wherever that is
REACHED_ROOM = 336  # for how many runs there is room where they are kept
FIRST_LOOK = 344  # after so many steps each run is looked at first
RENEWALS = 352  # address of 64-bit numbers, by transition: addresses of the steps whose clocks it
# starts anew, behind how many they are, or 0; 0: none does
RUNNER_SIZE = 360

# --- what is settled at a node, by the bits of the memory that are set, and by those that are not

OPEN_IF_SET = 0  # it is not known what becomes of the run
OPEN_IF_CLEAR = 8
BROKEN_IF_SET = 16  # it breaks a property
BROKEN_IF_CLEAR = 24
NEVER_IF_SET = 32  # nor will it be known
NEVER_IF_CLEAR = 40
SETTLED_SIZE = 48
EVERY_BIT = 9223372036854775807

# --- a clock: of a step, or of when an instance begins ------------------------------------------

TIME = 0  # how it is drawn, as below
SHIFT = 8  # what is added: the fixed time, the lower end, the mean of a normal one
SCALE = 16  # the width, the mean of an exponential one, the deviation, or how many times there are
MASK = 24  # all bits of a number that is below the width
TIMES = 32  # address of 64-bit numbers
EVERY = 40  # 1: from when the same step came last
WEIGHT = 48
INSTANCE = 56  # whose it is
STARTS = 64  # address of 64-bit numbers: the instances whose clocks it starts anew ...
START_COUNT = 72  # ... how many
SINCE_POSSIBLE = 80  # 1: it starts when the step becomes possible
CLOCK_SIZE = 88

AT_ONCE = 0
FIXED = 1
UNIFORM = 2
EXPONENTIAL = 3
NORMAL = 4
LISTED = 5

# --- a run --------------------------------------------------------------------------------------

NODE = 0
MEMORY = 8
NOW = 16
DRAW = 24  # the state of its stream: see `explore.walks.draws`
STEPS_DONE = 32
TIMELESS = 40  # steps since time passed
VISIT = 48  # the number of the node that it is at, on its way
RUN_HEAD = 56  # then 16 bytes for each instance, and 16 for each step

BEGAN = 0  # of an instance: when its clocks began to run ...
TURN = 8  # ... and how often they did
DUE = 0  # of a step: when it comes ...
DRAWN = 8  # ... and the turn of its instance for which that was drawn; of EVERY: 1 once it came; of
# SINCE_POSSIBLE: one more than the last visit at which it was possible

WAYS = 8  # of a step, in the scratch: behind the stamp

# --- answers ------------------------------------------------------------------------------------

BUSY = 0
DONE = 1
LONG = 2  # a run has many steps ...
STANDSTILL = 3  # ... or no time passes any more ...
UNKNOWN = 4  # ... or it will never be known what becomes of it

GOES_ON = 0
ENDED = 1
ARRIVED = 2  # at the level
LOST = 3  # what is asked of a run does not become known

FAR = 4611686018427387904
"""No time is as late as this (2 ** 62) ..."""
LATE = 4539628424389459968
"""... and no run goes on after this (2 ** 56 before): until then, no time that is drawn comes so
far."""

CONSTANTS = {
    name: value
    for name, value in dict(globals()).items()
    if name.isupper() and isinstance(value, int)
}
"""All of them, for the compiler."""
