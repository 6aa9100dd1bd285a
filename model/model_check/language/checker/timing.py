"""How long steps take: whether there is such a step, and whether the time can be meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..keys import DISCONNECTS
from ..records import dataclass
from ..source.diagnostics import Diagnostics, Position, did_you_mean
from ..syntax.nodes import Document, ProcessDoc, StepTimeDoc, TimeDoc
from ..syntax.timing import Amount, TimedName
from ..tree.spec import ARRIVES, CRASHES, FAILOVER, LabelUse, Process
from ..tree.statements import Control, Either, Step
from ..tree.timing import (
    MOST_TIME,
    Distribution,
    Exponential,
    Fixed,
    FromLog,
    Normal,
    StepTime,
    Uniform,
)
from ..tree.walk import begins_with_branches, controls_in
from .context import Names
from .entries import ProcessEntry
from .resources import ConcreteResource

__all__ = ["distribution_of", "timing_of"]

GIVES_UP = "_gives_up"
_MOST = "2h 26min"


@dataclass(frozen=True, slots=True)
class _Step:
    """What a time is of: a step by its label, or ("") when a process begins. `place`: among the
    labels that the step has, which is meant: the lowest is heard. `late`: it is a fault or a
    timeout, which does not come before its time."""

    owner: str
    number: int | None
    label: str
    place: int = 0
    fault: bool = False
    late: bool = False


def timing_of(
    document: Document,
    names: Names,
    resources: Sequence[ConcreteResource],
    processes: Sequence[Process],
) -> tuple[StepTime, ...]:
    """The times that a spec says, in the order of the file: one for each step. Reports steps that
    there are not, and times that cannot be meant."""
    reader = _Timing(document, names, resources, {each.name: each for each in processes})
    found: dict[tuple[str, int | None, str], tuple[int, StepTime]] = {}
    for doc in document.timing:
        entry = reader.entry(doc)
        if entry is None:
            continue
        step, time = entry
        key = (step.owner, step.number, step.label)
        # Of labels that are one step (`with atomic:`) the first says how long it takes.
        if key not in found or step.place < found[key][0]:
            found[key] = (step.place, time)
    return tuple(time for _, time in found.values())


class _Timing:
    def __init__(
        self,
        document: Document,
        names: Names,
        resources: Sequence[ConcreteResource],
        processes: Mapping[str, Process],
    ) -> None:
        self.document = document
        self.names = names
        self.found = names.found
        self.resources = {each.name: each for each in resources}
        self.processes = processes
        self.connections = {each.connection for each in processes.values() if each.connection}
        self.servers = {each.name.text: each for each in document.servers}

    def entry(self, doc: StepTimeDoc) -> tuple[_Step, StepTime] | None:
        step = self.step(doc.name)
        time = None if doc.time is None else distribution_of(doc.time, self.found)
        if step is None or (doc.time is not None and time is None):
            return None
        if not self.fits(step, doc, time):
            return None
        every = doc.time is not None and doc.time.every
        written = StepTime(
            step.owner, step.number, step.label, time, every, doc.chance, doc.text, doc.name.at
        )
        return step, written

    def fits(self, step: _Step, doc: StepTimeDoc, time: Distribution | None) -> bool:
        """Whether such a time, and chance, can be said of a step."""
        count = self.found.count
        name = doc.name.owner.text
        if not step.label:
            if doc.chance is not None:
                message = f"{name} begins once: there is no chance of it"
                self.found.report(doc.value_at, message)
            if doc.time is not None and doc.time.every:
                self.found.report(doc.value_at, f"{name} begins once, not every so often")
            process = self.processes.get(name)
            begins = process is not None and begins_with_branches(process.run)
            if begins and time is not None and not isinstance(time, Fixed):
                message = f"{name} begins with branches, which begin together"
                self.found.report(doc.value_at, message, "say a time that is always the same: 5ms")
        elif step.late and time is None:
            message = f"{step.label} needs a time: a chance alone lets it come wherever it can"
            self.found.report(doc.value_at, message, "exp 1h, 5%")
        elif step.fault and doc.time is not None and doc.time.every:
            message = f"the time of {step.label} is from when it can come, or came last"
            self.found.report(doc.value_at, message, "leave every out")
        return self.found.count == count

    # --- names --------------------------------------------------------------------------------

    def step(self, name: TimedName) -> _Step | None:
        """What is named; None, and a message, if there is no such thing."""
        owner = name.owner.text
        entry = self.names.processes.get(owner)
        if entry is not None:
            return self.of_process(name, entry)
        if owner in self.resources and name.label is not None:
            return self.of_resource(name, self.resources[owner])
        server = self.servers.get(owner)
        if server is not None and name.label is not None and name.number is None:
            if name.label.text == FAILOVER and not name.part:
                if server.failover is None:
                    hint = "failover: 1 says that it may"
                    self.wrong(name.at, f"{owner} never fails over", hint)
                    return None
                return _Step(owner, None, FAILOVER, fault=True, late=True)
            self.no_such(name.label.at, name, [FAILOVER])
            return None
        if owner in self.connections and name.label is not None and name.number is None:
            if name.label.text.endswith(ARRIVES) and not name.part:
                return _Step(owner, None, name.label.text)
            known = sorted(e.name.text for e in self.sharing(owner))
            self.wrong(name.at, f"{owner} is a connection", did_you_mean(owner, known))
            return None
        if owner in self.names.unusable:
            return None
        if owner in self.resources or server is not None:
            known = [f"{owner}.{each}" for each in self.faults_of(owner)]
            hint = did_you_mean(f"{owner}.", known) if known else "nothing may go wrong with it"
            self.wrong(name.at, f"{owner} is no process: it does not begin", hint)
            return None
        known = [*self.names.processes, *self.resources, *self.servers]
        hint = did_you_mean(owner, known)
        what = "process" if name.label is None else "process or resource"
        self.wrong(name.at, f"no such {what}: {owner}", self.or_null(name, hint))
        return None

    def faults_of(self, owner: str) -> list[str]:
        """What the spec says may go wrong with a resource or a server."""
        if owner not in self.resources:
            return [FAILOVER] if self.servers[owner].failover else []
        entry = self.resources[owner]
        possible = {each.name.text for each in entry.kind.faults} | {DISCONNECTS}
        return [each.text for each, _ in entry.doc.options if each.text in possible]

    def sharing(self, connection: str) -> Iterable[ProcessEntry]:
        return (e for e in self.names.processes.values() if e.connection == connection)

    def of_process(self, name: TimedName, entry: ProcessEntry) -> _Step | None:
        owner = entry.name.text
        if not self.is_counted(name, None if entry.single else entry.count):
            return None
        if name.label is None:
            return _Step(owner, name.number, "")
        label = name.label.text
        if name.part:
            hint = f"{owner}.{label}: a time is of a step in each of its turns"
            self.wrong(name.at, f"no such step: {owner}.{label}[{name.part}]", hint)
            return None
        doc = next(each for each in self.document.processes if each.name.text == owner)
        if label == CRASHES and CRASHES not in entry.labels:
            if doc.crashes is None:
                self.wrong(name.at, f"{owner} never crashes", "crashes: 1 says that it may")
                return None
            return _Step(owner, name.number, CRASHES, fault=True, late=True)
        written = entry.step_of(label.removesuffix(ARRIVES) if self.arrives(label) else label)
        steps = list(entry.labels.values())
        if written is None and label in steps:
            return _Step(owner, name.number, label)  # of several, by their `+`
        if written is None:
            self.gone(name, doc, entry)
            return None
        base = label if label in entry.labels else self.base_of(label)
        self.names.label_uses[LabelUse(owner, base, name.label.at)] = None
        if self.arrives(label):
            return _Step(owner, name.number, f"{written}{ARRIVES}")
        labels = [each for each, step in entry.labels.items() if step == entry.labels.get(base)]
        late = written in _timeouts(self.processes[owner].run) or (
            written.endswith(GIVES_UP) and written not in steps
        )
        return _Step(owner, name.number, written, 1 + labels.index(base), late=late)

    def arrives(self, label: str) -> bool:
        """Whether it is what becomes of a command that was sent and not waited for."""
        return self.names.sends and label.endswith(ARRIVES)

    def base_of(self, label: str) -> str:
        """The label as its step has it, of one half of that, or of its giving up."""
        ends = (GIVES_UP, "_send", *((ARRIVES,) if self.names.sends else ()))
        return next(label.removesuffix(end) for end in ends if label.endswith(end))

    def of_resource(self, name: TimedName, entry: ConcreteResource) -> _Step | None:
        """What may go wrong with a resource."""
        assert name.label is not None  # a resource does not begin
        label = name.label.text
        if not self.is_counted(name, entry.count):
            return None
        given = {each.text for each, _ in entry.doc.options}
        possible = {each.name.text for each in entry.kind.faults}
        if entry.kind.disconnected is not None:
            possible.add(DISCONNECTS)
        if label not in possible:
            self.no_such(name.label.at, name, sorted(given & possible or possible))
            return None
        if label not in given:
            message = f"nothing says that {entry.name} ever {label}"
            self.wrong(name.at, message, f"{label}: 1 says that it may")
            return None
        if name.part and name.part not in entry.connected:
            hint = did_you_mean(name.part, sorted(entry.connected))
            message = f"no such client of {entry.name}: {name.part}"
            self.wrong(name.at, message, hint)
            return None
        shown = f"{label}[{name.part}]" if name.part else label
        return _Step(entry.name, name.number, shown, fault=True, late=True)

    def is_counted(self, name: TimedName, count: int | None) -> bool:
        """Whether there is an instance of this number, if one is named."""
        owner, number = name.owner.text, name.number
        if number is None or (count is not None and number < count):
            return True
        there = f"there is {owner}[0] to {owner}[{count - 1}]" if count else f"there is {owner}"
        self.found.report(name.at, f"no such instance: {owner}[{number}]", there)
        return False

    # --- mistakes -------------------------------------------------------------------------------

    def wrong(self, at: Position, message: str, hint: str = "") -> None:
        self.found.report(at, message, hint)

    def no_such(self, at: Position, name: TimedName, known: Sequence[str]) -> None:
        assert name.label is not None
        message = f"{name.owner.text} has no step {name.label.text}"
        self.wrong(at, message, self.or_null(name, did_you_mean(name.label.text, known)))

    def or_null(self, name: TimedName, hint: str) -> str:
        """A hint, and how a time is removed that another spec says."""
        if name.at.source == self.document.source:
            return hint
        return "; ".join(filter(None, (hint, f"null removes it from timing in {self.path}")))

    @property
    def path(self) -> str:
        return self.document.source.path

    def gone(self, name: TimedName, doc: ProcessDoc, entry: ProcessEntry) -> None:
        """Report a step that its process has not, or has no more."""
        assert name.label is not None
        origins, at = self.document.origins, doc.run_at
        if at is not None and name.at.source in origins[: origins.index(at.source)]:
            label = name.label.text
            message = f"{doc.name.text} has no step {label} here, whose time stands at {name.at}"
            number = "" if name.number is None else f"[{name.number}]"
            hint = f"write timing: {doc.name.text}{number}.{label}: null"
            self.wrong(at, message, hint)
        else:
            self.no_such(name.label.at, name, list(entry.labels))


# --- times -----------------------------------------------------------------------------------


def distribution_of(doc: TimeDoc, found: Diagnostics) -> Distribution | None:
    """What a time means; None, and a message, where it can mean nothing."""
    for each in doc.amounts:
        if each.time > MOST_TIME:
            found.report(each.at, "this time is too long", f"at most some {_MOST}")
            return None
    match doc.form, doc.amounts:
        case "fixed", (time,):
            return Fixed(time.time)
        case "uniform", (low, high):
            return _uniform(low, high, found)
        case "exp", (mean,):
            if mean.time == 0:
                found.report(mean.at, "the mean of exp is above 0", "0ms alone is no time at all")
                return None
            return Exponential(mean.time)
        case "normal", (mean, deviation):
            if deviation.time == 0:
                found.report(deviation.at, "a deviation is above 0", "without, write the time")
                return None
            return Normal(mean.time, deviation.time)
    return FromLog()


def _uniform(low: Amount, high: Amount, found: Diagnostics) -> Distribution | None:
    if low.time < high.time:
        return Uniform(low.time, high.time)
    if low.time == high.time:
        found.report(low.at, "both ends are the same time", "write that time alone")
    else:
        found.report(low.at, "this range ends before it begins", "the lower end first")
    return None


def _timeouts(run: tuple[Control, ...]) -> set[str]:
    """The labels of the steps with which the branches begin that come where others have waited too
    long."""
    last = (
        each.branches[-1] for each in controls_in(run) if isinstance(each, Either) and each.timeout
    )
    firsts = (branch[0] for branch in last)
    return {each.label for each in firsts if isinstance(each, Step)}
