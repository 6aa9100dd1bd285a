"""What a real server says to the same commands.

Each client has a connection for commands and one for messages, as redis-py has; they are kept
from one sequence to the next, each with keys of its own. Commands that follow each other
on one connection go out together. What is sent and how an answer is read is the replay's
(`model_check.live.brokers.wire`), so its words are held against the server as well.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from model_check.language.syntax.call_form import base_name
from model_check.language.tree.spec import Command, Spec
from model_check.live.brokers.broker_state import kept_keys, measure
from model_check.live.brokers.connection import SHORT_LIFE, Refusal, Reply
from model_check.live.brokers.contract import Request, Store
from model_check.live.brokers.keys import is_channel
from model_check.live.brokers.payload import PayloadError
from model_check.live.brokers.registry import stores_of
from model_check.live.brokers.server import Server
from model_check.live.brokers.wire import (
    answers_alike,
    decided,
    deciding,
    is_sent,
    was_decided,
    words_of,
)
from model_check.machine.core import Call

from .model import Event, Refused, Said
from .sequences import Value

__all__ = ["DifferentError", "RealServer"]

T = TypeVar("T")
PATIENCE = 5.0
"""Seconds for an answer that must come."""
LOOKS = 2000
"""How often the server is asked whether it holds a command back."""
SHORT, LONG = 0.001, 1000.0
"""Seconds for which a command waits at most that is not answered, and that is."""
ADDING = "xadd"
ERASING = frozenset({"delete", "expire", "pexpire", "expire_now"})
TICK = 0.002
LAPSE = {"ttl": 2, "pttl": 3000}
"""How much less of a time may be left: a sequence is over sooner."""
MESSAGE = "message"
LISTENING = ("subscribe", "unsubscribe", "psubscribe", "punsubscribe", "ssubscribe", "sunsubscribe")
"""What is done on the connection for messages."""


class DifferentError(Exception):
    """The server says something else; the text says what."""


class _Connection:
    """One connection of redis-py, on which answers come in the order of the commands."""

    def __init__(self, server: Server) -> None:
        import redis

        pool: Any = redis.ConnectionPool.from_url(server.url, **server.connection_options(PATIENCE))
        self._connection: Any = pool.make_connection()
        self._connection.connect()

    def send(self, commands: Sequence[Sequence[str]]) -> None:
        self._connection.send_packed_command(self._connection.pack_commands(commands))

    def answer(self) -> Reply:
        from redis.exceptions import ResponseError, TimeoutError

        try:
            found = self._connection.read_response()
        except ResponseError as error:
            return Refusal(str(error))
        except TimeoutError as error:
            # The connection is of no use any more: the answer may still come.
            raise DifferentError("there is no answer") from error
        return _without_errors(found)

    def ask(self, *words: str) -> Reply:
        self.send([words])
        return self.answer()

    @property
    def is_cut(self) -> bool:
        """Whether the server has closed it; whatever else it has sent is lost with it."""
        from redis.exceptions import ConnectionError, TimeoutError

        try:
            while True:
                self._connection.read_response()
        except TimeoutError:
            return False
        except ConnectionError:
            return True

    @property
    def has_answer(self) -> bool:
        return bool(self._connection.can_read(timeout=0))

    def close(self) -> None:
        self._connection.disconnect()


class _Control:
    """A connection as `measure` wants it."""

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection

    async def ask(self, *words: str) -> Reply:
        return self._connection.ask(*words)


@dataclass
class _Client:
    """A client: its connections, what it is owed answers to, and what it was told."""

    line: _Connection
    ear: _Connection
    identity: str
    ear_identity: str
    owed: list[tuple[Request, Value | Refused]] = field(default_factory=list)
    inbox: list[tuple[str, str]] = field(default_factory=list)
    is_blocked: bool = False


class RealServer:
    """A server, and clients of it. Use as `with RealServer(server, 3) as real`."""

    def __init__(self, server: Server, clients: int) -> None:
        self._server = server
        self._number = clients
        self._open: list[_Connection] = []

    def __enter__(self) -> RealServer:
        self._connect()
        return self

    def __exit__(self, *error: object) -> None:
        self._close()

    def _connect(self) -> None:
        self._control = self._connection()
        self._clients = [self._client() for _ in range(self._number)]

    def _connection(self) -> _Connection:
        self._open.append(_Connection(self._server))
        return self._open[-1]

    def _client(self) -> _Client:
        line, ear = self._connection(), self._connection()
        return _Client(line, ear, str(line.ask("CLIENT", "ID")), str(ear.ask("CLIENT", "ID")))

    def _close(self) -> None:
        for each in self._open:
            each.close()
        self._open.clear()

    def check(self, spec: Spec, said: Said) -> None:
        """Do what the clients do in a sequence. Raises DifferentError where the server says
        something else than the kind, or holds something else in the end."""
        run = _Sequence(spec, self._clients, self._control, self._client)
        try:
            run.through(said)
        except DifferentError:
            # Answers that are still under way would be taken for those of the next sequence.
            keys = kept_keys(run.stores)
            self._close()
            self._connect()
            if keys:
                self._control.ask("DEL", *keys)
            raise


class _Sequence:
    """One sequence on the server."""

    def __init__(
        self,
        spec: Spec,
        clients: list[_Client],
        control: _Connection,
        connect: Callable[[], _Client],
    ) -> None:
        self.stores = stores_of(spec)
        self._clients = clients
        self._control = control
        self._connect = connect
        self._erased = False

    def through(self, said: Said) -> None:
        last: _Client | None = None
        for event in said.events:
            client = self._clients[event.client]
            if client is not last or event.waits or event.late:
                self._settle()
            last = client
            if event.breaks:
                self._break(event)
            else:
                self._happen(client, event)
        self._settle()
        self._leave()
        self._compare_content(said)
        keys = kept_keys(self.stores)
        if keys:
            self._control.ask("DEL", *keys)

    def _happen(self, client: _Client, event: Event) -> None:
        commands = {base_name(each.call.command) for each in event.asked}
        if ADDING in commands and (self._erased or commands & ERASING):
            time.sleep(TICK)  # the server's clock: a new stream could begin with an old id
        self._erased = bool(commands & ERASING) or (self._erased and ADDING not in commands)
        store = self._store(event.asked[0])
        command = self._command(event.asked[0])
        if event.executes:
            self._execute(client, event)
        elif len(event.asked) > 1:
            self._join(client, event)
        elif is_channel(store.resource) and (not is_sent(command) or command.name in LISTENING):
            self._settle()
            self._listen(client, store, command, event)
        elif not is_sent(command):
            self._settle()
            assert command.name == "expire_now", command.name
            self._expire(store.key)
        elif event.gives_up:
            self._give_up(client, event)
        elif event.waits:
            self._wait(client, event)
        elif event.late:
            self._be_answered(client, event)
        else:
            if store.ids is not None:
                self._settle()  # the ids that the server gave stand in the words of the next
            client.line.send([self._words(event.asked[0], wanted=event.results[0])])
            client.owed.append((event.asked[0], event.results[0]))

    def _expire(self, key: str) -> None:
        """Let the time of a key be over: by a PEXPIRE of 0 it would be deleted, not expire."""
        if self._control.ask("PTTL", key) == -1:
            return  # as the kind says where there are times to live
        if self._control.ask("PEXPIRE", key, SHORT_LIFE) == 1:
            while self._control.ask("EXISTS", key):
                pass

    def _break(self, event: Event) -> None:
        """Let the server end a client's connection; it opens another one."""
        self._settle()
        client = self._clients[event.client]
        listens = is_channel(self.stores[event.breaks].resource)
        identity, old = (
            (client.ear_identity, client.ear) if listens else (client.identity, client.line)
        )
        if self._control.ask("CLIENT", "KILL", "ID", identity) != 1 or not old.is_cut:
            raise DifferentError(f"the server does not end connection {identity}")
        old.close()
        new = self._connect()
        if listens:
            client.ear, client.ear_identity = new.ear, new.ear_identity
            client.inbox.clear()
        else:
            client.line, client.identity, client.is_blocked = new.line, new.identity, False

    def _settle(self) -> None:
        """Read all answers that must come."""
        for client in self._clients:
            for asked, expected in client.owed:
                self._compare(asked, client.line.answer(), expected)
            client.owed.clear()

    # --- what takes more than one answer --------------------------------------------------------

    def _join(self, client: _Client, event: Event) -> None:
        self._settle()
        pairs = zip(event.asked, event.results, strict=True)
        words = [self._words(each, wanted=wanted) for each, wanted in pairs]
        client.line.send([["MULTI"], *words, ["EXEC"]])
        taken = [client.line.answer() for _ in range(len(words) + 1)]
        refused = next((each for each in taken if isinstance(each, Refusal)), None)
        answers = client.line.answer()
        if refused is not None or not isinstance(answers, list):
            raise DifferentError(f"the server refuses to join: {refused or answers}")
        for asked, reply, expected in zip(event.asked, answers, event.results, strict=True):
            self._compare(asked, reply, expected)

    def _execute(self, client: _Client, event: Event) -> None:
        """A transaction that fails where what the client watches was touched."""
        self._settle()
        client.line.send([["MULTI"], *map(self._words, event.asked), ["EXEC"]])
        for _ in range(len(event.asked) + 1):
            client.line.answer()
        answers = client.line.answer()
        if (answers is None) != (not event.results):
            fails = "fails" if answers is None else "is done"
            raise DifferentError(f"EXEC {fails} on the server, not by the kind")
        for asked, reply, expected in zip(event.asked, answers or (), event.results, strict=False):  # type: ignore[arg-type,var-annotated]
            self._compare(asked, reply, expected)

    def _wait(self, client: _Client, event: Event) -> None:
        """A command that the server must hold back."""
        self._settle()
        client.line.send([self._words(event.asked[0])])
        client.is_blocked = True
        for _ in range(LOOKS):
            if client.line.has_answer:
                told = self._told(event.asked[0])
                raise DifferentError(
                    f"{told} waits by the kind, the server answers {client.line.answer()}"
                )
            if self._is_held_back(client):
                return
        raise DifferentError(f"{self._told(event.asked[0])} does not come to the server")

    def _be_answered(self, client: _Client, event: Event) -> None:
        """A command that was held back must have been answered by what happened since."""
        if not client.line.has_answer and self._is_held_back(client):
            raise DifferentError(
                f"{self._told(event.asked[0])} still waits on the server, by the kind it is"
                f" answered {event.results[0]}"
            )
        client.is_blocked = False
        self._compare(event.asked[0], client.line.answer(), event.results[0])

    def _give_up(self, client: _Client, event: Event) -> None:
        """A command whose time is over: with a short one, or by the server's word for that."""
        self._settle()
        if event.late:
            if self._control.ask("CLIENT", "UNBLOCK", client.identity, "TIMEOUT") != 1:
                raise DifferentError(f"{self._told(event.asked[0])} does not wait any more")
            client.is_blocked = False
        else:
            client.line.send([self._words(event.asked[0], SHORT)])
        self._compare(event.asked[0], client.line.answer(), event.results[0])

    def _is_held_back(self, client: _Client) -> bool:
        facts = str(self._control.ask("CLIENT", "LIST", "ID", client.identity)).split()
        return any(each.startswith("flags=") and "b" in each for each in facts)

    def _listen(self, client: _Client, store: Store, command: Command, event: Event) -> None:
        if is_sent(command):
            client.ear.send([self._words(event.asked[0])])
            self._hear(client, command.name)
        elif event.waits:
            # All that was published is here when the answer to a PING is.
            client.ear.send([["PING"]])
            self._hear(client, "pong")
            if came := _messages(store, client):
                raise DifferentError(f"nothing has come by the kind, the server sent {came[0]}")
        else:
            while not _messages(store, client):
                self._hear(client, MESSAGE)
            first = _messages(store, client)[0]
            client.inbox.remove(first)
            self._compare(event.asked[0], _message(store, first), event.results[0])

    def _hear(self, client: _Client, wanted: str) -> None:
        """Read what the server pushes, until that has come."""
        while True:
            match client.ear.answer():
                case ["message" | "smessage", str(channel), str(text)]:
                    client.inbox.append((channel, text))
                    if wanted == MESSAGE:
                        return
                case ["pmessage", _, str(channel), str(text)]:
                    client.inbox.append((channel, text))
                    if wanted == MESSAGE:
                        return
                case [str(word), *_] if word.lower() == wanted:
                    return
                case str(word) if word.lower() == wanted:
                    return
                case [str(word), *_] if wanted == "pong" and word in LISTENING:
                    continue  # what it has left is of no interest
                case other:
                    raise DifferentError(f"{other} instead of {wanted}")

    # --- the end --------------------------------------------------------------------------------

    def _leave(self) -> None:
        """Let nobody wait any more, or listen, or watch."""
        for client in self._clients:
            if client.is_blocked:
                if client.line.has_answer:
                    raise DifferentError(
                        f"somebody waits by the kind, the server answers {client.line.answer()}"
                    )
                self._control.ask("CLIENT", "UNBLOCK", client.identity)
                client.line.answer()
                client.is_blocked = False
            client.line.ask("UNWATCH")

    def _compare_content(self, said: Said) -> None:
        self._compare_channels(said)
        try:
            found = _run(measure(self.stores, _Control(self._control)))  # type: ignore[arg-type]
        except PayloadError as error:
            raise DifferentError(f"the server holds something else than values: {error}") from error
        for name, value in found.items():
            if value != said.content[name]:
                raise DifferentError(
                    f"{name} is {value} on the server in the end, {said.content[name]} by the kind"
                )

    def _compare_channels(self, said: Said) -> None:
        for number, client in enumerate(self._clients):
            stores = [each for each in self.stores.values() if is_channel(each.resource)]
            if not stores:
                return
            client.ear.send([["UNSUBSCRIBE"], ["PUNSUBSCRIBE"], ["SUNSUBSCRIBE"], ["PING"]])
            self._hear(client, "pong")
            for store in stores:
                name = f"{store.name}.inbox[client[{number}]]"
                try:
                    inbox = [self._read(store, each) for each in _messages(store, client)]
                except PayloadError as error:
                    raise DifferentError(f"{name} holds something else: {error}") from error
                if name in said.content and inbox != said.content[name]:
                    raise DifferentError(
                        f"{name} is {inbox} really in the end, {said.content[name]} by the kind"
                    )
            client.inbox.clear()

    def _read(self, store: Store, message: tuple[str, str]) -> Value:
        """A message as the command that takes it answers it."""
        command = next(each for each in store.resource.commands[0].values() if each.local)
        call = Call(0, store.name, command.name, (), (), True, command.wire, command.answer, False)
        return store.answer(Request(call, {}), _message(store, message))

    # --- words and answers ----------------------------------------------------------------------

    def _store(self, asked: Request) -> Store:
        return self.stores[asked.call.resource]

    def _command(self, asked: Request) -> Command:
        return self._store(asked).command(asked)

    def _words(self, asked: Request, limit: float = LONG, wanted: Value = None) -> list[str]:
        """The words of a command; of one that chooses, those that make it answer what is wanted."""
        store, command = self._store(asked), self._command(asked)
        wanted = None if isinstance(wanted, Refused) else wanted
        if (sent := decided(command, wanted, asked.held)) is command:
            return store.words(replace(self._addressed(asked), limit=limit))
        given = {**asked.arguments, **deciding(sent, wanted, asked.held)}
        return words_of(sent, store.key_for(asked), given, store.codec, store.ids)

    def _addressed(self, asked: Request) -> Request:
        """A command with the keys of the other resources that it is given."""
        keys = {name: self.stores[each].key for name, each in asked.call.others}
        return replace(asked, others=keys)

    def _told(self, asked: Request) -> str:
        return " ".join(self._words(asked))

    def _compare(self, asked: Request, reply: Reply, expected: Value | Refused) -> None:
        store = self._store(asked)
        if isinstance(expected, Refused):
            told = reply.text if isinstance(reply, Refusal) else f"answered {reply}"
            if not isinstance(reply, Refusal) or store.refusal(asked, told) != expected.error:
                by_kind = f"{self._told(asked)} is refused by the kind, {expected.error}"
                raise DifferentError(f"{by_kind}; the server: {told}")
            return
        if isinstance(reply, Refusal):
            raise DifferentError(f"{self._told(asked)} is refused: {reply.text}")
        command = self._command(asked)
        sent = decided(command, expected, asked.held)
        counted = sent is not command and not answers_alike(command)
        try:
            found = (
                was_decided(expected, reply)
                if counted
                else store.answer(self._addressed(asked), reply)
            )
        except PayloadError as error:
            raise DifferentError(f"{self._told(asked)}: {error}") from error
        if self._command(asked).runs_down and 0 <= int(str(found)) <= int(str(expected)):
            lapse = int(str(expected)) - int(str(found))
            if lapse <= LAPSE[asked.call.command]:
                return
        if found != expected:
            raise DifferentError(
                f"{self._told(asked)} answers {found} on the server, {expected} by the kind"
            )


def _messages(store: Store, client: _Client) -> list[tuple[str, str]]:
    """What a client was told and has not read of one resource."""
    return [each for each in client.inbox if each[0] in store.keys and store.hears(*each)]


def _message(store: Store, message: tuple[str, str]) -> Reply:
    """A message as a client library gives it: with its channel, where there are several."""
    return message[1] if store.addresses is None else list(message)


def _without_errors(found: object) -> Reply:
    """An answer of redis-py; in a transaction, a refusal is an exception among the answers."""
    if isinstance(found, Exception):
        return Refusal(str(found))
    if isinstance(found, list):
        return [_without_errors(each) for each in found]
    return found


def _run(task: Coroutine[object, object, T]) -> T:
    """The result of a coroutine that never has to wait."""
    try:
        task.send(None)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]
    raise AssertionError("it waits")
