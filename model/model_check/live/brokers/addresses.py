"""The addresses of a resource that is many keys, or channels: how each is written, and read again.

`news:{channel}` is told apart by a value. A run of ours writes it as it is called (`news:sport`,
`user:1`), or, where the place has a pattern, as something that fits and that no other run has.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass

from ...language.place_patterns import PlacePattern
from ...language.tree.spec import Resource, Spec
from ...language.types import BoolType, EnumType, IntType, RecordType, Type
from ..errors import LiveError
from .keys import is_channel, places_of
from .payload import PayloadError, Value
from .template import Beside, Names

__all__ = [
    "Addresses", "addresses_of", "beside", "name_of", "named", "pattern_in", "values_of",
    "what_names",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Addresses:
    """What is written for each value of an address. `place`: of the key, by name."""

    place: str
    texts: Mapping[Hashable, str]

    def key(self, template: str, value: Value) -> str:
        """The key for a value."""
        text = self.texts.get(value) if isinstance(value, Hashable) else None
        return template if text is None else template.replace(f"{{{self.place}}}", text)

    def value_in(self, template: str, key: str) -> Value:
        """The value that a key is for. Raises PayloadError where it is for none."""
        for value, text in self.texts.items():
            if template.replace(f"{{{self.place}}}", text) == key:
                return value
        raise PayloadError(f"{key} is none of {template}")


def _address_type(resource: Resource) -> Type:
    """The type of a resource's addresses."""
    commands = [c for each in resource.commands for c in each.values()]
    for command in commands:
        kinds = dict(command.parameters)
        if isinstance(command.result, RecordType):
            kinds |= dict(command.result.fields)
        if resource.address in kinds:
            return kinds[resource.address]
    raise LiveError(f"{resource.name} has many keys, and no command that says one")


def values_of(resource: Resource) -> list[Hashable]:
    """The addresses of a resource. Raises LiveError for those that are no names and no numbers."""
    match _address_type(resource):
        case EnumType(members):
            return list(members)
        case IntType(int(low), int(high)):
            return list(range(low, high + 1))
        case BoolType():
            return [False, True]
        case kind:
            raise LiveError(
                f"{resource.name} is told apart by {kind}, of which nothing says how it is written"
                " in a key: names (an enum) or numbers (a range) are"
            )


def what_names(resource: Resource) -> str:
    """What the names of a resource's addresses are names of: what one type tells apart has the same
    ones."""
    written = resource.arguments[0]
    return f"{written} (type)" if written.isidentifier() else resource.name


def named(spec: Spec) -> Iterator[tuple[Type, Resource, PlacePattern]]:
    """The resources whose addresses are names that fit a pattern, with the type that these name
    values of; none where two types look the same, for a payload would not say which is meant."""
    found: dict[Type, list[tuple[Resource, PlacePattern]]] = {}
    for resource in spec.resources:
        pattern = pattern_in(resource)
        if pattern is not None and any(resource.commands):
            found.setdefault(_address_type(resource), []).append((resource, pattern))
    for kind, those in found.items():
        if len({what_names(resource) for resource, _ in those}) == 1:
            yield kind, *those[0]


def pattern_in(resource: Resource) -> PlacePattern | None:
    """The pattern of a resource's addresses; None where it has none, or is one key."""
    return next((each for name, each, _ in resource.places if name == resource.address), None)


@dataclass(frozen=True, slots=True)
class AddressTexts(Names):
    """The names of addresses as a session of ours writes them, in payloads too."""

    kind: Type
    addresses: Addresses

    def read(self, text: str) -> Value:
        for value, written in self.addresses.texts.items():
            if written == text:
                return value
        raise PayloadError(f"{text} names no {self.kind}")

    def write(self, value: Value) -> str:
        assert isinstance(value, Hashable)
        return self.addresses.texts[value]


def beside(spec: Spec, session: str) -> Beside:
    """What payloads say beside values in a session of ours."""
    names = []
    for kind, resource, _ in named(spec):
        addresses = addresses_of(resource, session)
        if addresses is not None:
            names.append(AddressTexts(kind, addresses))
    return Beside(places_of(spec, session), tuple(names))


def addresses_of(resource: Resource, session: str) -> Addresses | None:
    """How the addresses of a resource are written in a session of ours; None where it is one key.
    Raises LiveError (see `values_of`)."""
    if not resource.address or not any(resource.commands):
        return None
    if not is_channel(resource):
        raise LiveError(
            f"{resource.name} is many keys that a value tells apart: here only channels can be"
        )
    pattern = pattern_in(resource)
    texts: dict[Hashable, str] = {}
    for value in values_of(resource):
        called = name_of(resource, value)
        texts[value] = called if pattern is None else pattern.value_for(f"{session}:{called}")
    if len(set(texts.values())) < len(texts):
        raise LiveError(
            f"the pattern of {{{resource.address}}} in the key of {resource.name} takes too few"
            f" values to write {len(texts)} of them"
        )
    return Addresses(resource.address, texts)


def name_of(resource: Resource, value: object) -> str:
    """How a value of an address is called."""
    if resource.heard is not None:
        return resource.heard.written(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
