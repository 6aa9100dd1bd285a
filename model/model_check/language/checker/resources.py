"""Resources: a kind of the user's choice, made concrete for each instance.

A kind is checked anew for every resource, with its type parameters bound: only then is it
known what `T` and `Client` are. Commands are checked when the first call asks for them, so
that a `redis.string[bool]` has no trouble with `incr` as long as nobody calls it.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence

from ...codes import Code
from ..keys import DISCONNECTS, EXPIRES
from ..records import dataclass, field, replace
from ..source.diagnostics import Diagnostic, Diagnostics, Position, Source
from ..syntax.nodes import CommandDoc, Expression, FaultDoc, KindDoc, Name, TypeDoc
from ..tree.expressions import CallerIndex, Choose, Expr, KindVar, Literal, Temporary
from ..tree.spec import Command, Disconnects, Fault, Heard, Process, Resource, Server, Variable
from ..tree.walk import expressions_in
from ..types import BOOL, DictType, EnumType, NothingType, RecordType, Type, parts_of
from .command_bodies import check_command_body, refuse_refusals
from .context import Names, Scope
from .defines import defines_of
from .entries import CheckedCommand, ResourceEntry
from .expressions import check_as, check_condition
from .faults import most_of
from .notices import heard_by
from .survey import mentions
from .types_of import TypeReader, declare_enums
from .variables import initial_value, variable

__all__ = ["ConcreteResource"]


@dataclass
class ConcreteResource(ResourceEntry):
    """A resource with its kind made concrete. `arguments` are its kind's types, `spec` what the
    spec that has it declares, in the files `origins`."""

    arguments: Mapping[str, Type]
    spec: Names
    origins: frozenset[Source]
    _scopes: list[Scope] = field(default_factory=list, init=False)
    _faults: list[tuple[Fault, ...]] = field(default_factory=list, init=False)
    _disconnected: list[Command | None] = field(default_factory=list, init=False)
    _broken: list[Command | None] = field(default_factory=list, init=False)
    _users: tuple[tuple[str, ...], ...] = field(default=(), init=False)
    _connected: frozenset[str] = field(default=frozenset(), init=False)
    _heard: Heard | None = field(default=None, init=False)

    def set_up(
        self,
        clients: Sequence[Sequence[str]],
        users: Sequence[Sequence[str]],
        *,
        called: Collection[str],
        leased: bool,
        erased: bool,
        faults: bool,
    ) -> None:
        """Check options and state, now that it is known who the clients of each instance are, and
        who its `users`, which commands are `called`, and whether it is `leased`: some call has to
        do with times to live; and whether something that it holds may be `erased`. Without `faults`
        no connection breaks."""
        self.called, self.leased, self.erased = frozenset(called), leased, erased
        self._connected = frozenset(name for each in users for name in each)
        self._warn_of_lease()
        given = next((FaultDoc(n, v) for n, v in self.doc.options if n.text == DISCONNECTS), None)
        if given is not None and self.kind.disconnected is not None:
            most = most_of(given, self.name, self.spec, faults=faults)
            # One that never breaks by itself still has another end, which may crash.
            if most != 0 or (faults and self.kind.ends is not None):
                self.disconnects = Disconnects(most, given.name.at)
        for doc in self.breaking if self.disconnects is None else ():
            if most_of(doc, self.name, self.spec, faults=faults) != 0:
                self.disconnects = Disconnects(0, doc.name.at)
        if self.disconnects is not None:
            self._users = tuple(map(tuple, users))
        for number, members in enumerate(clients):
            self.clients.append(EnumType(tuple(members)))
            self._too_many(number, members)
            found = Diagnostics()
            scope, state = self._instance_scope(self.clients[number], found)
            message = f"{self.name} cannot be a {self.kind_name}"
            self._tell(tuple(found.found), self.doc.kind.at, message)
            self._scopes.append(scope)
            self.states.append(state)

    def _too_many(self, number: int, members: Sequence[str]) -> None:
        ends = self.kind.ends
        if ends is None or len(members) <= ends:
            return
        who = ", ".join(members[:-1]) + f" and {members[-1]}"
        hint = f"give it count: {-(-len(members) // ends)} and call {self.name}[self]"
        if self.count is not None:
            hint = "an index made of self and constants tells which one each process uses"
        self.spec.found.report(
            self.doc.name.at,
            f"a {self.kind.name} has {_number(ends)} ends, "
            f"but {who} use {self.instance_name(number)}",
            hint,
        )

    def _instance_scope(
        self, client: EnumType, found: Diagnostics
    ) -> tuple[Scope, tuple[Variable, ...]]:
        names = Names(found)
        kind = self.kind
        declare_enums(_types_in(kind), names)
        names.types.update(self.arguments)
        names.types["Client"] = client
        for parameter in kind.parameters:
            names.declared[parameter.text] = ("a type", parameter.at)
        reader = TypeReader(names)
        locals_: dict[str, Expr] = {}
        base = Scope(
            names,
            shared="a kind knows its own state only",
            commands="a command of a kind cannot call commands",
            choices="x = choose(...) stands by itself in the run of a command, in no branch",
            in_kind=True,
        )
        for option, doc, default in kind.options:
            names.declare(option, "an option")
            value = self._option(option.text, reader.read(doc))
            if value is None and default is not None:
                value = initial_value(default, reader.read(doc), base, option.text)
            if value is not None:
                locals_[option.text] = value
        initial = replace(base, locals=dict(locals_))
        state = []
        for var in self.kept:
            names.declare(var.name, "a variable")
            made = variable(var, reader.read(var.type), initial)
            state.append(made)
        for made in state:
            locals_[made.name] = KindVar(made.name, made.type, made.at)
        base = replace(
            base,
            missing=self._missing(initial, locals_),
            untold=all(each.doc.of is None for each in self.spec.resources.values()),
        )
        if kind.leases:
            locals_["leases"] = Literal(int(self.leased), BOOL, self.doc.kind.at)
        names.defines = defines_of(kind.define, replace(base, locals=dict(locals_)))
        if kind.exists is not None:
            seen = replace(base, locals=dict(locals_))
            locals_["exists"] = check_condition(kind.exists, seen, "exists")
        locals_["caller"] = CallerIndex(client, self.doc.kind.at)
        return replace(base, locals=locals_), tuple(state)

    def _missing(self, scope: Scope, locals_: dict[str, Expr]) -> frozenset[str]:
        """The names of state that nothing asks for, each with its first value in `locals_`."""
        asked = (each for _, each in self.kind.asked)
        docs = (*self.kind.leases, *self.kind.erased, *asked)
        docs = tuple(each for each in docs if each not in self.kept)
        for var in docs:
            kind = TypeReader(scope.names).read(var.type)
            if var.initial is not None:
                locals_[var.name.text] = initial_value(var.initial, kind, scope, var.name.text)
        return frozenset(var.name.text for var in docs)

    def _warn_of_lease(self) -> None:
        """Tell of a key with a time to live that is never over."""
        said = {each.text for each, _ in self.doc.options}
        if self.leased and self.kind.leases and EXPIRES not in said:
            message = f"{self.name} has a time to live, and it is never over"
            hint = "expires: 1 says that it may be; expires: 0, that it never is"
            self.spec.found.warn(Code.NEVER_EXPIRES, self.doc.name.at, message, hint)

    def _option(self, name: str, kind: Type) -> Expr | None:
        """The value that the spec gives an option."""
        given = next((value for key, value in self.doc.options if key.text == name), None)
        if given is None:
            return None
        scope = Scope(
            self.spec,
            shared="an option is made of constants",
            commands="an option cannot call a command",
            choices="an option has one value",
        )
        return initial_value(given, kind, scope, f"{name} of {self.name}")

    def _tell(self, found: Sequence[Diagnostic], at: Position, message: str) -> None:
        """Pass on what is wrong in the kind. In a kind that came with the tool the user can
        change nothing: what is wrong is how it is used, and the first mistake says it. Of a
        type that was wrong itself nothing more is said."""
        if not found or any(_is_broken(kind) for kind in self.arguments.values()):
            return
        first = found[0]
        if first.position.source in self.origins:
            self.spec.found.found += found
        else:
            self.spec.found.report(at, message, f"{first.message}, at {first.position}")

    # --- commands -------------------------------------------------------------------------

    def command(self, name: str, number: int, at: Position) -> CheckedCommand | None:
        key = (name, number)
        if key not in self.commands:
            scope = self._scopes[number]
            found = scope.names.found
            found.forget(0)
            checked = self._check(self.doc_of(name), scope)
            self.commands[key] = (checked, tuple(found.found))
        checked, mistakes = self.commands[key]
        self._tell(mistakes, at, f"{self.kind_name} does not allow {name}")
        return None if mistakes else checked

    def _check(self, doc: CommandDoc, scope: Scope) -> CheckedCommand:
        reader = TypeReader(scope.names)
        parameters: list[tuple[str, Type]] = []
        defaults: list[Expr | None] = []
        locals_ = dict(scope.locals)
        for name, kind_doc, default in doc.parameters:
            if name.text in scope.locals:
                scope.names.found.report(name.at, f"{name.text} means something else here already")
            kind = reader.read(kind_doc)
            parameters.append((name.text, kind))
            defaults.append(None if default is None else check_as(default, scope, kind, name.text))
            locals_[name.text] = Temporary(name.text, kind, name.at)
        for other in doc.others:
            if other.text in scope.locals:
                message = f"{other.text} means something else here already"
                scope.names.found.report(other.at, message)
            held = RecordType(tuple((v.name, v.type) for v in self._shareable(scope)))
            locals_[other.text] = KindVar("", held, other.at, of=other.text)
        inner = replace(scope, locals=locals_)
        if doc.more:
            given = tuple(locals_.pop(each.text) for each in doc.others)
            inner = replace(inner, others={doc.more: given}, touched="")
        # Who called, and with what, is over then.
        after = replace(scope, locals={n: v for n, v in scope.locals.items() if n != "caller"})
        body = check_command_body(doc, inner, after)
        needed = self.arguments.keys() - dict(self.kind.defaults).keys()
        is_joined = doc.joins and not body.blocking and not doc.issue
        command = Command(
            name=doc.name.text, about=doc.about, reference=doc.reference,
            parameters=tuple(parameters), issue=body.issue, run=body.run,
            result=body.result, blocking=body.blocking, wire=doc.wire, answer=doc.answer,
            joins=self.kind.joins if is_joined else "",
            carries=frozenset(
                n.text
                for n, kind, _ in doc.parameters
                if _speaks(kind, needed) and n.text != self.kind.address
            ),
            payloads=frozenset(
                n.text for n, kind, _ in doc.parameters if _speaks(kind, (self.kind.payload,))
            ),
            several=frozenset(n.text for n, kind, _ in doc.parameters if _is_list(kind)),
            afterwards=body.afterwards, wire_text=doc.wire_text, local=doc.local,
            connection=doc.connection, connects=doc.connects, needs=doc.needs, moves=doc.moves,
            absent=doc.absent, handover=doc.handover, acknowledges=doc.acknowledges,
            again=doc.again, removes=doc.removes,
            flat=doc.flat, refusals=body.refusals, runs_down=doc.runs_down,
            chooses=any(isinstance(each, Choose) for each in expressions_in(body.run)),
            decided=doc.decided, gives_up=body.gives_up, limit=doc.limit,
            address=self.kind.address, others=tuple(each.text for each in doc.others),
            more=doc.more,
        )  # fmt: skip
        return CheckedCommand(command, tuple(defaults), doc.form)

    def _shareable(self, scope: Scope) -> Sequence[Variable]:
        """The state that is the same for all resources of the kind with the same types: not what
        it holds for each of its clients."""
        return [
            each
            for each in self.states[self._scopes.index(scope)]
            if not any(isinstance(part, DictType) for part in (each.type, *parts_of(each.type)))
        ]

    def is_alike(self, other: ResourceEntry) -> bool:
        return (
            isinstance(other, ConcreteResource)
            and other.kind is self.kind
            and other.arguments == self.arguments
            and other.doc.payload == self.doc.payload  # the server moves a text as it is
        )

    def finished(self) -> Resource:
        """The resource with all commands that are called, and what may go wrong with it; only when
        nothing is wrong."""
        commands: list[dict[str, Command]] = [{} for _ in range(self.instances)]
        for name in self.command_names:
            for number in range(self.instances):
                if (name, number) in self.commands:
                    checked, _ = self.commands[name, number]
                    commands[number][name] = checked.command
        texts = (each.text if isinstance(each, Expression) else "" for each in self.doc.arguments)
        return Resource(
            name=self.name, kind=self.kind.name, key=self.doc.key, about=self.doc.about,
            count=self.count, clients=tuple(self.clients), state=tuple(self.states),
            commands=tuple(commands), arguments=tuple(texts), ends=self.kind.ends,
            names=self.kind.names, stored=self.kind.stored,
            server=self.kind.joins, faults=tuple(self._faults),
            disconnected=tuple(self._disconnected), disconnects=self.disconnects,
            users=self._users, broken=tuple(self._broken),
            leases=frozenset(e.name.text for e in self.kind.leases if self.leased),
            aside=frozenset(e.name.text for e in (*self.kind.leases, *self.kind.erased)),
            payload=self.doc.payload, value_type=self.arguments.get(self.kind.payload),
            value_text=self._value_text(),
            unread=frozenset(each.text for each in self.doc.unread),
            places=self.doc.written.patterns, address=self.kind.address, heard=self._heard,
        )  # fmt: skip

    def _value_text(self) -> str:
        """The type of what is put on a server, as the user wrote it."""
        for name, each in zip(self.kind.parameters, self.doc.arguments, strict=False):
            if name.text == self.kind.payload:
                return each.text if isinstance(each, Expression) else ""
        return ""

    # --- what may go wrong ------------------------------------------------------------------

    def check_faults(
        self, processes: Sequence[Process], servers: Sequence[Server], *, faults: bool
    ) -> None:
        """Check what may go wrong with each instance, and what crashes of its clients, and a server
        that fails over, do to it; without `faults` nothing may."""
        dying = {
            process.client_name(each)
            for process in processes
            if process.crashes is not None
            for each in range(process.count)
        }
        fails_over = {each.name for each in servers}
        given = {name.text: FaultDoc(name, value) for name, value in self.doc.options}
        asked = [(doc, given[doc.name.text]) for doc in self.kind.faults if doc.name.text in given]
        most = [most_of(each, self.name, self.spec, faults=faults) for _, each in asked]
        for number, client in enumerate(self.clients):
            found = []
            for (late, each), often in zip(asked, most, strict=True):
                command = self._uncalled(late.doc, number, each.name.at) if often != 0 else None
                if command is not None:
                    happens_to_one = mentions(late.doc, "caller")
                    whom = tuple(range(len(client.members))) if happens_to_one else None
                    breaks = late.doc.breaks
                    if breaks and whom is None:
                        message = (
                            f"{each.name.text} breaks a connection, and its run says not whose"
                        )
                        self.spec.found.report(each.name.at, message, "await caller in ...")
                    found.append(Fault(command, often, whom, each.name.at, breaks))
            self._faults.append(tuple(found))
            goes = (
                self.disconnects is not None
                or self.kind.joins in fails_over
                or not dying.isdisjoint(client.members)
            )
            at = self.doc.kind.at
            for doc_of, into in (
                (self.kind.disconnected if goes else None, self._disconnected),
                (self.kind.broken if self.disconnects is not None else None, self._broken),
            ):
                into.append(None if doc_of is None else self._uncalled(doc_of.doc, number, at))

    def check_events(self) -> None:
        """Check what the channel tells, if it tells what becomes of keys."""
        if self.doc.of is None or not self.kind.notified:
            return
        doc, at = self.doc_of(self.kind.notified), self.doc.kind.at
        made = {each: self._uncalled(doc, each, at) for each in range(self.instances)}
        commands = {each: command for each, command in made.items() if command is not None}
        if len(commands) == self.instances:
            self._heard = heard_by(self, self.spec, commands)

    @property
    def connected(self) -> frozenset[str]:
        """Who may be told in the name of what goes wrong with it."""
        return self._connected.union(*(each.members for each in self.clients))

    @property
    def names_faults(self) -> bool:
        """Whether the spec says of it that it may go wrong."""
        known = {fault.name.text for fault in self.kind.faults}
        return self.says_it_breaks or not known.isdisjoint(map(_key, self.doc.options))

    def _uncalled(self, doc: CommandDoc, number: int, at: Position) -> Command | None:
        """A command that no process calls."""
        scope = self._scopes[number]
        found = scope.names.found
        found.forget(0)
        checked = self._check(doc, scope)
        refuse_refusals(checked.command.run, scope, doc.name.text)
        mistakes = tuple(found.found)
        self._tell(mistakes, at, f"{self.kind_name} does not allow {doc.name.text}")
        return None if mistakes else checked.command


def _speaks(kind: TypeDoc, parameters: Collection[str]) -> bool:
    """Whether a type speaks of a type parameter of the kind."""
    if isinstance(kind, Expression):
        names = {each.id for each in ast.walk(kind.node) if isinstance(each, ast.Name)}
        return not names.isdisjoint(parameters)
    return any(_speaks(each, parameters) for _, each in kind.fields)


def _is_list(kind: TypeDoc) -> bool:
    """Whether a kind itself declares a list, whatever its type parameters are."""
    node = kind.node if isinstance(kind, Expression) else None
    return (
        isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Name)
        and node.value.id == "list"
    )


def _key(option: tuple[Name, Expression]) -> str:
    return option[0].text


def _is_broken(kind: Type) -> bool:
    return isinstance(kind, NothingType) or any(map(_is_broken, parts_of(kind)))


def _number(value: int) -> str:
    return {1: "one", 2: "two", 3: "three"}.get(value, str(value))


def _types_in(kind: KindDoc) -> Iterator[TypeDoc]:
    for _, doc, _ in kind.options:
        yield doc
    for var in kind.state:
        yield var.type
    for command in kind.commands:
        for _, doc, _ in command.parameters:
            yield doc
