"""What can be asked for: the options of each command, which Python takes by the same names."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ..explore.limits import Limits

if TYPE_CHECKING:
    from ..explore.search import Engine, Reduce

__all__ = [
    "DEPTH", "POINTS", "PRECISION", "RUNS", "AdviceOptions", "Amount", "CheckOptions",
    "CompareOptions", "LikelihoodOptions", "SpecOptions", "chosen",
]  # fmt: skip

Value = int | bool | str
EVERY = 60.0
"""Seconds between two checkpoints."""
TWO_DIRECTORIES = (
    "a search goes on in the directory in which it was written down: name the same one for"
    " checkpoint, disk and resume, or one of them alone"
)
Amount = int | str | bool
"""Of a simulation: a number of walks, or a time as it is written (`30s`); True: as long as there is
time; False: no simulation."""
PRECISION = 0.005
"""To either side of the share of runs that go wrong, where nothing else is said: half a percent."""
RUNS = 1_000_000
"""Runs that are simulated at most, where nothing else is said."""
POINTS = 20
"""Times of a sweep, where nothing else is said."""
DEPTH = 1_000
"""Steps that a walk has at most, where nothing else is said."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SpecOptions:
    """How a spec is read.

    constants: values instead of the spec's own, as `--set`. allow_outside: the spec may name files
    outside of its repository (or, where there is none, its folder) under `extends` and `kinds`.
    faults: False leaves out all that the spec says may go wrong, as `--no-faults`.
    """

    constants: Mapping[str, Value] = field(default_factory=dict)
    allow_outside: bool = False
    faults: bool = True

    @property
    def overrides(self) -> dict[str, str]:
        """The constants as they are written."""
        return {name: str(value) for name, value in self.constants.items()}

    def command(self, *words: Path | str, after: Sequence[str] = ()) -> str:
        """The command line that does the same again: `words`, the constants, whether nothing is to
        go wrong, and `after`."""
        sets = [w for name, text in self.overrides.items() for w in ("--set", f"{name}={text}")]
        sets += [] if self.faults else ["--no-faults"]
        return shlex.join(["model-check", *(os.fspath(word) for word in words), *sets, *after])

    @property
    def outside(self) -> tuple[str, ...]:
        """The word that allows files outside, where that is allowed."""
        return ("--allow-outside",) if self.allow_outside else ()


@dataclass(frozen=True, kw_only=True, eq=False)
class LimitOptions(SpecOptions):
    """Where a search ends.

    max_states, max_memory (bytes of the process), timeout (seconds of all that is done): what is
    not decided by then is undetermined.
    """

    max_states: int | None = None
    max_memory: int | None = None
    timeout: float | None = None

    @property
    def limits(self) -> Limits:
        """The same as limits of one search."""
        return Limits(self.max_states, self.max_memory, self.timeout)


@dataclass(frozen=True, kw_only=True, eq=False)
class CheckOptions(LimitOptions):
    """The options of `check`, beside those of a search.

    first_violation: stop soon after the first violation is found, and judge by what was explored
    until then. reason: ask z3 why a violation happens. bounded: let z3 judge every verdict a
    second time; one that it contradicts is undetermined. all_traces: a trace to every different
    ending. engine: "auto" starts in Python and moves to native code when that pays; "python" and
    "native" insist. workers: threads of native code, one a core by default. lean: a table of
    states of half the size, somewhat slower. keep_dead: tell states apart by values that no step
    reads any more also in a large space. reduce: what may be left out of a large space where it
    makes no difference to what is asked: "auto" both steps that can change places ("order") and
    which of several alike instances is which ("symmetry"), each by itself in any space, or
    "none". cluster: search in many parts on Ray, once the space is large ("auto": where RAY_ADDRESS
    says, else on this machine alone; or an address); `workers` is how many then, one for each core
    that is free by default. group_by: an expression in the language; a picture of
    the space joins the states in which it has the same value. checkpoint: a directory in which the
    search is written down, `every` so many seconds and where it ends; it must be empty, or not
    there. resume: one in which a search was written down: it is gone on with. Both as the same
    directory: it is gone on with what is there, if something is. disk: as checkpoint, and states
    for which there is no room in `max_memory` are looked up there.

    simulate: take walks at random instead, and explore nothing: so many (100_000), for so long
    ("30s"), or (True) as long as there is time; `seed` makes them what they are, and none has more
    than `depth` steps. What such walks do not violate is undetermined.
    """

    first_violation: bool = False
    reason: bool = True
    bounded: bool = False
    all_traces: bool = False
    engine: Engine = "auto"
    workers: int | None = None
    lean: bool = False
    keep_dead: bool = False
    reduce: Reduce = "auto"
    cluster: str = ""
    group_by: str = ""
    checkpoint: Path | None = None
    every: float = EVERY
    resume: Path | None = None
    disk: Path | None = None
    simulate: Amount = False
    seed: int = 0
    depth: int = DEPTH

    def __post_init__(self) -> None:
        """Raises ValueError for a time between checkpoints that is none."""
        if not self.every > 0:
            raise ValueError(f"every is a number of seconds above 0, and not {self.every!r}")

    @property
    def kept_in(self) -> Path | None:
        """The directory in which the search is written down. Raises ValueError where two are
        named."""
        named = {each for each in (self.resume, self.checkpoint, self.disk) if each is not None}
        if len(named) > 1:
            raise ValueError(TWO_DIRECTORIES)
        return next(iter(named), None)

    @property
    def limits(self) -> Limits:
        return replace(super().limits, first_violation=self.first_violation)


@dataclass(frozen=True, kw_only=True, eq=False)
class AdviceOptions(LimitOptions):
    """The options of `repair` and `rests_on`, beside those of a search: `max_states` is of each
    set of changes.

    properties: the names of those that must hold (and what is built in and holds already); none
    means all. more: also larger repairs, of which no part is one. engine: as of `check`.
    """

    properties: tuple[str, ...] = ()
    more: bool = False
    engine: Engine = "auto"


@dataclass(frozen=True, kw_only=True, eq=False)
class CompareOptions(LimitOptions):
    """The options of `compare`, beside those of a search.

    violating: the property whose trace is followed (the first one that is violated); trace: a
    file that holds one, instead.
    """

    violating: str = ""
    trace: Path | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class LikelihoodOptions(LimitOptions):
    """The options of `how_likely`, beside those of a search.

    properties: the names of those that are asked; none means all. precision: how far the interval
    of a share may go to either side (0.005: half a percent). runs: how many are simulated at most.
    seed: which; the result is the same with the same one. simulate: also what could be computed
    exactly. sweep: the step whose time is varied, and from where to where, as it is written
    (`gateway.subscribe=1ms..50ms`); points: at how many times. workers: threads, one a core by
    default; the result is the same with any number. engine: what searches, and takes the runs.
    timing: a file that `monitor` wrote, for what is `from log` in the specs.
    """

    properties: tuple[str, ...] = ()
    timing: Path | None = None
    precision: float = PRECISION
    runs: int = RUNS
    seed: int = 1
    simulate: bool = False
    sweep: str = ""
    points: int = POINTS
    workers: int | None = None
    engine: Engine = "auto"


Options = TypeVar("Options", bound=SpecOptions)


def chosen(
    kind: type[Options],
    options: Options | None,
    constants: Mapping[str, Value] | None,
    changes: Mapping[str, Any],
) -> Options:
    """The options of a call: those given as one object, changed by those given by name. Raises
    TypeError for a name that is none."""
    known = [each.name for each in fields(kind)]
    for name in changes:
        if name not in known:
            raise TypeError(f"no option {name}; there is {', '.join(known)}")
    given = dict(changes)
    for name in ("properties", "ignored"):
        if name in given:
            given[name] = tuple(given[name])
    for name in ("trace", "checkpoint", "resume", "disk", "timing"):
        # Of `monitor`, `timing` is no file: whether times are wanted.
        if isinstance(given.get(name), str):
            given[name] = Path(given[name])
    if constants is not None:
        given["constants"] = constants
    return replace(options or kind(), **given)
