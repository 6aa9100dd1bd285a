"""The keys of a spec's resources on a real server: written for a session, and read again.

A key has places for what tells its session from others (`chat:history:{session}`), else the session
of a run of ours stands at its end; a resource with a count has the number behind that. A place
that is the `address` of its resource is filled by each command. What is written here is read here,
so that a log of a server can be told session by session.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from ...language.events import KEYEVENT, KEYSPACE
from ...language.place_patterns import PlacePattern
from ...language.source.diagnostics import Diagnostic
from ...language.syntax.key_text import KEY_PLACE
from ...language.tree.spec import Heard, Resource, Spec

__all__ = [
    "KEY", "PATTERN", "KeyPattern", "SessionKey", "instances_of", "instances_on_server",
    "is_channel", "is_leased", "is_on_server", "key_of", "narrow_places", "patterns_of",
    "place_names", "places_of", "session_name", "wider_patterns",
]  # fmt: skip

OUR_SESSION = "[0-9a-f]{12}"
"""What a session of our own is called (see `stores_of`)."""
ENOUGH = 1 << 40
"""Values of a place, at least, of which one can be drawn for a run and no other run has it."""
LONGEST_KEY = 1024
"""Characters of a word that may be a key: no key is longer, some payloads are."""
ON_SERVER = "redis."
KEY = "{key}"
"""The resource's own key, in the text of a command."""
PATTERN = "{pattern}"
"""The pattern that takes all keys of the resource, and no others."""
LEASE = "lease"
"""What the Redis kinds call the time to live, where a spec speaks of it."""
CHANNEL = "channel"
"""What a key names that nothing is kept under: what is said to it goes to all that listen."""

SessionKey = tuple[tuple[str, str], ...]
"""What stands in the places of a key, by name; () for a key that has no place, and belongs to
whatever session there is."""


def is_on_server(resource: Resource) -> bool:
    """Whether a resource is something on a Redis server."""
    return resource.kind.startswith(ON_SERVER)


def is_channel(resource: Resource) -> bool:
    """Whether it keeps nothing, and is listened to on a connection of its own."""
    return is_on_server(resource) and resource.names == CHANNEL


def is_leased(resource: Resource, number: int) -> bool:
    """Whether a spec speaks of the time to live of an instance: it gives it one, or asks."""
    return any(each.name == LEASE for each in resource.state[number])


def key_of(spec: Spec, resource: Resource, number: int, session: str | Mapping[str, str]) -> str:
    """The key of instance `number` of a resource in a session, its address left open: that of a run
    of ours by its name, another one by what stands in its places. "" for what has no key."""
    if not is_on_server(resource):
        return ""
    if resource.heard is not None:
        return _channel_of(spec, resource, resource.heard, number, session)
    template = _template(spec, resource)
    named = _places_in(template, resource)
    if isinstance(session, str):
        values = places_of(spec, session)
        # A key without a place for a session gets one: two runs must not meet.
        end = "" if named else f":{session}"
    else:
        ours = session.get("", "")
        values, end = dict(session), f":{ours}" if ours and not named else ""
    key = KEY_PLACE.sub(partial(_put, values, resource.address), template) + end
    return key if resource.count is None else f"{key}:{number}"


def _channel_of(
    spec: Spec, resource: Resource, heard: Heard, number: int, session: str | Mapping[str, str]
) -> str:
    """The channel on which a server tells of events: that of a key is of the key of this session,
    that of an event is the same for all."""
    if heard.by == KEYEVENT:
        return resource.key
    other = spec.resource(heard.of)
    if resource.address:
        key = f"{key_of(spec, replace(other, count=None), 0, session)}:{{{resource.address}}}"
    else:
        key = key_of(spec, other, number, session)
    return f"__{KEYSPACE}@{heard.database}__:{key}"


def places_of(spec: Spec, session: str) -> dict[str, str]:
    """What stands in the places of keys in a session of ours."""
    patterns = _patterns(spec)
    return {name: _value_for(patterns.get(name), session) for name in place_names(spec)}


def _put(values: Mapping[str, str], address: str, place: re.Match[str]) -> str:
    return place[0] if place[1] == address else values.get(place[1], place[0])


def _value_for(pattern: PlacePattern | None, session: str) -> str:
    return session if pattern is None else pattern.value_for(session)


def narrow_places(spec: Spec) -> Iterator[Diagnostic]:
    """What is wrong with patterns of places that leave too little room for a value which no other
    run has, where they stand."""
    for resource in filter(is_on_server, spec.resources):
        for name, pattern, at in resource.places:
            if name != resource.address and pattern.values < ENOUGH:
                message = (
                    f"{name} takes {pattern.values:,} values of ours, so two runs could have the"
                    " same keys: nothing is sent"
                )
                yield Diagnostic(at, message, "let it take more: [0-9a-f]{12}")


def _template(spec: Spec, resource: Resource) -> str:
    return resource.key or resource.shown_key(f"model-check:{spec.name}:{resource.name}")


def _places_in(template: str, resource: Resource) -> list[str]:
    """The names of a key's places, its address aside."""
    names = dict.fromkeys(KEY_PLACE.findall(template))
    return [name for name in names if name != resource.address]


def place_names(spec: Spec) -> tuple[str, ...]:
    """The places of all keys, in the order in which they stand there."""
    names = (_places_in(_template(spec, each), each) for _, each, _ in instances_on_server(spec))
    return tuple(dict.fromkeys(name for found in names for name in found))


def _patterns(spec: Spec) -> dict[str, PlacePattern]:
    """What can stand in a place, the same in all keys."""
    return {
        name: pattern
        for resource in filter(is_on_server, spec.resources)
        for name, pattern, _ in resource.places
        if name != resource.address
    }


def instances_of(resource: Resource) -> list[str]:
    """The names of a resource's instances as shown: `history`, or `socket[0]`, `socket[1]`."""
    if resource.count is None:
        return [resource.name]
    return [f"{resource.name}[{number}]" for number in range(resource.count)]


def instances_on_server(spec: Spec) -> Iterator[tuple[str, Resource, int]]:
    """Each resource instance that is kept on the server: its name, its resource, its number."""
    for resource in filter(is_on_server, spec.resources):
        for number, name in enumerate(instances_of(resource)):
            yield name, resource, number


@dataclass(frozen=True, slots=True)
class KeyPattern:
    """The keys of one resource instance, `store` as shown (`history`, `socket[0]`); `text`:
    how they look, `chat:history:{session}`. `ours`: the places of the spec, and what can stand in
    each, where a key of a run of ours names none of them; `sample`: one of them."""

    store: str
    text: str
    regex: re.Pattern[str]
    places: tuple[str, ...]
    ours: tuple[tuple[str, PlacePattern | None], ...]
    address: str = ""
    sample: str = ""

    def read(self, word: str) -> SessionKey | None:
        """What a key says of the session that it belongs to; None for a word that is no key of this
        kind."""
        found = self._match(word)
        if found is None:
            return None
        ours = found.groupdict().get(_OURS)
        if ours is not None:
            places = self.ours or (("", None),)
            return tuple((name, _value_for(pattern, ours)) for name, pattern in places)
        return tuple((name, found[name]) for name in self.places)

    def address_in(self, word: str) -> str:
        """What stands in the place of the address; "" where there is none."""
        found = self._match(word) if self.address else None
        return found[self.address] if found is not None else ""

    def _match(self, word: str) -> re.Match[str] | None:
        return self.regex.fullmatch(word) if len(word) <= LONGEST_KEY else None


_OURS = "our_session"


def patterns_of(spec: Spec) -> list[KeyPattern]:
    """The keys of all resources on the server."""
    patterns = _patterns(spec)
    ours = tuple((name, patterns.get(name)) for name in place_names(spec))
    return [
        KeyPattern(
            name,
            _template(spec, each) + ("" if each.count is None else f":{number}"),
            re.compile(_regex(spec, each, number), re.DOTALL),
            tuple(_places_in(_template(spec, each), each)),
            ours,
            each.address,
            _sample(spec, each) + ("" if each.count is None else f":{number}"),
        )
        for name, each, number in instances_on_server(spec)
    ]


def _sample(spec: Spec, resource: Resource) -> str:
    patterns = _patterns(spec) | {name: pattern for name, pattern, _ in resource.places}

    def put(place: re.Match[str]) -> str:
        return _value_for(patterns.get(place[1]), "x")

    return KEY_PLACE.sub(put, _template(spec, resource))


def wider_patterns(patterns: Sequence[KeyPattern]) -> dict[str, frozenset[str]]:
    """For each resource instance those whose keys are all that look like its own, and others
    too: `q:{s}` is wider than `q:{s}:done`, which says more of a key that both could be."""
    return {
        each.store: frozenset(
            other.store
            for other in patterns
            if other.read(each.sample) is not None and each.read(other.sample) is None
        )
        for each in patterns
    }


def _regex(spec: Spec, resource: Resource, number: int) -> str:
    parts = []
    seen: set[str] = set()
    end = 0
    template = _template(spec, resource)
    patterns = _patterns(spec) | {name: pattern for name, pattern, _ in resource.places}
    for place in KEY_PLACE.finditer(template):
        name = place[1]
        parts.append(re.escape(template[end : place.start()]))
        end = place.end()
        pattern = patterns.get(name)
        value = _value(name, template[end:]) if pattern is None else pattern.regex
        parts.append(f"(?P={name})" if name in seen else f"(?P<{name}>{value})")
        seen.add(name)
    parts.append(re.escape(template[end:]))
    if not seen - {resource.address}:
        parts.append(f"(?::(?P<{_OURS}>{OUR_SESSION}))?")
    if resource.count is not None:
        parts.append(f":{number}")
    return "".join(parts)


def _value(name: str, rest: str) -> str:
    """What can stand in a place before the `rest` of a key. Where other places follow, it ends
    where the text behind it begins: else a long word could be cut in very many ways."""
    others = any(place[1] != name for place in KEY_PLACE.finditer(rest))
    return f"[^{re.escape(rest[0])}]+" if others and not KEY_PLACE.match(rest) else ".+?"


def session_name(values: Iterable[str]) -> str:
    """How a session is called: what stands in the places of its keys."""
    return "/".join(dict.fromkeys(values))
