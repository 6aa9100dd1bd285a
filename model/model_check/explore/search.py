"""Exhaustive search of a spec: exact, and with a shortest trace to every state.

Whole states are compared. When a step needs more room than the layout gives, the layout
grows and the search starts over, so that what it returns was explored under one layout.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, get_args

from ..budget.spending import StopNow, telling
from ..errors import ModelCheckError, raise_if_callers
from ..language.records import dataclass
from ..language.source.diagnostics import SpecError
from ..language.tree.spec import Spec
from ..machine.core import Failure
from ..machine.make import make_program
from ..machine.python.program import Program
from ..machine.shapes import Layout
from .cores import cores
from .engine import Run, Task
from .limits import Limits, Progress
from .portable import PortableRun
from .reduction import NOTHING, Kind, Reducer, Reduction
from .space import Growth, Space

if TYPE_CHECKING:
    from .cluster.fleet import Cluster
    from .native.engine import NativeRun
    from .native.library import Library
    from .native.memory import Arena
    from .stored.checkpoint import Checkpoint

__all__ = [
    "DEFAULT_OPTIONS", "FORGET_FROM", "ORDER_FROM", "SYMMETRY_FROM", "Engine",
    "NativeUnavailableError", "Reduce", "SearchOptions", "cores", "explore", "native_here",
]  # fmt: skip

# Compiling costs as much as exploring some fifty thousand states in Python.
NATIVE_FROM = 30_000
# What a space gains by forgetting grows with it; a small one is shown and counted whole.
FORGET_FROM = 30_000
# Up to here, reasons are sought among all runs. Which instances are alike is found out in a
# fraction of a second ...
SYMMETRY_FROM = 200_000
# ... and what may wait, with many questions to z3, in half a second: a million states are
# explored in less.
ORDER_FROM = 300_000
Engine = Literal["auto", "python", "native"]
Reduce = Literal["auto", "none", "order", "symmetry"]


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """How to explore.

    `engine`: "auto" starts in Python and goes over to native code where a space is large enough,
    or takes long enough, to pay for compiling; the result is the same. `workers`: threads of
    native code (None: one a core); the result is the same with any number. `lean`: native code
    keeps a table of half the size, at some cost in time. `forget_from`: a space with at least this
    many states is explored without telling apart the values that no step reads any more (see
    `machine.passes`); None: never. `remember` False runs every step in every state, and keeps bits
    for what never changes: slower, and the oracle of the default. `reduce`: what may be left out
    where that makes no difference to what is asked ("auto": both kinds): of alike instances which
    is which in a space with at least `symmetry_from` states, and steps that can change places in
    one that has `order_from` still. `cluster`: many parts that search instead of one engine, once
    native code does; the result is the same with any number of them. `disk`: native
    code keeps its arrays in the directory of the checkpoint, and looks up there what there is no
    room for in memory; the table is never `lean`.
    """

    engine: Engine = "auto"
    workers: int | None = None
    lean: bool = False
    forget_from: int | None = FORGET_FROM
    remember: bool = True
    reduce: Reduce = "auto"
    symmetry_from: int = SYMMETRY_FROM
    order_from: int = ORDER_FROM
    cluster: Cluster | None = None
    disk: bool = False


DEFAULT_OPTIONS = SearchOptions()


def explore(
    spec: Spec,
    limits: Limits | None = None,
    progress: Progress | None = None,
    *,
    layout: Layout | None = None,
    options: SearchOptions = DEFAULT_OPTIONS,
    program: Program | None = None,
    reducer: Reducer | None = None,
    checkpoint: Checkpoint | None = None,
) -> Space:
    """Explore every state of a spec, under a layout that holds them all; `layout`: the one to
    start with, and `program` what `make_program` makes of the spec with it, where that is known.
    `reducer` finds what can be left out; None: nothing is. `checkpoint`: where the search is
    written down, and gone on with, if something is there.

    Raises SpecError where not even an initial state exists without a run-time error or a limit,
    NativeUnavailableError where "native" or the disk was asked for and cannot be, ValueError for an
    engine that there is not, StoredError where what is there cannot be gone on with, and StopNow
    where not even the initial states were found in time.
    """
    if options.engine not in get_args(Engine):
        known = ", ".join(sorted(get_args(Engine)))
        raise ValueError(f"no such engine: {options.engine} (there is {known})")
    search = _Searches(spec, limits or Limits(), progress, layout or Layout(), options, reducer)
    search.checkpoint = checkpoint
    if checkpoint is not None and checkpoint.kept is not None:
        search.layout = search.plan.restore(checkpoint.kept.plan)
    elif options.remember and not search.plan.forgets:
        search.made = program
    runs = search.runs()
    last = before = next(runs)
    try:
        for each in runs:
            before, last = last, each
    except StopNow as stop:
        if not last.has_begun and before.task is last.task:
            last = before  # it was to go on where this one has paused
        if not last.has_begun:
            raise
        last.stopped = stop.why
    if checkpoint is not None:
        checkpoint.finish(last)
    with telling():  # what was found would be lost
        return search.explored or last.space()


class NativeUnavailableError(ModelCheckError):
    """The native engine was asked for, and cannot run this spec here; the text says why."""


def native_here() -> None:
    """Raises NativeUnavailableError where nothing can be compiled."""
    if importlib.util.find_spec("llvmlite") is None:
        raise NativeUnavailableError("llvmlite is not installed")


class _Plan:
    """Which engine, with dead values forgotten or not, and with what left out: what is settled,
    and when the rest is."""

    def __init__(self, options: SearchOptions, *, reduces: bool) -> None:
        self.forgets = options.forget_from == 0
        self._forgets_at = None if self.forgets else options.forget_from
        thresholds: dict[Kind, int] = {
            "symmetry": options.symmetry_from, "order": options.order_from
        }  # fmt: skip
        self._reduces_at = {
            kind: at for kind, at in thresholds.items() if options.reduce in ("auto", kind)
        } if reduces else {}  # fmt: skip
        self.kinds = self._reached(0)
        """What is to be left out."""
        self.around = False
        """Whether something is known to go round in the reduced space."""
        self.native_at = {"auto": NATIVE_FROM, "native": 1, "python": None}[options.engine]
        """States from which on compiled code searches; None: never."""

    def _reached(self, states: int) -> frozenset[Kind]:
        """The kinds that are to be left out of a space with so many states; each is told once."""
        found = frozenset(kind for kind, at in self._reduces_at.items() if at <= states)
        self._reduces_at = {k: at for k, at in self._reduces_at.items() if k not in found}
        return found

    @property
    def settles_at(self) -> int | None:
        """States from which on something that is not settled yet is asked; None: all is."""
        forgets = () if self._forgets_at is None else (self._forgets_at,)
        return min((*forgets, *self._reduces_at.values()), default=None)

    @property
    def first_pause(self) -> int | None:
        return min((n for n in (self.native_at, self.settles_at) if n is not None), default=None)

    def settled(self, states: int) -> tuple[bool, frozenset[Kind]]:
        """Whether dead values are to be forgotten, and what is to be left out beside what is
        already, now that there are so many states."""
        forget = self._forgets_at is not None and states >= self._forgets_at
        self._forgets_at = None if forget else self._forgets_at
        return forget, self._reached(states)

    def told(self, layout: Layout) -> dict[str, Any]:
        """What is settled, and when the rest is, as JSON values, with the layout."""
        return {
            "capacities": dict(layout.capacities),
            "integers": {name: list(ends) for name, ends in layout.integers.items()},
            "forgets": self.forgets,
            "forgets_at": self._forgets_at,
            "kinds": sorted(self.kinds),
            "reduces_at": dict(self._reduces_at),
            "around": self.around,
        }

    def restore(self, told: Mapping[str, Any]) -> Layout:
        """Be what was told; the layout that was told with it."""
        self.forgets, self._forgets_at = told["forgets"], told["forgets_at"]
        self.kinds, self._reduces_at = frozenset(told["kinds"]), dict(told["reduces_at"])
        self.around = told["around"]
        integers = {name: (low, high) for name, (low, high) in told["integers"].items()}
        return Layout(told["capacities"], integers)

    def starts_over(self) -> None:
        """As large as the space is, compiled code may begin at once."""
        self.native_at = None if self.native_at is None else 1


class _Searches:
    """Carries a plan out: searches under one layout after the other."""

    def __init__(
        self,
        spec: Spec,
        limits: Limits,
        progress: Progress | None,
        layout: Layout,
        options: SearchOptions,
        reducer: Reducer | None,
    ) -> None:
        self.spec = spec
        self.options = options
        self.reducer = reducer
        self.plan = _Plan(options, reduces=reducer is not None)
        self.limits = limits
        self.progress = progress
        self.started = time.monotonic()
        self.layout = layout
        self.made: Program | None = None
        """The program of the next run, where somebody has made it: it was needed to settle the
        plan, or before."""
        self.found: Reduction | None = None
        """What can be left out of its search, where that was asked before."""
        self.explored: Space | None = None
        """What the last search found, where that was looked into: its graph has been made."""
        self.arena: Arena | None = None
        self.checkpoint: Checkpoint | None = None

    def runs(self) -> Iterator[Run]:
        """Each search before it is run; the last one has explored what there is."""
        run: Run | None = None
        while True:
            try:
                program = self.made or self._program(forget=self.plan.forgets)
            except SpecError as error:
                if run is None:
                    raise
                # There was room for what was explored, and there is none for what comes then.
                (wrong,) = error.diagnostics
                _end(run, f"{wrong.message} ({wrong.position})")
                return
            self.made = None
            run = self._begun(self._portable(program, self._reduction(program)))
            yield run
            failure = run.run()
            while run.paused and not self._starts_over(run):
                before, run = run, self._following(run)
                if run is not before:
                    self._told(run)
                    yield run
                failure = run.run()
            if run.paused:
                continue
            if failure is None:
                if not self._goes_round(run):
                    return
            elif not self._grows(run, failure):
                return

    def _begun(self, run: PortableRun) -> Run:
        """A search that is about to begin; or where it was, if something is kept of it."""
        kept = None if self.checkpoint is None else self.checkpoint.kept
        if self.checkpoint is None or kept is None or kept.counters is None:
            self._told(run)
            return run
        large = self.plan.native_at is not None and kept.counters.count >= self.plan.native_at
        found = self._compiled(run) if large else run
        found.pause = self.plan.first_pause if found is run else self.plan.settles_at
        self.checkpoint.restore(found, *_digests(run.task))
        return found

    def _told(self, run: Run) -> None:
        """Have what is written next be of this run."""
        if self.checkpoint is not None:
            self.checkpoint.begins(self.plan.told(self.layout), *_digests(run.task))

    def _reduction(self, program: Program) -> Reduction | None:
        """What is left out of the search of a program."""
        found, self.found = self.found, None
        return self._reduced(program, self.plan.kinds) if found is None else found

    def _reduced(self, program: Program, kinds: frozenset[Kind]) -> Reduction | None:
        """What these kinds leave out; None where nothing is asked."""
        if self.reducer is None or not kinds:
            return None
        return self.reducer(program, kinds, around=self.plan.around)

    def _goes_round(self, run: Run) -> bool:
        """Whether something goes round in a reduced space that is of use only where nothing does:
        then the search starts over, and leaves out less."""
        reduction = run.task.reduction
        if not reduction or not reduction.forward or run.stopped:
            return False
        space = run.space()
        self.plan.around = space.may_go_round if space.is_elsewhere else space.goes_round
        self.explored = None if self.plan.around else space
        return self.plan.around

    def _program(self, *, forget: bool) -> Program:
        return make_program(self.spec, self.layout, fold=self.options.remember, forget=forget)

    def _portable(self, program: Program, reduction: Reduction | None) -> PortableRun:
        task = Task(
            program, self.layout, self.limits, self.progress, self.started, reduction,
            self.checkpoint,
        )  # fmt: skip
        run = PortableRun(task, self.plan.first_pause, remember=self.options.remember)
        run.hurries = self.plan.native_at is not None
        return run

    def _starts_over(self, run: Run) -> bool:
        """Settle what depends on how large the space is, now that more is known of that; whether
        the search that has paused starts over for it."""
        if not run.is_between_levels:
            return False
        forget, more = self.plan.settled(len(run.parents))
        forgetting = self._program(forget=True) if forget else run.program
        forgets = forget and forgetting.forgetting is not None
        program = forgetting if forgets else run.program
        before = run.task.reduction or NOTHING
        kinds = self.plan.kinds | more
        found = self._reduced(program, kinds) if more or forgets else None
        if not forgets and (not found or found.kinds == before.kinds):
            return False
        self.made, self.found, self.plan.kinds = program, found, kinds
        self.plan.forgets |= forgets
        self.plan.starts_over()
        return True

    def _following(self, run: Run) -> Run:
        """What goes on where a search has paused: the search itself, or native code."""
        large = self.plan.native_at is not None and len(run.parents) >= self.plan.native_at
        if isinstance(run, PortableRun) and (run.slow or large):
            run = self._compiled(run)
        portable = isinstance(run, PortableRun)
        run.pause = self.plan.first_pause if portable else self.plan.settles_at
        return run

    def _compiled(self, portable: PortableRun) -> Run:
        """The same search in native code, from its start; where there can be none, and it was
        not asked for, the portable one goes on."""
        try:
            return self._native(portable.task)
        except NativeUnavailableError as error:
            if self.options.engine == "native" or self.options.disk:
                asked = "--disk" if self.options.disk else "--engine native"
                why = f"{error}: nothing was searched; leave out {asked}"
                raise NativeUnavailableError(why) from error
            # Nothing but Python here: do not ask again.
            self.plan.native_at = None
            portable.hurries = portable.slow = False
            portable.note = f"{error}: the search ran in Python"
            return portable

    def _native(self, task: Task) -> Run:
        """In the memory of the native run before, if there was one. Raises
        NativeUnavailableError."""
        native_here()
        from .native.engine import NativeRun
        from .native.library import FULL_SLOT, LEAN_SLOT, Library
        from .native.ranges import UncompilableError

        if self.checkpoint is not None:
            self.checkpoint.settle()  # of the memory that is used again
        try:
            on_disk = self.options.disk
            slot = LEAN_SLOT if self.options.lean and not on_disk else FULL_SLOT
            library = Library(
                task.program.machine, slot=slot, reduction=task.reduction or NOTHING, disk=on_disk
            )
            if self.options.cluster is not None:
                from .cluster.run import ClusterRun

                return ClusterRun(task, library, self.options.cluster, fold=self.options.remember)
            workers = self.options.workers or cores()
            run = (
                self._on_disk(task, library, workers)
                if on_disk
                else NativeRun(task, library, workers=workers, arena=self.arena)
            )
        except UncompilableError as error:
            raise NativeUnavailableError(f"this spec has {error}, too wide to compile") from error
        except OSError as error:
            raise_if_callers(error)
            raise NativeUnavailableError(f"the system gave no memory ({error})") from error
        self.arena = run.arena
        return run

    def _on_disk(self, task: Task, library: Library, workers: int) -> NativeRun:
        """A search in the directory of the checkpoint. Raises NativeUnavailableError, OSError."""
        from .native.disk.mapped import is_possible
        from .native.disk.run import DiskRun

        if self.checkpoint is None:
            raise ValueError("a search on disk needs a directory")
        if not is_possible():
            raise NativeUnavailableError("this system cannot reserve room in a file")
        directory = self.checkpoint.directory
        return DiskRun(task, library, directory, workers=workers, arena=self.arena)

    def _grows(self, run: Run, failure: Failure) -> bool:
        """Whether a larger layout may have room for what failed; where none has, the run ends."""
        if failure.kind == "limit":
            _end(run, failure.text)
            return False
        shown = run.repetition()
        if shown is not None:
            run.stopped = f"{failure.message} may grow without end"
            run.growth = Growth(failure.message, shown)
            return False
        self.layout = self.layout.for_failure(failure)
        return True


def _end(run: Run, limit: str) -> None:
    """A limit of this tool ends a run."""
    run.is_final = True
    run.stopped = limit
    run.growth = Growth("", run.number, limit)


def _digests(task: Task) -> tuple[str, str]:
    """What is searched, and what is left out, told from everything else."""
    from ..machine.python.source import source_of
    from .stored.subject import digest

    left_out = task.reduction or NOTHING
    symmetry = left_out.symmetry
    alike = None if symmetry is None else (symmetry.groups, symmetry.body)
    told = (left_out.order, alike, left_out.forward, left_out.why_not)
    return digest(source_of(task.program.machine)), digest(repr(told))
