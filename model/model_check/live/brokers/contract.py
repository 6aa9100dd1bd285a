"""What a broker is: the real thing behind some resources of a session, whatever their kind.

It prepares them as the model has them at first, gives each process a client that carries out
the commands which the process asks for and reads their answers, and tells what stands in them.
What may go wrong with them, it makes happen.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar, Self

from ...language.tree.spec import Command, Resource
from ...machine.core import Call
from ...machine.lowering.told_calls import error_in, is_raised
from ..errors import LiveError
from .addresses import Addresses
from .answers import answer_of
from .inbox import Inbox
from .notices import Notices
from .payload import Codec, PayloadError, Value
from .server import Server
from .sockets import Hub
from .template import bare_text
from .wire import EntryIds, Reply, answers_alike, decided, deciding, limited, was_decided, words_of

__all__ = [
    "Broker", "ChangedError", "Client", "DisconnectedError", "Outcome", "RefusedError", "Request",
    "ServerRefusedError", "Store",
    "Surroundings", "Undo", "Wanted", "none_to_undo", "refusal_like",
]  # fmt: skip

Undo = Callable[[], Awaitable[bool]]
"""Takes a command back that was carried out; whether all is as it was before that."""


class RefusedError(LiveError):
    """What the real thing answers is nothing that the model could answer."""


class ServerRefusedError(RefusedError):
    """The server answers a command with an `error`, by its own words."""

    def __init__(self, error: str) -> None:
        super().__init__(f"the server refuses: {error}")
        self.error = error


class ChangedError(LiveError):
    """A transaction fails: what its client watches was touched."""


class DisconnectedError(LiveError):
    """The connection that a command goes over is broken."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way in which something goes wrong: what is told of it, and what is left then."""

    answer: Value
    left: Value


class Wanted(ABC):
    """Which of several ways something shall go wrong in."""

    @abstractmethod
    def outcome(self, name: str, outcomes: Sequence[Outcome]) -> Outcome:
        """One of these of the resource `name`. Raises RefusedError where it is none of them."""

    @abstractmethod
    def kept(self, name: str, number: int) -> int:
        """How many of this many frames that were sent arrive; `name`: of the variable that holds
        them in the model."""


@dataclass(frozen=True, slots=True)
class Request:
    """A command that a process calls: on which resource instance, and with what. `wanted`: what
    one that chooses has to answer, where that is known; `limit`: how many seconds it waits at most,
    if not as long as the process says; `gives_up`: that its time has to be over."""

    call: Call
    arguments: Mapping[str, Value]
    wanted: Value = None
    limit: float | None = None
    gives_up: bool = False
    others: Mapping[str, str] = field(default_factory=dict)
    """The keys of other resources that it is given."""
    held: int | None = None
    """How many values the resource has to hold after it, where one that chooses says that."""

    @property
    def key(self) -> tuple[str, str, bool]:
        return (self.call.resource, self.call.command, self.call.sending)

    @property
    def raises(self) -> bool:
        """Whether it meets a broken connection, or is refused."""
        return is_raised(self.call.answer) or bool(self.error)

    @property
    def error(self) -> str:
        """The error with which it is refused; "" where it is not."""
        return error_in(self.call.answer)


@dataclass(frozen=True, slots=True)
class Store:
    """One resource instance. `name` as shown (`socket[0]`), `key` on the server ("" for what
    is not there), `ids`: of the entries in it, None where they have none. `addresses`: what stands
    in the place that its key has for them; None for what is one key."""

    name: str
    resource: Resource
    number: int
    key: str
    codec: Codec
    ids: EntryIds | None
    addresses: Addresses | None = None
    notices: Notices | None = None
    """What the server tells here by itself, of a channel on which it tells of its keys."""

    def hears(self, channel: str, text: str) -> bool:
        """Whether a message that comes by its connection is one of its own."""
        return self.notices is None or (channel in self.keys and self.notices.hears(text))

    @property
    def keys(self) -> list[str]:
        """All its keys."""
        its = self.addresses
        return [self.key] if its is None else [its.key(self.key, each) for each in its.texts]

    def key_for(self, request: Request) -> str:
        """The key that a command is for; for all of them the one whose address is left open."""
        address = self.resource.address
        if self.addresses is None or address not in request.arguments:
            return self.key
        return self.addresses.key(self.key, request.arguments[address])

    def words(self, request: Request) -> list[str]:
        """A command as it is sent."""
        command = decided(self.command(request), request.wanted, request.held)
        given = {
            **deciding(command, request.wanted, request.held),
            **limited(command, request.arguments, request.limit),
            **request.others,
        }
        return words_of(command, self.key_for(request), given, self.codec, self.ids)

    def command(self, request: Request) -> Command:
        """The command that is asked for, as its kind declares it."""
        return self.resource.commands[self.number][request.call.command]

    def refusal(self, request: Request, error: str) -> str:
        """The error of the kind that a server's `error` is: the same one, or one of the same name
        (NOGROUP), for versions of a server word them differently; "" where there is none."""
        return refusal_like(self.command(request).refusals, error)

    def value(self, request: Request, reply: Reply) -> Value:
        """What an answer says. Raises RefusedError for none that the model could give."""
        command = self.command(request)
        try:
            sent = decided(command, request.wanted, request.held)
            told = sent is command or answers_alike(command)
            if not told:
                return was_decided(request.wanted, reply)
            return self.said_by(command, reply, request)
        except PayloadError as error:
            raise RefusedError(f"the answer is no value of the model: {error}") from error

    def answer(self, request: Request, reply: Reply) -> Value:
        """The same. Raises PayloadError."""
        return self.said_by(self.command(request), reply, request)

    def said_by(self, command: Command, reply: Reply, request: Request | None = None) -> Value:
        """What an answer of a command says, to a request that says of which key and field, if there
        are several. Raises PayloadError."""
        its = self.addresses
        read = None if its is None else partial(its.value_in, self.key)
        if self.notices is not None and command.local:
            return self.notices.said(command.result, reply, read)
        if request is None:
            return answer_of(command, reply, self.codec, self.ids, read, (self.key,))
        keys = (self.key_for(request), *request.others.values())
        return answer_of(command, reply, self._codec(request), self.ids, read, keys)

    def _codec(self, request: Request) -> Codec:
        """How what a command is answered with is written."""
        field = request.arguments.get("field")
        return self.codec if field is None else self.codec.for_field(bare_text(field))


def refusal_like(known: Sequence[str], error: str) -> str:
    """Which of the `known` errors a server's is: the same one, or one of the same name (NOGROUP);
    "" where there is none."""
    same = [each for each in known if _bare(each) == _bare(error)]
    alike = [each for each in known if _code(error) and _code(each) == _code(error)]
    return next(iter(same or alike), "")


def _bare(error: str) -> str:
    """An error without the word that says no more than that it is one; redis-py leaves it out."""
    return error.removeprefix("ERR ")


def _code(error: str) -> str:
    """The name of an error, if it has one of its own."""
    first = error.split()[0]
    # Whoever waits for a group whose key goes is told so in other words than who comes later.
    first = {"UNBLOCKED": "NOGROUP"}.get(first, first)
    return first if first.isupper() and first != "ERR" else ""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the brokers of a session work with; `patience`: seconds to wait for any answer that
    need not wait."""

    server: Server
    hub: Hub
    patience: float


async def none_to_undo() -> bool:
    """Take back a command that only looked."""
    return True


async def cannot_undo() -> bool:
    """Nothing takes this back."""
    return False


class Client(ABC):
    """What one process instance has of a broker. `store` is always one of the broker's own."""

    async def connect(self, store: Store, command: Command) -> None:
        """Connect for a command, so that no step has to wait for that."""
        return

    def inbox(self, store: Store, command: Command) -> Inbox[Any] | None:
        """Where what a command waits for arrives, for those that wait without asking a server;
        None for the others."""
        return None

    def is_ready(self, store: Store, request: Request) -> bool:
        """Whether a command that waits for others of this session, and has no inbox, would be
        answered at once."""
        return True

    async def undo(self, store: Store, request: Request) -> Undo:
        """How a command can be taken back that is carried out next, if nobody else of the session
        does anything until then."""
        return cannot_undo

    def joins(self, store: Store, command: Command) -> bool:
        """Whether a command can stand in a transaction."""
        return False

    @abstractmethod
    async def perform(self, store: Store, request: Request, patience: float | None) -> Value:
        """Carry a command out; its answer. `patience`: seconds to wait for what may take its
        time (None: for ever). Raises TimeoutError where that does not come, RefusedError for an
        answer that the model cannot give, ServerError where there is no server any more."""

    async def transaction(
        self, requests: Sequence[tuple[Store, Request]], watched: Store | None = None
    ) -> list[Value]:
        """Carry several commands out as one, all of which join; their answers. It is the one that
        fails where what is `watched` was touched: raises ChangedError then."""
        raise LiveError(f"{requests[0][0].name} joins no commands")

    async def held(self, store: Store) -> None:
        """Wait until what was sent last is held back: there is no answer yet that says so."""
        return

    async def give_up(self, store: Store) -> None:
        """Let the time be over of a command that is held back and waits for a limited time."""
        raise LiveError(f"{store.name}: nothing there waits for a limited time")

    async def later(self, store: Store, request: Request) -> None:
        """Send a command that nobody waits for: it is on its way until it `arrives`."""
        raise LiveError(f"{store.name}.{request.call.command} cannot be sent without waiting")

    async def arrives(self, store: Store, request: Request) -> Value:
        """Let the first command that is on its way on its connection take effect; its answer.
        Raises RefusedError where that is another one."""
        raise LiveError(f"{store.name}.{request.call.command} cannot be sent without waiting")

    async def crash(self, wanted: Wanted, spared: str = "") -> None:
        """End all connections as the end of its process does; they are gone at the other side
        when this returns. Whoever asks for something then gets new ones. `spared`: the resource
        whose broken connection the process died of, which somebody else may have opened anew."""
        return

    async def close(self) -> None:
        """End all connections."""
        return


class Broker(ABC):
    """The real thing behind some resources of a session."""

    shows_frames: ClassVar[bool] = False
    """Whether what it brings is what somebody sees."""

    @staticmethod
    def can_go_wrong(resource: Resource, what: str) -> bool:
        """Whether it can make a fault of this name happen to a resource, or break its connections
        (`disconnects`)."""
        return False

    async def goes_wrong(self, store: Store, what: str, wanted: Wanted) -> Value:
        """Make a fault happen to a resource; what is told of it. Raises RefusedError where it
        cannot happen now."""
        raise LiveError(f"{store.name}: {what} cannot be made to happen")

    async def unread(self, store: Store, client: str) -> int:
        """How much has come to a client from a resource that it has not read."""
        return 0

    async def disconnect(self, store: Store, client: str | None, wanted: Wanted) -> None:
        """Break the connection of a client to a resource, or (None) the one that all its clients
        have together."""
        raise LiveError(f"{store.name}: no connection can be broken")

    async def copy_to_replica(self) -> None:
        """Let its replica, if there is one, have all that it has now, and nothing that comes."""
        return

    async def fails_over(self) -> None:
        """Let its replica, if there is one, take over: all connections end."""
        return

    @staticmethod
    @abstractmethod
    def stands_behind(resource: Resource) -> bool:
        """Whether it is this one that a resource is of."""

    @classmethod
    @abstractmethod
    async def prepare(
        cls,
        stores: Mapping[str, Store],
        around: Surroundings,
        initial: Mapping[str, Value],
        stack: AsyncExitStack,
    ) -> Self:
        """The broker of these resources, which hold what the model holds at first; what must
        be ended stands on the stack. Raises LiveError, ServerError."""

    @abstractmethod
    def client(self, process: str, *, shared: bool = False) -> Client:
        """What a process instance carries its commands out with. `shared`: all of them go over one
        connection to a server, also what waits there; else that has a connection of its own."""

    @property
    def inboxes(self) -> Sequence[Inbox[Any]]:
        """Where something may arrive."""
        return ()

    async def content(self) -> dict[str, Value]:
        """What really stands in the resources, by the shown name of the variable that it is in
        the model. Raises LiveError where that cannot be read."""
        return {}

    async def inspect(self, store: Store) -> tuple[str, tuple[str, ...]] | None:
        """What a person would ask of a resource, as it is typed into the broker's own client, and
        the lines of its answer; None where there is no such client. Changes nothing."""
        return None

    async def settle(self, waiting: Sequence[str]) -> bool:
        """Wait until all that was sent has arrived. `waiting`: the clients with a command that
        is answered later, one for each command; False where one has not come to the broker yet."""
        return True

    async def require_alive(self) -> None:
        """Raises ServerError where it does not answer any more."""
        return
