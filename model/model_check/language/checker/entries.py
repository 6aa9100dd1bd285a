"""Processes and resources as the rest of a spec sees them while it is checked."""

from __future__ import annotations

from abc import ABC, abstractmethod

from ..keys import DISCONNECTS
from ..records import dataclass, field, replace
from ..source.diagnostics import Diagnostic, Position
from ..syntax.call_form import CallForm
from ..syntax.names import shorten
from ..syntax.nodes import (
    Await,
    CommandDoc,
    Expression,
    FaultDoc,
    KindDoc,
    Name,
    ResourceDoc,
    VarDoc,
)
from ..tree.expressions import Expr
from ..tree.spec import Command, Disconnects, Variable
from ..types import EnumType, IntType, Type
from .survey import CommandTarget, all_statements

__all__ = ["WAIT", "CheckedCommand", "ProcessEntry", "ResourceEntry"]

WAIT = "wait"
"""What every command of a server can be called with: `subscribe(wait=False)`."""


@dataclass
class ProcessEntry:
    """A process as others see it. `labels` maps each label as written to the label of the
    step it is part of (another one inside `with atomic:`); `sends`: the steps in two halves, and
    `gives_up` those that wait for a limited time;
    `assigned`: the names that its steps set, temporaries too, with the step of each."""

    name: Name
    count: int
    single: bool
    vars: dict[str, Type] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    sends: set[str] = field(default_factory=set)
    gives_up: set[str] = field(default_factory=set)
    assigned: dict[str, str] = field(default_factory=dict)
    connection: str = ""
    shares: bool = False
    """Whether others may send over its connection while it waits there."""

    def client(self, number: int) -> str:
        """Who an instance is for the resources that it uses."""
        return self.connection or self.instance(number)

    def instance(self, number: int) -> str:
        """How an instance is shown: `client`, or `gateway[1]`."""
        return self.name.text if self.single else f"{self.name.text}[{number}]"

    def step_of(self, label: str) -> str | None:
        """The label of the step that `label` means, or None; `x_send` is the sending half of
        a step `x` that waits for its answer, `x_gives_up` what it does when it waited too long."""
        if label in self.labels:
            return self.labels[label]
        for half, steps in (("_send", self.sends), ("_gives_up", self.gives_up)):
            step = label.removesuffix(half)
            if step != label and step in steps:
                return f"{self.labels[step]}{half}"
        return None

    @property
    def index_type(self) -> IntType:
        return IntType(0, self.count - 1)


@dataclass(frozen=True, slots=True)
class CheckedCommand:
    """A command with the default values of its parameters (None: must be given), and how it is
    called."""

    command: Command
    defaults: tuple[Expr | None, ...]
    form: CallForm


@dataclass
class ResourceEntry(ABC):
    """A resource as others see it. `clients` and `states`, the variables, are known for every
    instance before the first command is asked for, and so is how it `disconnects`; `commands` are
    those that were, with what is wrong in each."""

    name: str
    doc: ResourceDoc
    kind: KindDoc
    count: int | None
    clients: list[EnumType] = field(default_factory=list, init=False)
    disconnects: Disconnects | None = field(default=None, init=False)
    leased: bool = field(default=False, init=False)
    erased: bool = field(default=False, init=False)
    called: frozenset[str] = field(default=frozenset(), init=False)
    states: list[tuple[Variable, ...]] = field(default_factory=list, init=False)
    commands: dict[tuple[str, int], tuple[CheckedCommand, tuple[Diagnostic, ...]]] = field(
        default_factory=dict, init=False
    )

    @abstractmethod
    def command(self, name: str, number: int, at: Position) -> CheckedCommand | None:
        """A command of an instance; None, reported for the call at `at`, if the kind's text
        makes no sense for these types. Every call is told, and each time it is looked at."""

    @abstractmethod
    def is_alike(self, other: ResourceEntry) -> bool:
        """Whether another resource is of the same kind, with the same types and payload."""

    @property
    def instances(self) -> int:
        return 1 if self.count is None else self.count

    @property
    def kind_name(self) -> str:
        """The kind with its arguments, as the user would write it."""
        inner = ", ".join(
            shorten(doc.text) if isinstance(doc, Expression) else "{...}"
            for doc in self.doc.arguments
        )
        return f"{self.kind.name}[{inner}]" if inner else self.kind.name

    @property
    def command_names(self) -> list[str]:
        return [command.name.text for command in self.kind.commands]

    @property
    def kept(self) -> tuple[VarDoc, ...]:
        """The state of its kind that it has."""
        leases = self.kind.leases if self.leased else ()
        erased = self.kind.erased if self.erased else ()
        asked = (each for command, each in self.kind.asked if command in self.called)
        return (*self.kind.state, *leases, *erased, *asked)

    @property
    def content(self) -> dict[str, list[Type]]:
        """The names of its state, with the type that each has in every instance: what speaks
        of `Client` differs from one to the next."""
        return {
            var.text: [state[i].type for state in self.states]
            for i, var in enumerate(each.name for each in self.kept)
        }

    def how_to_read(self) -> str:
        """What a property, which calls no command, can look at instead."""
        names = [f"{self.instance_name(0)}.{name}" for name in self.content]
        return f"a property looks at a state: {', '.join(names) or 'there is nothing in it'}"

    def has(self, command: str) -> bool:
        return command in self.command_names

    def forms(self, base: str) -> list[CommandDoc]:
        """The commands that a call by this name may mean."""
        return [each for each in self.kind.commands if each.base == base]

    def fitting(self, target: CommandTarget) -> CommandDoc | None:
        """The command that a call means; None where it gives what none of its name takes. Called
        with nothing at all, one that needs something is its form with texts in that place:
        `xrange()` is `xrange(-,+)`; but one that is sent and answered later must be asked for."""
        forms = self.forms(target.command)
        flags = {flag for each in forms for flag in each.form.flags}
        given = target.shape
        if not any(WAIT in each.form.parameters for each in forms):
            given = replace(given, keywords=tuple(k for k in given.keywords if k[0] != WAIT))
        found = [each for each in forms if each.form.takes(given, flags)]
        if not found and target.shape.is_bare:
            found = [
                each for each in forms
                if each.form.texts and not each.form.parameters and not each.issue
            ]  # fmt: skip
            return found[0] if len(found) == 1 else None
        return max(found, key=lambda each: len(each.form.texts)) if found else None

    def form(self, target: CommandTarget) -> str:
        """The name of the command that a call means; where it fits none, of the first."""
        found = self.fitting(target) or next(iter(self.forms(target.command)), None)
        return target.command if found is None else found.name.text

    def is_sent(self, target: CommandTarget, process: ProcessEntry) -> bool:
        """Whether a call of a process is sent in one step and answered in a later one."""
        command = self.form(target)
        return self.has(command) and self.is_sent_first(command, process)

    def has_limit(self, target: CommandTarget) -> bool:
        """Whether a call waits for a limited time."""
        command = self.form(target)
        return self.has(command) and self.doc_of(command).limit is not None

    def is_sent_first(self, command: str, process: ProcessEntry) -> bool:
        """Whether a command that a process calls may be sent in one step and answered in a later
        one."""
        return bool(self.doc_of(command).issue) or self.holds_up(command, process)

    def holds_up(self, command: str, process: ProcessEntry) -> bool:
        """Whether a command that a process calls waits at its server while others might send over
        the same connection: nothing of that is carried out before it is answered."""
        doc = self.doc_of(command)
        at_server = process.shares and bool(self.kind.joins) and not doc.local
        return at_server and (
            bool(doc.issue) or any(isinstance(each, Await) for each in all_statements(doc.run))
        )

    @property
    def says_it_breaks(self) -> bool:
        """Whether the spec says how often its connections break, be it never."""
        breaks = any(name.text == DISCONNECTS for name, _ in self.doc.options)
        return breaks or bool(self.breaking)

    @property
    def breaking(self) -> list[FaultDoc]:
        """What goes wrong with it, of all that the spec says, by which a connection breaks."""
        faults = {each.name.text: each for each in self.kind.faults}
        return [
            FaultDoc(name, value)
            for name, value in self.doc.options
            if name.text in faults and faults[name.text].doc.breaks
        ]

    @property
    def server(self) -> str:
        """Where its commands are carried out: a word."""
        return self.kind.joins or self.kind.name.partition(".")[0]

    def is_local(self, command: str) -> bool:
        """Whether a process does this in its own memory."""
        return self.doc_of(command).local

    def waits(self, command: str) -> bool:
        """Whether a command can wait for its answer."""
        return bool(self.doc_of(command).issue) or any(
            checked.command.blocking
            for (name, _), (checked, _) in self.commands.items()
            if name == command
        )

    def doc_of(self, command: str) -> CommandDoc:
        return next(c for c in self.kind.commands if c.name.text == command)

    def instance_name(self, number: int) -> str:
        return self.name if self.count is None else f"{self.name}[{number}]"
