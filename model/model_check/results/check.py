"""What a check found, in values that a person can read: the contract of all outputs.

The terminal, `result.json`, the traces and the pictures all read a `CheckReport` and nothing
below it, so that they cannot disagree and can be tested with values written by hand.

Values are plain Python: int, bool, str (a member of an enum), None, list, frozenset, and
dict (records, and dicts with plain keys). Everything here is frozen and ordered, so that
the same spec gives the same output.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal as OneOf

from ..errors import EXIT_AS_EXPECTED, EXIT_UNDETERMINED, EXIT_UNEXPECTED
from ..language.forms import Form
from ..language.records import dataclass
from ..language.source.diagnostics import Diagnostic
from .coverage import Unseen, UntakenStep
from .faults import NO_FAULTS, Expected, Faults, WithoutFaults
from .in_time import Moments, PassedOver
from .reasons import Reason
from .simulation import SimulationSummary
from .trace import CRASHED, ENDED, CallRecord, StateView, Trace, TraceStep, Value, event_name
from .values import FormulaValues

__all__ = [
    "CRASHED",
    "ENDED",
    "CallRecord",
    "CheckReport",
    "Ending",
    "NoReturn",
    "PropertyResult",
    "ResourceView",
    "SecondOpinion",
    "SharedView",
    "SpaceSummary",
    "StateView",
    "Trace",
    "TraceStep",
    "Value",
    "Verdict",
    "event_name",
    "exit_code_for",
    "exit_code_without",
    "trace_of",
    "violated_with_trace",
    "with_trace",
]  # fmt: skip

Verdict = OneOf["holds", "violated", "undetermined"]
_DECIDED = ("holds", "violated")


@dataclass(frozen=True, slots=True)
class ResourceView:
    """A resource instance (`history`, `socket[0]`) and where it lives.

    `server`: who holds it, by the first word of its kind (`redis` of `redis.list`); "" for a
    kind of one word, such as `websocket`. `key`: its name on the real server. `clients`: the
    process instances that use it in the spec; `between`: its kind connects just two of them.
    """

    name: str
    server: str
    key: str
    clients: tuple[str, ...]
    between: bool


@dataclass(frozen=True, slots=True)
class SharedView:
    """A shared variable by its shown name, and the process instances of which some step reads or
    writes it, in the order of the spec."""

    name: str
    users: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ending:
    """A class of violating states: those that give the `define`d expressions these values.
    `length`: of the shortest trace to one (steps); `preferred`: the values of the property's
    `prefer` numbers; `trace` is filled in on request (`--all-traces`)."""

    values: Mapping[str, Value]
    states: int
    length: int
    preferred: tuple[int, ...]
    trace: Trace | None


@dataclass(frozen=True, slots=True)
class NoReturn:
    """The point of no return of a trace: the first step after which every continuation
    violates the property. 0: every run violates it, or, where there is a `note`, every run from
    the trace's own initial state; None: not known, and `note` says why, or, without a note, that
    there is none: a run without an end need not have one, nor one that what may go wrong could
    go on with. `fair`: only fair continuations count; `into_error`: there is none for runs that
    fail, which violate nothing else, and no others."""

    step: int | None
    note: str
    fair: bool = False
    into_error: bool = False


@dataclass(frozen=True, slots=True)
class SecondOpinion:
    """What z3 says of a verdict, from the machine and not from the explored states.

    "agrees": of a violated property, that runs of `steps` steps violate it and shorter ones
    do not; of one that holds, that no run of at most `steps` steps violates it (the depth of
    the space: every state is reached in this many). Of runs without an end, these are the steps
    until they have gone round once; where one does so sooner than the search's, `note` says so. Of
    what should be possible, that a run of `steps` steps shows it, or none of at most so many does.
    "undetermined": `note` says why.
    """

    answer: OneOf["agrees", "disagrees", "undetermined"]
    steps: int
    note: str
    seconds: float


@dataclass(frozen=True, slots=True)
class PropertyResult:
    """A property's verdict. For a violated one: the chosen trace, in how many states it is
    violated (0 where no state by itself is wrong: a run without an end violates it), and its
    different endings, shortest trace first. One that asks for a state that is possible, and holds,
    has the shortest run to one as its trace. `text` is the formula."""

    name: str
    form: Form
    about: str
    text: str
    verdict: Verdict
    expected: Expected
    violating_states: int
    trace: Trace | None
    endings: tuple[Ending, ...]
    chosen: int | None
    """Which of the endings the trace shows."""
    reason: Reason | None
    no_return: NoReturn | None = None
    """From where on the violation is certain; None where that was not asked."""
    bounded: SecondOpinion | None = None
    """What the second judge says (`--check bounded`); None where it was not asked."""
    note: str = ""
    """What the verdict leaves open although everything was explored, in words."""
    limit: str = ""
    """The limit of this tool, and where, that the formula of an undetermined one meets in some
    state; "" where it meets none."""
    moments: tuple[Moments, ...] = ()
    """Where in its trace each of its formulas is true, if it asks a run as a whole."""
    passed_over: tuple[PassedOver, ...] = ()
    """Who takes no step in the trace's loop, or never goes a way that is open to it."""
    values: FormulaValues | None = None
    """What the parts of its formulas are where its trace shows them; None where it has no trace."""
    without_faults: WithoutFaults | None = None
    """What is found of it where nothing goes wrong; None where that was not asked."""
    walks: int | None = None
    """Of a simulation: on how many walks it was violated, or shown to be possible; None where
    nobody counted."""
    source: str = ""
    """The path of the file in which its name stands (of an inherited one, the file that has it; of
    a built-in one that no file names, the first line of the spec) ..."""
    line: int = 1
    """... and the line, from 1."""

    @property
    def by_then(self) -> bool:
        """Whether runs violate it by what has happened in them so far, whatever would follow; not
        by how they end."""
        return self.form.asks_runs and self.trace is not None and self.trace.end == "state"

    @property
    def kind(self) -> str:
        """The name of its form."""
        return self.form.name

    @property
    def as_expected(self) -> bool:
        return self.verdict in (self.expected, *_DECIDED * (self.expected == "either"))

    @property
    def is_wrong(self) -> bool:
        """Whether its verdict is known, and not as expected, or the one without faults is so."""
        return any(
            each is not None and not each.as_expected and each.verdict != "undetermined"
            for each in (self, self.without_faults)
        )


@dataclass(frozen=True, slots=True)
class SpaceSummary:
    """The size of what was explored. `depth`: steps to the farthest state. `stopped` says in
    words why the search ended early, "" when everything was explored. `grew`: name of the
    variable that may grow without end; `limit`: the limit of this tool that a step met. For
    either, `growth` is the trace to it. `outside` states are not `within` what the spec says in
    these words, and were not gone on from."""

    states: int
    transitions: int
    depth: int
    final_states: int
    deadlock_states: int
    seconds: float
    stopped: str
    grew: str
    growth: Trace | None
    state_bits: int
    limit: str = ""
    outside: int = 0
    within: str = ""
    reduced: tuple[str, ...] = ()
    """Which kinds of reduction made it smaller ("order", "symmetry"): the states and transitions
    are those that are left, and final states and deadlocks too. `left_out`: how many transitions
    were not followed from these states; `alike`: the processes whose instances are, in words."""
    left_out: int = 0
    alike: tuple[str, ...] = ()
    simulation: SimulationSummary | None = None
    """What was walked, where nothing was explored: then `states` are different ones that were seen,
    about, `transitions` the steps of all walks, `depth` those of the longest, and the other numbers
    walks that ended so."""

    @property
    def complete(self) -> bool:
        return not self.stopped


@dataclass(frozen=True, slots=True)
class CheckReport:
    """One check of one spec.

    `path` is the spec's path as the user gave it, `constants` the values it ran with,
    `command` the command line that repeats the check, `files` the paths of what was written
    (as shown to the user) and `notes` what the user should know about them, such as a picture
    that could not be drawn. `resources` are all instances, and `shared` all shared variables, in
    the order of the spec. `unjudged` says in words why the judging ended early although everything
    was explored, "" where it did not.
    """

    model: str
    about: str
    path: str
    constants: Mapping[str, Value]
    results: tuple[PropertyResult, ...]
    space: SpaceSummary
    exit_code: int
    command: str
    resources: tuple[ResourceView, ...] = ()
    files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    group_by: str = ""
    """The expression that the picture of the space joins states by, if the user gave one."""
    untaken: tuple[UntakenStep, ...] | None = ()
    """The steps that no run takes; None where that is not known."""
    unseen: tuple[Unseen, ...] | None = ()
    """What else no run shows; None where that is not known."""
    warnings: tuple[Diagnostic, ...] = ()
    """What the checker warns of, by its place in the spec."""
    faults: Faults = NO_FAULTS
    """What may go wrong, or was left out."""
    unjudged: str = ""
    goes_on: str = ""
    """The command line that goes on from where a limit ended it; "" where none does."""
    shared: tuple[SharedView, ...] = ()
    seconds: float = 0.0
    """That all of it took: the search, the reasons, and, where files were written, these."""


def exit_code_for(results: Iterable[PropertyResult]) -> int:
    """The exit code of a check: 1 if a verdict is another than expected, else 3 if one is
    undetermined, else 0."""
    code = EXIT_AS_EXPECTED
    for result in results:
        if result.verdict == "undetermined":
            code = EXIT_UNDETERMINED
        elif not result.as_expected:
            return EXIT_UNEXPECTED
    return code


def exit_code_without(report: CheckReport) -> int:
    """The exit code of what was found without faults, where that was asked."""
    found = [each.without_faults for each in report.results if each.without_faults is not None]
    if any(not each.as_expected and each.verdict != "undetermined" for each in found):
        return EXIT_UNEXPECTED
    undetermined = any(each.verdict == "undetermined" for each in found)
    return EXIT_UNDETERMINED if undetermined else EXIT_AS_EXPECTED


def violated_with_trace(report: CheckReport) -> tuple[PropertyResult, ...]:
    """The violated properties that have a trace to show."""
    return tuple(r for r in report.results if r.verdict == "violated" and r.trace is not None)


def with_trace(report: CheckReport) -> tuple[PropertyResult, ...]:
    """The properties that have a trace to show: first what violates one, then how that is possible
    of which it is asked."""
    possible = [each for each in report.results if each.form.somewhere and each.verdict == "holds"]
    return (*violated_with_trace(report), *(each for each in possible if each.trace is not None))


def trace_of(result: PropertyResult) -> Trace:
    """The trace of a property that is one of `with_trace`."""
    assert result.trace is not None
    return result.trace
