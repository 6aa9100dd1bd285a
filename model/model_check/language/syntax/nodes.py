"""What a spec says, before anything is known to be right: the untyped tree.

The reader and the program parser build it, the checker reads it. Expressions stay
Python `ast` nodes (never evaluated by Python) whose `lineno`/`col_offset` were moved
to where they stand in the file: `lineno` counts from 1, `col_offset` from 0, in
characters.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from ..records import dataclass, field, replace
from ..source.diagnostics import Diagnostic, Position, Source
from ..source.text import Text
from .call_form import CallForm, base_name, form_of
from .command_body import ReadBody
from .handover import Handover
from .key_text import KeyText
from .limits import TimeLimit
from .payload import Payload
from .program_nodes import (
    Assign,
    Atomic,
    Await,
    Background,
    Both,
    Break,
    Continue,
    Either,
    Evaluate,
    For,
    If,
    Labelled,
    Notify,
    Pass,
    Refuse,
    Return,
    Statement,
    Try,
    Watching,
    While,
    blocks_of,
)
from .server_state import ServerState
from .timing import StepTimeDoc, TimeDoc
from .written import Expression, Name

if TYPE_CHECKING:
    from ..temporal import Formula

__all__ = [
    "Assign", "Atomic", "Await", "Background", "Both", "Break", "CommandDoc", "ConstantDoc",
    "Continue", "DefineDoc", "Document", "Either", "Evaluate", "Expression", "FaultDoc", "For",
    "If", "InitiallyDoc", "KindDoc", "Labelled", "Name", "Notify", "Pass", "ProcessDoc",
    "PropertyDoc", "RecordTypeDoc", "Refuse", "ResourceDoc", "Return", "ServerDoc", "Statement",
    "StepTimeDoc", "TimeDoc", "Try", "TypeDoc", "VarDoc", "Watching", "While", "blocks_of",
]  # fmt: skip


# --- the YAML around it -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RecordTypeDoc:
    """A record type written as a YAML mapping: `{id: Chunk, last: bool}`."""

    fields: tuple[tuple[Name, TypeDoc], ...]
    at: Position


# A type is a record mapping or a type expression: `1..TOTAL`, `enum(a, b)`, `list[T]`, `T?`.
# `a..b` reaches the checker as ast.BinOp(a, MatMult, b): Python's grammar has no range, and
# `@` has no other use here. `T?` is ast.Subscript(Name("optional"), T); `dict[K, V]` has an
# ast.Tuple as its slice. A record inside a type expression (`list[{id: Chunk}]`) is an
# ast.Dict whose keys are ast.Name.
TypeDoc = Expression | RecordTypeDoc


@dataclass(frozen=True, slots=True)
class ConstantDoc:
    name: Name
    value: Expression


@dataclass(frozen=True, slots=True)
class VarDoc:
    """`name: type` or `name: type = initial`."""

    name: Name
    type: TypeDoc
    initial: Expression | None


@dataclass(frozen=True, slots=True)
class ResourceDoc:
    """An instance (or `count` of them) of a kind.

    `kind` is the kind's dotted name (`redis.list`), `arguments` its type arguments.
    `options` are all other keys (`initially`, `bound`, ...): each is one of the kind's.
    `key` is its name on the real server, `written.text` ("" where there is none), `payload` how its
    values look there. `unread`: the parameters of its commands that a log is not read for.
    """

    name: Name
    kind: Name
    arguments: tuple[TypeDoc, ...]
    written: KeyText
    count: Expression | None
    options: tuple[tuple[Name, Expression], ...]
    about: str
    payload: Payload | None = None
    unread: tuple[Name, ...] = ()
    of: Name | None = None
    """The resource whose events a channel tells."""

    @property
    def key(self) -> str:
        """Its name on the real server, without the patterns of its places."""
        return self.written.text


@dataclass(frozen=True, slots=True)
class ProcessDoc:
    """`run_at`: where the key of its program stands; None where there is none."""

    name: Name
    about: str
    count: Expression | None
    vars: tuple[VarDoc, ...]
    run: tuple[Statement, ...]
    fairness: str = "weak"
    strong: tuple[Name, ...] = ()
    never_taken: tuple[Name, ...] = ()
    crashes: FaultDoc | None = None
    keeps: tuple[Name, ...] = ()
    """The variables that a crash leaves as they are."""
    restarts: bool = True
    connection: Name | None = None
    run_at: Position | None = None


@dataclass(frozen=True, slots=True)
class FaultDoc:
    """What may go wrong, by its key, and how often: a number, or true, as often as it can."""

    name: Name
    most: Expression


@dataclass(frozen=True, slots=True)
class ServerDoc:
    name: Name
    failover: FaultDoc | None
    loses_last: Expression | None


@dataclass(frozen=True, slots=True)
class InitiallyDoc:
    """The program text that makes the first states."""

    body: tuple[Statement, ...]
    at: Position


@dataclass(frozen=True, slots=True)
class DefineDoc:
    """`parameters` are (name, type or None): one without takes the type of what it is given."""

    name: Name
    value: Expression
    parameters: tuple[tuple[Name, TypeDoc | None], ...] = ()


@dataclass(frozen=True, slots=True)
class PropertyDoc:
    """`kind` is the name of the form (see `forms`), "" for the built-in ones. `formulas` are its
    formulas by key, "" where it has one; where it says itself what must be so `in_time`, the atoms
    of that.

    The built-in ones have no formula, only an expectation. They are always in a document
    (last), unless the spec removed them with `null`.
    """

    name: Name
    about: str
    kind: str
    formulas: tuple[tuple[str, Expression], ...]
    expect: str
    prefer: tuple[Expression, ...]
    in_time: Formula | None = None
    """What it says of a run, where the form does not."""


@dataclass(frozen=True, slots=True)
class Relaxed:
    """What of a spec does not count: calls, by their places, that wait for no acknowledgement; and
    variables, by their process and name, that are not kept over a crash."""

    unacknowledged: frozenset[Position] = frozenset()
    forgotten: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Document:
    """A whole spec: merged with what it extends, parsed, not yet checked.

    `source` is the file that was named. `origins` are all files it was read from, itself
    last (positions point into whichever file a part stands in). `kinds` are the user's own,
    from the files named under `kinds:`.
    """

    source: Source
    origins: tuple[Source, ...]
    model: str
    about: str
    constants: tuple[ConstantDoc, ...]
    types: tuple[tuple[Name, TypeDoc], ...]
    vars: tuple[VarDoc, ...]
    initially: InitiallyDoc | None
    within: Expression | None
    resources: tuple[ResourceDoc, ...]
    processes: tuple[ProcessDoc, ...]
    defines: tuple[DefineDoc, ...]
    watch: tuple[Expression, ...] | None
    properties: tuple[PropertyDoc, ...]
    kinds: tuple[KindDoc, ...] = ()
    views: tuple[DefineDoc, ...] = ()
    """Expressions that somebody asks beside the spec, by the name of where they were written."""
    servers: tuple[ServerDoc, ...] = ()
    timeouts: str = "any"
    timing: tuple[StepTimeDoc, ...] = ()
    relaxed: Relaxed = Relaxed()
    faults: bool = True
    """Whether what the spec says may go wrong does; else all of it is left out."""
    warnings: tuple[Diagnostic, ...] = ()
    """What is right, and hardly what was meant."""


# --- kinds ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CommandDoc:
    """A command of a kind.

    `name` is what a spec calls: `lrange`, or `xread($)` for the form called with the literal
    "$" (see `call_form`). `parameters` are (name, type, default or None). `issue` is what happens
    when a blocking command is sent, before it can be answered (empty: nothing; otherwise
    a call makes two steps). `run` ends with at most one `Return`. `afterwards` is what the
    server does when the whole step that has the call is done. `wire` is what goes over
    the network, with {key} and {parameter}; `answer` what comes back, with {result}:
    `{result:receiver}` counts (0 receivers, 1 receiver), `{result:sent|closed}` tells a truth.
    `joins` is False for one that can be no part of an atomic step with others; `local` says
    that the process does it in its own memory; `last`, that it may follow others in their step,
    for it only puts on its way what somebody reads later; `needs`, that it does nothing for a
    process that never calls the command of this name; `connects`, that it opens the connection
    anew. `moves`: commands of the kind that may be given what this one answered, of this resource
    or another, and by what one command the server does both; `absent`: the same of commands of this
    resource, done only where this one finds None. `handover`: how what it takes is kept elsewhere
    until the work on it is done; `acknowledges`: the command of which it says that what that one
    took is done with; `again`: what a call gives besides where it asks once more for what was given
    to its client and not acknowledged; `grows`: each call answers a number higher than all before;
    `claims`: it sets something only where nothing is, and answers whether it did; `removes`: it
    takes something away, and answers how many there were. `decided`: of a command that chooses,
    what is sent instead, where it has to answer what a trace says. `gives_up`: what happens instead
    of `run` where its time is over, of which `limit` speaks; a step that calls it has two ways to
    go then. `wire_text` is `wire` with its places in the file; the name where there is none.
    """

    name: Name
    about: str
    reference: str
    parameters: tuple[tuple[Name, TypeDoc, Expression | None], ...]
    body: ReadBody
    wire: str
    answer: str
    joins: bool = True
    wire_text: Text | None = field(default=None, repr=False, compare=False)
    local: bool = False
    needs: tuple[str, ...] = ()
    last: bool = False
    connection: str = ""
    connects: bool = False
    moves: tuple[tuple[str, str], ...] = ()
    absent: tuple[tuple[str, str], ...] = ()
    handover: Handover | None = None
    acknowledges: str = ""
    again: str = ""
    grows: bool = False
    claims: bool = False
    removes: bool = False
    flat: bool = False
    decided: Text | None = field(default=None, repr=False, compare=False)
    limit: TimeLimit | None = None
    others: tuple[Name, ...] = ()
    """Parameters before all others, each another resource of the kind."""
    more: str = ""
    """The parameter that all of these stand for, where a call may give several: one more each."""
    breaks: bool = False
    """Of what goes wrong: whether the connection of `caller` breaks by it."""
    leases: tuple[str, ...] = ()
    """What makes of a call one that has to do with times to live: parameters that it gives; "":
    every call."""
    runs_down: bool = False

    @property
    def issue(self) -> tuple[Statement, ...]:
        return self.body.told.issue

    @property
    def run(self) -> tuple[Statement, ...]:
        return self.body.told.run

    @property
    def afterwards(self) -> tuple[Statement, ...]:
        return self.body.told.afterwards

    @property
    def gives_up(self) -> tuple[Statement, ...]:
        return self.body.told.gives_up

    @property
    def erases(self) -> bool:
        return self.body.told.erases

    @property
    def base(self) -> str:
        """What a spec calls, whichever form it means."""
        return base_name(self.name.text)

    @property
    def form(self) -> CallForm:
        """What a call gives that means it."""
        parameters = [(each.text, False) for each in self.others]
        parameters += [(name.text, default is not None) for name, _, default in self.parameters]
        others = frozenset(each.text for each in self.others)
        return form_of(self.name.text, tuple(parameters), others, self.more)


class UncalledDoc:
    """A command of a kind that no process calls. Most specs ask for none of them: it is read when
    somebody does."""

    def __init__(self, name: Name, read: Callable[[], CommandDoc]) -> None:
        self.name = name
        self._read = read

    @cached_property
    def doc(self) -> CommandDoc:
        return self._read()


@dataclass(frozen=True, slots=True)
class KindDoc:
    """A kind of resource, written in the same language (see kinds/).

    `parameters` are its type parameters; in `state`, options and commands they are types,
    and so is `Client`: the process instances that call a command which mentions `caller`.
    """

    name: str
    about: str
    reference: str
    parameters: tuple[Name, ...]
    options: tuple[tuple[Name, TypeDoc, Expression | None], ...]
    state: tuple[VarDoc, ...]
    commands: tuple[CommandDoc, ...]
    ends: int | None = None
    """How many clients an instance can have at most (a connection has two), if that is fixed."""
    joins: str = ""
    """The server that can join its commands, and those of other kinds that name the same one,
    into one atomic step; "" where none can."""
    names: str = "key"
    """What the `key` of a resource names there: a channel has the name of a list, and is none."""
    stored: ServerState = ServerState()
    faults: tuple[UncalledDoc, ...] = ()
    """What may go wrong with it: one whose run speaks of `caller` happens to one client."""
    disconnected: UncalledDoc | None = None
    """The same, of a connection of `caller` that goes; None where there is none."""
    broken: UncalledDoc | None = None
    """The same, where it breaks and all its clients live on, if that is something else."""
    defaults: tuple[tuple[str, TypeDoc], ...] = ()
    """The type parameters that need not be given, which are the last ones, with their types."""
    define: tuple[DefineDoc, ...] = ()
    """Expressions that its commands name."""
    payload: str = ""
    """The type parameter that values at the server are of; "" for a kind without any."""
    example: str = ""
    """Resources and processes that use it, as in a spec."""
    instead: tuple[tuple[str, str], ...] = ()
    """What is written for commands that client libraries have and it has not, or for what they can
    be given besides: `spop(1)` for one argument,
    `xadd(maxlen)`, `blpop(timeout=0)`, `zadd({})`, `xread("0")`."""
    exists: Expression | None = None
    """Whether there is anything."""
    leases: tuple[VarDoc, ...] = ()
    """State that is there only where a call has to do with times to live."""
    erased: tuple[VarDoc, ...] = ()
    """State that is there only where something erases what it holds."""
    notified: str = ""
    """The command that the server itself carries out, of a channel that tells of keys."""
    asked: tuple[tuple[str, VarDoc], ...] = ()
    """State that is there only where a spec calls the command of this name."""
    address: str = ""
    """The parameter that says for which of its keys a command is, and the place in the `key` of a
    resource that it fills; "" where a resource is one key."""

    @property
    def written_commands(self) -> list[CommandDoc]:
        """Its commands as they are told: one that takes several other resources is one of them."""
        told = (each for each in self.commands if not each.more or len(each.others) == 1)
        return [
            replace(each, wire=each.wire.replace(f"{{{each.more}_1}}", f"{{{each.more}}}"))
            if each.more
            else each
            for each in told
        ]

    @property
    def sent_parameters(self) -> tuple[str, ...]:
        """The parameters of all commands that go to a server, by name."""
        sent = [each for each in self.commands if each.wire and not each.local]
        names = (name.text for each in sent for name, _, _ in each.parameters)
        return tuple(dict.fromkeys(names))
