"""The whole of a checked spec: its variables, resources, processes, defines and properties."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Literal as OneOf

from ..events import KEYEVENT, KEYSPACE, event_named
from ..forms import Form
from ..place_patterns import PlacePattern
from ..records import dataclass, field
from ..source.diagnostics import Diagnostic, Position
from ..source.text import Text
from ..syntax.handover import Handover
from ..syntax.limits import TimeLimit
from ..syntax.payload import Payload
from ..syntax.server_state import ServerState
from ..types import EnumType, Type
from .expressions import Expr, Literal
from .statements import Control, StepStatement
from .timing import StepTime

if TYPE_CHECKING:
    from ..temporal import Formula

__all__ = [
    "ARRIVES", "CRASHES", "FAILOVER", "Command", "Crashes", "Define", "Disconnects", "Fault",
    "Heard", "Initially", "LabelUse", "Process", "Property", "Resource", "Server", "Spec",
    "Variable",
]  # fmt: skip


CRASHES = "crashes"
"""The label of the step that is the crash of a process; its key too."""
ARRIVES = "_arrives"
"""Behind the label of the step that sends a command: the step in which it takes effect."""
FAILOVER = "failover"
"""That of the step in which the replica of a server takes over."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable; `initial` None means the type's first value (0 or the interval's low end,
    False, the first enum member, empty, None). A process's initial may read `self`."""

    name: str
    type: Type
    initial: Expr | None
    at: Position


@dataclass(frozen=True, slots=True)
class Command:
    """A kind's command, checked for one resource. Parameters and temporaries are
    `Temporary`s in its statements; `result` is UNIT where it answers nothing. `blocking`:
    it contains an `await`. `joins`: the server that can make it part of one atomic step with
    other commands of the same server ("" if none can). `carries`: the parameters whose type
    speaks of one of the kind's own type parameters, so what the user sends and not what the
    command is told to do; `payloads`: those among them that the resource's payload is of.
    `several`: those that the kind itself declares as lists, each item of which is a word of its
    own on the wire; the value of any other is one word. `afterwards`: what the server does when
    the step that has the call is done, however often it calls; done a second time, it changes
    nothing. `wire_text`: the `wire` with its places in the kind's file; the command's name where
    there is no `wire`.
    `local`: the process does it in its own memory. `connects`: it opens the connection anew.
    `moves`, `absent`: by what one command the server does this one and another one of the kind, by
    name, where that is given the answer, and where this one finds None. `handover`: how what it
    takes is kept elsewhere until the work on it is done; `acknowledges`: the command of which it
    says that what that one took is done with; `again`: what a call gives besides where it asks
    once more for what was given to its client and not acknowledged. `flat`: the fields of the
    records that it answers follow each other with no list around each record."""

    name: str
    about: str
    reference: str
    parameters: tuple[tuple[str, Type], ...]
    issue: tuple[StepStatement, ...]
    run: tuple[StepStatement, ...]
    result: Type
    blocking: bool
    wire: str
    answer: str
    joins: str
    carries: frozenset[str] = frozenset()
    payloads: frozenset[str] = frozenset()
    several: frozenset[str] = frozenset()
    afterwards: tuple[StepStatement, ...] = ()
    wire_text: Text | None = field(default=None, repr=False, compare=False)
    local: bool = False
    connection: str = ""
    """Which of its connections to a server a process uses for it: a word; "" for the usual one."""
    connects: bool = False
    needs: tuple[str, ...] = ()
    """The commands without any of which this one does nothing."""
    address: str = ""
    """The place in the key that the parameter of this name fills; one without it is for all."""
    moves: tuple[tuple[str, str], ...] = ()
    absent: tuple[tuple[str, str], ...] = ()
    handover: Handover | None = None
    acknowledges: str = ""
    again: str = ""
    removes: bool = False
    """Whether it takes something away, and answers how many there were."""
    flat: bool = False
    refusals: tuple[str, ...] = ()
    """The errors with which it may be refused."""
    runs_down: bool = False
    """Whether its answer is a time that is left: of a real server it may be less."""
    chooses: bool = False
    """Whether its answer, or what it does, is one of several: a call is a statement of its own."""
    decided: Text | None = field(default=None, repr=False, compare=False)
    """What is sent instead, where it has to answer one of these: with `{result}`."""
    gives_up: tuple[StepStatement, ...] = ()
    """What happens instead of `run` where its time is over; () where it waits without end."""
    limit: TimeLimit | None = None
    others: tuple[str, ...] = ()
    """The names of other resources that it is given."""
    more: str = ""
    """The parameter that these stand for, where there may be several; its answer begins with the
    key that it is of."""
    given: tuple[tuple[str, str], ...] = ()
    """Where it is called: which resource instance each of these is."""

    @property
    def is_sent(self) -> bool:
        """Whether a client sends it, rather than doing something in its own library."""
        return not self.wire.startswith("(")


@dataclass(frozen=True, slots=True)
class Fault:
    """What may go wrong with a resource: `command` is what happens then, which nobody calls, and
    `command.name` its name. `most`: how often, in all instances of the resource together; None:
    as often as it can. `whom`: the clients to each of which it may happen, by their number; None:
    it happens to the resource as a whole. `breaks`: the connection of that client breaks by it. The
    key stands `at`."""

    command: Command
    most: int | None
    whom: tuple[int, ...] | None
    at: Position
    breaks: bool = False


@dataclass(frozen=True, slots=True)
class Disconnects:
    """How often connections of a resource may break, all of them together (`most` None: as often
    as they can; 0: only by the crash of another end). The key stands `at`."""

    most: int | None
    at: Position


@dataclass(frozen=True, slots=True)
class Heard:
    """What a channel tells on which a server tells of its keys: those `of` another resource, which
    are so many (`keys` None: it is one key, without a number). `by` KEYSPACE: the channel of a key,
    whose messages are events; KEYEVENT: that of an event, whose messages are keys. `event`: which,
    where its key says that; else its `address` does. `commands`: by which the server tells it, by
    instance of the channel."""

    of: str
    by: OneOf["keyspace", "keyevent"]
    database: int
    event: str
    commands: tuple[Command, ...]
    address: str
    keys: int | None
    at: Position

    @property
    def message(self) -> Type:
        """The type of its messages."""
        return next(kind for name, kind in self.commands[0].parameters if name != self.address)

    def written(self, address: object) -> str:
        """How an address of it is written: an event, or the number of a key."""
        return event_named(str(address)) if self.by == KEYEVENT else str(address)

    def told(self, event: str, number: int) -> tuple[int, dict[str, Literal]] | None:
        """To which instance an event of the key of a number is told, and with what; None where it
        is none that is heard."""
        instance = number if self.by == KEYSPACE and not self.address else 0
        if self.event not in ("", event):
            return None
        given = {}
        for name, kind in self.commands[instance].parameters:
            is_event = (self.by == KEYSPACE) != (name == self.address)
            value = self.value(kind, event if is_event else number)
            if value is None:
                return None
            given[name] = Literal(value, kind, self.at)
        return instance, given

    def value(self, kind: Type, said: str | int) -> int | None:
        """The number of a value that stands for an event, or for the key of a number."""
        if isinstance(said, int) or not isinstance(kind, EnumType):
            return said if isinstance(said, int) else None
        named = [event_named(each) for each in kind.members]
        return named.index(said) if said in named else None


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource (with `count` None: one, called `history`; else `socket[0]`, ...).

    `clients[i]` is the Client enum of instance i. `state[i]` are the variables of instance
    i and `commands[i]` its commands by name (they differ where Client differs).
    `key` is as written, with `{session}` and the like left in; "" where there is none.
    `unread`: the parameters of its commands whose words in a log may be anything.
    `arguments` are the kind's type arguments as the user wrote them (`Chunk`), "" for a
    record that is written as a mapping. `ends` is how many clients an instance can have, None
    where its kind does not say. `names` is what its key names at a server (a key, a channel),
    `stored` how a server keeps it.
    """

    name: str
    kind: str
    key: str
    about: str
    count: int | None
    clients: tuple[EnumType, ...]
    state: tuple[tuple[Variable, ...], ...]
    commands: tuple[dict[str, Command], ...]
    arguments: tuple[str, ...] = ()
    ends: int | None = None
    names: str = "key"
    stored: ServerState = ServerState()
    faults: tuple[tuple[Fault, ...], ...] = ()
    """By instance; none at all where nothing may go wrong."""
    server: str = ""
    """Where it is kept: the word that its kind `joins` by; "" for what is on no server."""
    disconnected: tuple[Command | None, ...] = ()
    """By instance: what becomes of it when the connection of `caller` goes. None, or nothing,
    where nothing asks for that."""
    disconnects: Disconnects | None = None
    """How its connections may break; None: they do not."""
    users: tuple[tuple[str, ...], ...] = ()
    """By instance: the process instances that call a command, and so have a connection; of a kind
    with `ends` all have one together."""
    broken: tuple[Command | None, ...] = ()
    """By instance: what becomes of it when the connection that all have together breaks, for
    `caller`, one of them, as for all. None, or nothing, where each has its own."""
    places: tuple[tuple[str, PlacePattern, Position], ...] = ()
    """Of the places in its key, those that say what can stand there, and where they say so."""
    address: str = ""
    """The place in its key that a parameter of the same name fills: it is many keys, or channels.
    "" where it is one."""
    unread: frozenset[str] = frozenset()

    heard: Heard | None = None
    """What it tells, of a channel on which the server tells of its keys."""

    payload: Payload | None = None
    """How the values in it look at the server, where the spec says that."""
    value_type: Type | None = None
    """The type of those values, None where its kind has none; `value_text` as the user wrote it."""
    value_text: str = ""

    def shown_key(self, name: str) -> str:
        """How the key of the instance called `name` is shown."""
        return self.key or (f"{name}:{{{self.address}}}" if self.address else name)

    leases: frozenset[str] = frozenset()
    """The names of the state that is a time to live: none where the spec gives it none."""

    aside: frozenset[str] = frozenset()
    """The names of state that is there only where the spec asks for it."""

    def shown(self, number: int, variable: str) -> str:
        """How a variable of an instance is shown: `history`, or, where there are several of equal
        rank, `stream.inbox`; what is there only where it is asked for, changes no other name."""
        equal = [each.name for each in self.state[number] if each.name not in self.aside]
        name = self.instance_name(number)
        return name if equal == [variable] else f"{name}.{variable}"

    def any_command(self, name: str) -> Command:
        """A command as it is for one of the instances of which it is called."""
        return next(each[name] for each in self.commands if name in each)

    def instance_name(self, number: int) -> str:
        """How an instance is shown: `history`, or `socket[1]`."""
        return self.name if self.count is None else f"{self.name}[{number}]"


@dataclass(frozen=True, slots=True)
class Crashes:
    """How a process may crash: at most so often, all instances together (`most` None: as often as
    it can; 0: only of a broken connection that it does not catch, which does not count). Variables
    that it `keeps` stay as they are, the others get their first values. If it `restarts`, it begins
    anew. The key stands `at`."""

    most: int | None
    keeps: tuple[str, ...]
    restarts: bool
    at: Position


@dataclass(frozen=True, slots=True)
class Process:
    """`count` instances; `single` where the spec gave no count (shown without an index)."""

    name: str
    about: str
    count: int
    single: bool
    vars: tuple[Variable, ...]
    loops: tuple[Variable, ...]
    """The `for` variables, with the type of their items."""
    run: tuple[Control, ...]
    labels: tuple[str, ...]
    """In the order of the text."""
    fairness: OneOf["weak", "strong", "none"] = "weak"
    strong: tuple[str, ...] = ()
    """Labels of the steps that happen if they can happen again and again."""
    never_taken: tuple[str, ...] = ()
    """Labels of the steps that no run is meant to take."""
    crashes: Crashes | None = None
    """How it may crash; None: it does not."""
    connection: str = ""
    """The connection that its instances share, with those of others that name the same one; "":
    each has its own."""

    def instance_name(self, number: int) -> str:
        """How an instance is shown: `client`, or `gateway[1]`."""
        return self.name if self.single else f"{self.name}[{number}]"

    def client_name(self, number: int) -> str:
        """Who an instance is for the resources that it uses: whoever shares its connection is the
        same client."""
        return self.connection or self.instance_name(number)


@dataclass(frozen=True, slots=True)
class Server:
    """A server whose replica may take over, at most `most` times (None: as often as it can),
    without up to `loses_last` of its last writes. The key stands `at`."""

    name: str
    most: int | None
    loses_last: int
    at: Position


@dataclass(frozen=True, slots=True)
class Initially:
    """What makes the first states of those in which all variables have their initial values. An
    `Await` keeps the states in which it is true; the key stands `at`."""

    body: tuple[StepStatement, ...]
    at: Position


@dataclass(frozen=True, slots=True)
class Define:
    """`text` is what the user wrote; for a watched expression without a name, also `name`."""

    name: str
    text: str
    value: Expr


@dataclass(frozen=True, slots=True)
class Property:
    """A form asks what its formulas say: one of states (`formula`), one of steps (`of_steps`),
    or of runs (`atoms`, by name, and what is to be true of them in the course of time). Those
    that it does not ask are None, or there are none. `text` is all of it as the user wrote it.
    `expect`: "either" where faults are left out, and what is said of the spec with them leaves it
    open."""

    name: str
    about: str
    form: Form
    formula: Expr | None
    text: str
    expect: OneOf["holds", "violated", "either"]
    prefer: tuple[Expr, ...]
    at: Position
    of_steps: Expr | None = None
    atoms: tuple[Define, ...] = ()
    premises: tuple[Define, ...] = ()
    """What must be true for its formula of states to say anything: A of `not A or B`."""
    terms: tuple[Define, ...] = ()
    """The parts of its formulas whose values say why these are true or false."""
    in_time: Formula | None = None
    """What it says of a run itself; None where its form does."""


@dataclass(frozen=True, slots=True)
class LabelUse:
    """A place `at` which a label of a process is named, beside its step."""

    process: str
    label: str
    at: Position


@dataclass(frozen=True, slots=True)
class Spec:
    """A checked spec. Properties are in the order of the file, the built-in ones last
    (always there, unless the spec removed one with `null`)."""

    name: str
    about: str
    path: str
    sources: tuple[str, ...]
    """The paths of all files it was read from, the named one last."""
    constants: dict[str, int | bool | str]
    vars: tuple[Variable, ...]
    resources: tuple[Resource, ...]
    processes: tuple[Process, ...]
    defines: tuple[Define, ...]
    watch: tuple[Define, ...]
    """What a trace shows at its end; all defines where the spec names none."""
    properties: tuple[Property, ...]
    views: tuple[Define, ...] = ()
    """What is asked of every state beside the spec's own expressions."""
    initially: Initially | None = None
    within: Define | None = None
    """Where it is false, runs are not gone on with."""
    servers: tuple[Server, ...] = ()
    """Those that may fail over."""
    sends: bool = False
    """Whether some command is sent and not waited for."""
    catches: bool = False
    """Whether something is caught but broken connections."""
    timeouts: OneOf["any", "last"] = "any"
    """When what waits may have waited too long: at any moment, or only when nothing else can
    happen (but faults and other timeouts)."""
    warnings: tuple[Diagnostic, ...] = ()
    """What is no mistake, and hardly what was meant, by its place."""
    timing: tuple[StepTime, ...] = ()
    """How long its steps take, where it says that."""
    label_uses: tuple[LabelUse, ...] = field(default=(), repr=False, compare=False)

    @property
    def goes_beside(self) -> bool:
        """Whether something happens beside the steps of its processes: something may go wrong, or
        what was sent arrives."""
        return (
            self.sends
            or bool(self.servers)
            or any(each.crashes is not None for each in self.processes)
            or any(map(any, (each.faults for each in self.resources)))
            or self.raises
        )

    @property
    def raises(self) -> bool:
        """Whether a step may go another way than it is written: a connection may be broken, or it
        is caught that a command is refused."""
        return self.catches or any(each.disconnects is not None for each in self.resources)

    def process(self, name: str) -> Process:
        return next(p for p in self.processes if p.name == name)

    def resource(self, name: str) -> Resource:
        return next(r for r in self.resources if r.name == name)
