"""Kinds of resources, written in YAML in the same language as the specs that use them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, cached_property, partial
from itertools import chain
from pathlib import Path, PurePath
from typing import TypeVar

from ..keys import BREAKS, RESOURCE, key_names
from ..source.diagnostics import Diagnostics, Source, did_you_mean
from ..source.reader import MappingNode, Node, ScalarNode, read_yaml
from ..source.text import Text
from .asked_state import asked_state
from .command_body import CommandBody, ReadBody
from .commands import (
    NEVER,
    check_handover,
    names_of,
    program_under,
    read_body,
    read_command,
    typed_names,
)
from .defines import read_defines
from .fields import Fields, named, variables
from .kind_bases import ERASE, completed, extended
from .names import shorten
from .nodes import CommandDoc, KindDoc, Name, Statement, UncalledDoc, VarDoc
from .other_resources import with_others
from .program import parse_program
from .server_state import ServerState
from .type_parameters import type_parameters

__all__ = ["KINDS", "bases_in", "builtin_kinds", "load_kinds"]

_RESOURCE_KEYS = key_names((*RESOURCE, BREAKS))

KINDS = Path(__file__).parents[2] / "kinds"
"""The files of the kinds that come with the tool."""

_KIND_KEYS = (
    "about", "reference", "example", "parameters", "options", "state", "commands", "ends", "joins",
    "local", "names", "payload", "stored", "faults", "disconnected", "broken", "define", "address",
    "abstract", "extends", "exists", "erase", "settled", "leases", "erased",
    "asked", "instead", "notified",
)  # fmt: skip
_STORED_KEYS = ("state", "write", "read", "bare", "ids")
_FAULT_KEYS = ("about", "reference", "run", "wire", "answer", "breaks")
_NONE = "none"
_Block = tuple[Statement, ...]
_Read = TypeVar("_Read")
_BASE = ".base"
"""Behind the name of what kinds extend: redis/key.base.yaml."""


class _BuiltinKinds(Mapping[str, KindDoc]):
    """The kinds that come with the tool: `redis.list` stands in redis/list.yaml, alone. Each is
    read when it is first asked for: a spec uses a few of them."""

    def __init__(self) -> None:
        files = (file.relative_to(KINDS) for file in sorted(KINDS.rglob("*.yaml")))
        found = {".".join(file.with_suffix("").parts): file for file in files}
        self._files = {name: f for name, f in found.items() if not name.endswith(_BASE)}
        self._bases = [f for name, f in found.items() if name.endswith(_BASE)]
        self._docs: dict[str, KindDoc] = {}

    @cached_property
    def bases(self) -> dict[str, MappingNode]:
        """What kinds extend, by name."""
        found = (bases_in(self._source(file)) for file in self._bases)
        return dict(chain(*(each.items() for each in found)))

    def _source(self, file: PurePath) -> Source:
        text = (KINDS / file).read_text(encoding="utf-8")
        return Source(str(PurePath("kinds", file)), text)

    def __getitem__(self, name: str) -> KindDoc:
        if name not in self._docs:
            errors = Diagnostics()
            (entry,) = read_yaml(self._source(self._files[name])).entries
            doc = _kind(*entry, errors, self.bases, late=True)
            errors.raise_if_any()
            self._docs[name] = doc
        return self._docs[name]

    def __contains__(self, name: object) -> bool:
        return name in self._files

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


@cache
def _builtin() -> _BuiltinKinds:
    return _BuiltinKinds()


def builtin_kinds() -> Mapping[str, KindDoc]:
    """The kinds that come with the tool, by their names, from `kinds/`."""
    return _builtin()


def bases_in(source: Source) -> dict[str, MappingNode]:
    """What a file has for kinds to extend, by name."""
    return {
        key.text: value
        for key, value in read_yaml(source).entries
        if isinstance(value, MappingNode) and value.get("abstract") is not None
    }


def load_kinds(
    source: Source, bases: Mapping[str, MappingNode] | None = None
) -> dict[str, KindDoc]:
    """Read a file of kinds: a mapping from a kind's dotted name to what it is. They extend what
    stands in the file, and `bases`: those that come with the tool.

    Raises `SpecError` with all mistakes of the file.
    """
    errors = Diagnostics()
    found = {}
    own = bases_in(source)
    known = {**(_builtin().bases if bases is None else bases), **own}
    for key, value in read_yaml(source).entries:
        if not all(part.isidentifier() for part in key.text.split(".")):
            message = f"{shorten(key.text)} cannot name a kind"
            errors.report(key.at, message, "names with dots between them, such as redis.list")
        if key.text not in own:
            found[key.text] = _kind(key, value, errors, known)
    errors.raise_if_any()
    return found


def _kind(
    key: ScalarNode,
    node: Node,
    errors: Diagnostics,
    bases: Mapping[str, MappingNode],
    *,
    late: bool = False,
) -> KindDoc:
    """A kind; `bases`: what it may extend; `late`: what no process calls is read when it is asked
    for, with its mistakes."""
    node = _with_base(node, bases, errors)
    fields = Fields(node, f"the kind {shorten(key.text)}", _KIND_KEYS, errors)
    local = fields.truth("local")
    state = variables(fields.section("state"), errors)
    bodies = _Bodies(fields, state, late=late)
    commands = tuple(
        form
        for each in fields.section("commands")
        for form in with_others(read_command(*each, local, errors, bodies.of))
    )
    faults = [
        _uncalled(Name(name.text, name.at), partial(_fault, name, value, bodies), errors, late=late)
        for name, value in fields.section("faults")
    ]
    endings = [_ending(fields, name, errors, late=late) for name in ("disconnected", "broken")]
    for fault in faults if not late else ():
        if fault.doc.breaks and (endings[0] is None or _ends(fields) is not None):
            message = f"{fault.name.text} breaks the connection of a client, and of this kind none"
            errors.report(fault.name.at, f"{message} has one of its own", "disconnected: says so")
    types = tuple(type_parameters(fields))
    known = [command.name.text for command in commands]
    for command in commands:
        for need in command.needs:
            if need not in known:
                message = f"{command.name.text} needs {shorten(need)}, which is no command"
                errors.report(command.name.at, message, did_you_mean(need, known))
        for name, by in (*command.moves, *command.absent):
            if name not in known:
                message = f"{shorten(by)} cannot do {shorten(name)}, which is no command"
                errors.report(command.name.at, message, did_you_mean(name, known))
        check_handover(command, commands, errors)
    return KindDoc(
        name=key.text,
        about=fields.text("about"),
        reference=fields.text("reference"),
        example=fields.text("example"),
        parameters=tuple(name for name, _ in types),
        define=read_defines(fields),
        defaults=tuple((name.text, kind) for name, kind in types if kind is not None),
        options=typed_names(fields, "options"),
        state=state,
        commands=commands,
        ends=_ends(fields),
        joins=_server(fields),
        payload=_payload(fields, [name.text for name, _ in types]),
        names=fields.text("names") or "key",
        stored=_storage(fields.node.get("stored"), state, errors),
        faults=tuple(faults),
        disconnected=endings[0],
        broken=endings[1],
        exists=fields.expression("exists"),
        leases=variables(fields.section("leases"), errors),
        erased=variables(fields.section("erased"), errors),
        asked=asked_state(fields),
        instead=tuple(_told(fields, "instead")),
        address=_address(fields, commands),
        notified=_notified(fields, commands),
    )


def _with_base(node: Node, bases: Mapping[str, MappingNode], errors: Diagnostics) -> Node:
    """A kind with what the one has that it extends."""
    named = node.get("extends") if isinstance(node, MappingNode) else None
    if not isinstance(node, MappingNode) or named is None:
        return node
    name = named.text if isinstance(named, ScalarNode) else ""
    if name not in bases:
        hint = did_you_mean(name, bases)
        errors.report(named.at, f"{shorten(name)} is no kind that others extend", hint)
        return node
    return extended(node, bases[name])


def _told(fields: Fields, key: str) -> Iterator[tuple[str, str]]:
    """Texts by what they are said of."""
    for name, value in fields.section(key):
        if isinstance(value, ScalarNode):
            yield name.text, value.text
        else:
            fields.errors.report(value.at, f"{key} says of {shorten(name.text)} a text")


def _address(fields: Fields, commands: tuple[CommandDoc, ...]) -> str:
    """The parameter that says which of its keys a command is for."""
    text = fields.text("address")
    known = {name.text: None for each in commands for name, _, _ in each.parameters}
    if text and text not in known:
        message = f"address names a parameter of the commands, not {shorten(text)}"
        fields.refuse("address", message, did_you_mean(text, known))
        return ""
    return text


def _notified(fields: Fields, commands: tuple[CommandDoc, ...]) -> str:
    """The command that the server carries out itself where it tells of keys."""
    text = fields.text("notified")
    known = [each.name.text for each in commands]
    if text and text not in known:
        message = f"notified names a command of the kind, not {shorten(text)}"
        fields.refuse("notified", message, did_you_mean(text, known))
        return ""
    return text


def _storage(node: Node | None, state: tuple[VarDoc, ...], errors: Diagnostics) -> ServerState:
    """How a server keeps a state of the kind."""
    if node is None:
        return ServerState()
    fields = Fields(node, "stored", _STORED_KEYS, errors)
    name = fields.text("state")
    known = [each.name.text for each in state]
    if name not in known:
        errors.report(node.at, f"stored names a state of the kind, not {shorten(name)}",
                      did_you_mean(name, known))  # fmt: skip
    for key in ("write", "read"):
        if not fields.text(key):
            errors.report(node.at, f"stored has no {key}: the command that does it at the server")
    return ServerState(
        name,
        fields.written("write"),
        fields.written("read"),
        fields.truth("bare"),
        tuple(each.text for each in names_of(fields, "ids", "parameter")),
    )


def _server(fields: Fields) -> str:
    """The server that joins commands of this kind: a word."""
    text = fields.text("joins")
    if text and (not text.isidentifier() or text == NEVER):
        message = f"joins names a server by a word, not {shorten(text)}"
        fields.refuse("joins", message, "joins: redis")
        return ""
    return text


def _payload(fields: Fields, known: Sequence[str]) -> str:
    """The type parameter that values at the server are of: the first one, if no other is named; ""
    where none has a payload."""
    text = fields.text("payload")
    if text == _NONE:
        return ""
    if text and text not in known:
        message = f"payload names a type parameter of the kind, not {shorten(text)}"
        fields.refuse("payload", message, did_you_mean(text, known))
    return text or next(iter(known), "")


def _ends(fields: Fields) -> int | None:
    """How many clients can share an instance: a plain number of at most two digits."""
    text = fields.text("ends")
    if re.fullmatch("[1-9][0-9]?", text):
        return int(text)
    if text:
        fields.refuse("ends", f"ends is a number from 1 to 99, not {shorten(text)}")
    return None


def _fault(key: ScalarNode, node: Node, bodies: _Bodies, errors: Diagnostics) -> CommandDoc:
    """What may go wrong, by the key of a resource that says how often."""
    name = named(key, "fault", errors, callable_=True)
    fields = Fields(node, f"the fault {shorten(name.text)}", _FAULT_KEYS, errors)
    if name.text in _RESOURCE_KEYS:
        errors.report(name.at, f"{name.text} is a key of every resource", "rename the fault")
    if fields.node.get("run") is None and fields.node is node:
        errors.report(key.at, f"the fault {name.text} has no run", "what it does")
    return CommandDoc(
        name=name,
        about=fields.text("about"),
        reference=fields.text("reference"),
        parameters=(),
        body=bodies.of(node),
        wire=fields.text("wire"),
        answer=fields.text("answer"),
        wire_text=fields.written("wire") or key.content,
        breaks=fields.truth("breaks"),
    )


def _ending(fields: Fields, key: str, errors: Diagnostics, *, late: bool) -> UncalledDoc | None:
    """What becomes of the kind when a connection ends."""
    for found, value in fields.node.entries:
        if found.text == key:
            name, text = Name(key, found.at), found.content

            def read(
                errors: Diagnostics, name: Name = name, value: Node = value, text: Text = text
            ) -> CommandDoc:
                body = CommandBody(run=parse_program(value, errors))
                return CommandDoc(name, "", "", (), ReadBody(lambda: body), "", "", wire_text=text)

            return _uncalled(name, read, errors, late=late)
    return None


class _Bodies:
    """Reads what the commands of a kind do; `late`: when somebody asks, with its mistakes."""

    def __init__(self, kind: Fields, state: Sequence[VarDoc], *, late: bool) -> None:
        self.kind = kind
        self.state = frozenset(each.name.text for each in state)
        self.late = late
        self._meant = None if late else self._meanings(kind.errors)

    def of(self, node: Node) -> ReadBody:
        """What stands under the name of a command."""
        if self.late:
            return ReadBody(lambda: _alone(lambda own: self._read(node, own)))
        body = self._read(node, self.kind.errors)
        return ReadBody(lambda: body)

    def _read(self, node: Node, errors: Diagnostics) -> CommandBody:
        erase, settled = self._meant or self._meanings(errors)
        return completed(read_body(node, errors), erase, settled, self.state)

    def _meanings(self, errors: Diagnostics) -> tuple[_Block, _Block]:
        """What `erase` means in the kind, and what is to be settled."""
        node = self.kind.node
        return program_under(node, ERASE, errors), program_under(node, "settled", errors)


def _uncalled(
    name: Name, read: Callable[[Diagnostics], CommandDoc], errors: Diagnostics, *, late: bool
) -> UncalledDoc:
    if not late:
        doc = read(errors)
        return UncalledDoc(name, lambda: doc)

    return UncalledDoc(name, lambda: _alone(read))


def _alone(read: Callable[[Diagnostics], _Read]) -> _Read:
    """What is read by itself. Raises `SpecError` with its mistakes."""
    own = Diagnostics()
    found = read(own)
    own.raise_if_any()
    return found
