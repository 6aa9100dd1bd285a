"""Holds a search whose older states lie on disk against one that has all of them in memory.

Its table has room for a few hundred states, so that nearly all are moved to disk, and its filter so
few blocks that many new states are doubted.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import inspect
import tempfile
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from types import ModuleType
from unittest.mock import patch

from model_check.budget.spending import StopNow
from model_check.explore.engine import Task
from model_check.explore.limits import Limits
from model_check.explore.native import batches, building, engine, library, places, table
from model_check.explore.native.disk import doubting, filtering, mapped, recalling, rooms, spilling
from model_check.explore.native.disk import places as s
from model_check.explore.native.disk import run as disk_run
from model_check.explore.native.disk.run import DiskRun
from model_check.explore.native.library import Kernel, Library
from model_check.explore.native.places import CONSTANTS
from model_check.explore.native.ranges import UncompilableError
from model_check.explore.native.restricted import definitions
from model_check.explore.search import SearchOptions
from model_check.explore.space import Space
from model_check.explore.stored.directory import Directory
from model_check.language import Spec, SpecError
from model_check.machine.make import make_program
from model_check.verify.checking import check_spec
from model_check.verify.judgement import Judgement
from model_check.verify.verdicts import judge

from .compare import LIMIT, Differing, SkippedError, list_of, skip_stopped, stops, where_unlike

__all__ = [
    "MISTAKES",
    "Explored",
    "alike_hashes",
    "disk_differences",
    "explored_on_disk",
    "planted",
]

WORKERS = (1, 2, 4)
FEW = Limits(max_states=10 * LIMIT, timeout=8)
HEAD = 16
SMALLEST_TABLE = 4
"""The logarithm of its slots."""
BLOCKS = 3
"""Of the filter: a thousand and some bits."""
SMALL = {"SOME": 8, "FEW_DOUBTS": 8}
SMALL_PIECES = {
    "SLOTS_AT_ONCE": 16,
    "MERGED_AT_ONCE": 16,
    "FEW_PAIRS": 4,
    "DOUBTS_AT_ONCE": 3,
    "FAR_APART": 2,
}
"""Numbers of the kernel that are larger in use."""
NO_MEMORY = 1
"""Bytes that a process may have whose rooms are to be files, given back again and again."""
MANY = 5
ARRAYS = (
    "states", "parents", "terminal", "levels", "errors", "transitions", "expanded", "initial",
    "outside", "left_out",
)  # fmt: skip


@dataclass(frozen=True)
class Explored:
    """What a search on disk found, how many runs it had, how many states it doubted, and how many
    of these it took out."""

    space: Space
    runs: int
    doubted: int
    taken_out: int


@functools.lru_cache(maxsize=32)
def _small_kernel(words: int, slot: int, disk: bool) -> Kernel:
    """A kernel that does everything a few states at a time."""
    with patch.dict(CONSTANTS, SMALL), patch.dict(s.SPILLING_CONSTANTS, SMALL_PIECES):
        return Kernel(words, slot, disk=disk)


@contextmanager
def _small() -> Iterator[None]:
    """Threads share what is not worth it, tables are small, and a window is worth moving when it is
    hardly full."""
    with (
        patch.object(library, "_kernel", _small_kernel),
        patch.multiple(places, **SMALL),
        patch.multiple(engine, WIDE=2, LONG=0, FIRST_TABLE=SMALLEST_TABLE),
        patch.object(batches, "EACH", 3),
        patch.multiple(library, FEW_ROWS=50),
        patch.multiple(rooms, SMALL=0),
        patch.multiple(
            disk_run, KEPT=0.2, WORTH=0.01, LEAST_BATCHES=2, SMALLEST_TABLE=SMALLEST_TABLE
        ),
    ):
        yield


@contextmanager
def explored_on_disk(task: Task, workers: int) -> Iterator[Explored]:
    """What a search on disk finds that moves all it can there; its memory is given back
    afterwards. Raises SkippedError."""
    with _small(), tempfile.TemporaryDirectory() as folder:
        try:
            made = Library(task.program.machine, disk=True)
        except UncompilableError:
            raise SkippedError from None
        largest = batches.Batches(made, workers).largest
        shares = disk_run.shares_of(0, 8 * made.words, largest)._replace(blocks=BLOCKS)
        with Directory.of(folder) as directory:
            run = DiskRun(task, made, directory, workers=workers, shares=shares)
            with contextlib.closing(run.arena):
                run.rooms = rooms.FileRooms(directory.path, NO_MEMORY)
                failure = run.run()
                assert failure is None, failure
                book = run._doubts.book
                runs, doubted, taken_out = run.runs, book[s.LOOKED_UP], book[s.TAKEN_OUT]
                yield Explored(run.space(), runs, doubted, taken_out)


def disk_differences(
    spec: Spec, workers: Sequence[int] = WORKERS, limits: Limits = FEW
) -> Differing:
    """What a search on disk sees otherwise than the plain one, with any number of threads. Raises
    SkippedError where the plain one does not end within `limits`, and NoMachineError."""
    try:
        options = SearchOptions(engine="python", forget_from=None)
        with limits.guarded() as guarded:
            space, judgement = check_spec(spec, guarded, options=options)
    except (SpecError, StopNow):
        raise SkippedError from None
    skip_stopped(space.stopped, judgement.stopped)
    task = Task(make_program(spec, space.layout), space.layout, Limits(), None, 0.0)
    judgement = judge(space)
    found: list[str] = []
    kinds: tuple[str, ...] = ()
    for threads in workers:
        with explored_on_disk(task, threads) as explored:
            found += [*_unlike(space, judgement, explored.space, f"on disk with {threads} threads")]
        kinds = _kinds(explored)
    return Differing(found, kinds)


def _kinds(explored: Explored) -> tuple[str, ...]:
    kinds = [f"{explored.runs} runs" if explored.runs < MANY else "many runs"]
    kinds += ["doubted states that were new"] * (explored.doubted > explored.taken_out)
    kinds += ["doubted states that were old"] * (explored.taken_out > 0)
    return tuple(kinds)


def _unlike(plain: Space, judgement: Judgement, other: Space, which: str) -> Iterator[str]:
    stopped = stops(other, f"the search {which}", len(plain.states))
    yield from stopped
    if stopped:
        return
    for name in ARRAYS:
        mine, theirs = list_of(getattr(plain, name)), list_of(getattr(other, name))
        if mine != theirs:
            yield f"the search {which} has other {name}: {where_unlike(mine, theirs)}"
            return  # all that follows is wrong then
    if not _finds(other, plain.states):
        yield f"the search {which} does not find its states"
        return  # and what they lead to
    if other.goes_forward and plain.goes_round:
        yield f"the search {which} says that nothing goes round"
    if _rows_of(plain) != _rows_of(other):
        yield f"the search {which} has other transitions"
        return
    told = judge(other)
    if judgement.lassos != told.lassos:
        yield f"runs that go round {which} are others"
    for one, two in zip(judgement.results, told.results, strict=True):
        if one != two:
            yield f"{one.name}: {one.verdict} in memory, {two.verdict} {which}, or another trace"


def _rows_of(space: Space) -> tuple[list[int], ...]:
    graph = space.graph
    return list(graph.begins), list(graph.targets), list(graph.steps)


def _finds(space: Space, states: Sequence[int]) -> bool:
    """Whether a space finds each state by its number."""
    try:
        return [space.index[state] for state in states] == list(range(len(states)))
    except KeyError:
        return False


Planted = AbstractContextManager[None]
"""What is done while a mistake is made."""


# --- mistakes ------------------------------------------------------------------------------------


@contextmanager
def planted(module: ModuleType, name: str, right: str, wrong: str) -> Iterator[None]:
    """Have a function of the kernel be another one, until this is left."""
    text = textwrap.dedent(inspect.getsource(getattr(module, name)))
    assert text.count(right) == 1, f"{right!r} is in {name} {text.count(right)} times"
    (other,) = ast.parse(text.replace(right, wrong)).body
    with contextlib.ExitStack() as stack:
        stack.enter_context(patch.dict(definitions(module), {name: other}))
        _small_kernel.cache_clear()
        stack.callback(_small_kernel.cache_clear)
        yield


@contextmanager
def alike_hashes() -> Iterator[None]:
    """Have only so many hashes that many states have the same."""
    right = "h ^ logical(h, 29)"
    with planted(table, "hash_of", right, f"({right}) & -72057594037927936"):
        yield


@contextmanager
def _with_alike_hashes(mistake: Planted) -> Iterator[None]:
    with alike_hashes(), mistake:
        yield


def _in(module: ModuleType, name: str, right: str, wrong: str) -> Callable[..., Planted]:
    return lambda: planted(module, name, right, wrong)


class _Forgetful(mapped.MappedFile):
    """A file whose first numbers are not there any more once its memory was given back."""

    def drop(self, start: int = 0, end: int | None = None) -> None:
        self.map[:HEAD] = bytes(min(HEAD, self.size))


MISTAKES: Mapping[str, Callable[[], Planted]] = {
    "an old state is not taken out": _in(doubting, "compare_some", "number + 1)", "0)"),
    "a state is taken out that is new": _in(
        doubting, "gather", "store32(old + j * 4, 0)", "store32(old + j * 4, 1)"
    ),
    "the last run is not searched": _in(
        doubting, "resolve", "while run < load", "while run + 1 < load"
    ),
    "the filter forgets": _in(filtering, "see", "range(0, 36, 9)", "range(0, 27, 9)"),
    "a number is not shifted": _in(doubting, "remove", "enter(table, slot, h, to)", "0"),
    "a state is not moved": _in(
        doubting, "remove", "copy(states + j * SIZE, states + to * SIZE)", "0"
    ),
    "a parent is not moved": _in(
        doubting, "remove", "store32(parents + to * 4, load32(parents + j * 4))", "0"
    ),
    "what leads back is not noted": _in(doubting, "remove", "(known < frontier)", "0"),
    "hashes are ordered as they are signed": _in(spilling, "spill_slot", "h ^ SIGN", "h"),
    "what goes round the end of the table is not spilled": _in(
        spilling, "spill", "while entry_at(table, slot) != 0", "while 0"
    ),
    "a run is put in the wrong order": _in(
        spilling, "put_in_order", "before > key", "before < key"
    ),
    "runs are merged from the wrong end": _in(
        spilling, "merge", "key < least_key", "key > least_key"
    ),
    "a search in a run goes too far": _in(
        recalling, "first_from", "low = probe + 1", "low = probe + 2"
    ),
    "a search beside a place does not go back": _in(
        recalling, "first_near", "while reaches(hashes, low, key)", "while 0"
    ),
    "a search beside a place goes too far": _in(
        recalling, "first_between", "low = middle + 1", "low = middle + 2"
    ),
    "a run is searched from where the last one was left": _in(
        doubting,
        "look_up",
        "store(book + NEXT_DOUBT, 0)\n        store(book + RUN_AT, 0)",
        "store(book + NEXT_DOUBT, 0)",
    ),
    "some doubted states are passed over": _in(
        doubting, "look_up", "store(book + NEXT_DOUBT, j)", "store(book + NEXT_DOUBT, count)"
    ),
    "some of what was found is not compared": _in(
        doubting, "compare_some", "store(book + COMPARED, j)", "store(book + COMPARED, j + 1)"
    ),
    "a state on disk is taken for the first one": _in(
        building, "look_up", "number = spilled(context, state, h)", "number = 0"
    ),
    "what is given back is lost": lambda: patch.object(rooms, "MappedFile", _Forgetful),
    "hashes alone are compared": lambda: _with_alike_hashes(
        planted(doubting, "compare_some", "differ(states + number * SIZE, state)", "0")
    ),
    "the window begins too late": _in(
        table, "rehash", "number = load(context + WINDOW)", "number = load(context + WINDOW) + 1"
    ),
}
"""Mistakes in the kernel of a search on disk, each to be noticed by what it finds."""
