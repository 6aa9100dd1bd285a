"""The addresses of a resource that is many keys, or channels: how each is written, and read again.

`news:{channel}` is told apart by a value. A run of ours writes it as it is called (`news:sport`,
`user:1`), or, where the place has a pattern, as something that fits and that no other run has.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

from ...language.tree.spec import Resource
from ...language.types import BoolType, EnumType, IntType, Type
from ..errors import LiveError
from .payload import PayloadError, Value

__all__ = ["Addresses", "addresses_of", "name_of", "values_of"]


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
    kinds = (dict(c.parameters) for each in resource.commands for c in each.values())
    return next(each[resource.address] for each in kinds if resource.address in each)


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


def addresses_of(resource: Resource, session: str) -> Addresses | None:
    """How the addresses of a resource are written in a session of ours; None where it is one key.
    Raises LiveError (see `values_of`)."""
    if not resource.address or not any(resource.commands):
        return None
    pattern = next((each for name, each, _ in resource.places if name == resource.address), None)
    texts: dict[Hashable, str] = {}
    for value in values_of(resource):
        called = name_of(value)
        texts[value] = called if pattern is None else pattern.value_for(f"{session}:{called}")
    if len(set(texts.values())) < len(texts):
        raise LiveError(
            f"the pattern of {{{resource.address}}} in the key of {resource.name} takes too few"
            f" values to write {len(texts)} of them"
        )
    return Addresses(resource.address, texts)


def name_of(value: object) -> str:
    """How a value of an address is called."""
    return str(value).lower() if isinstance(value, bool) else str(value)
