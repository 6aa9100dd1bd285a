"""The keys of a spec's resources on a real server: written for a session, and read again.

A key has a place for its session (`chat:history:{session}`), else the session of a run of
ours stands at its end; a resource with a count has the number behind that. What is written
here is read here, so that a log of a server can be told session by session.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ...language.tree.spec import Resource, Spec
from ..errors import LiveError

__all__ = [
    "KEY", "KeyPattern", "SessionKey", "instances_of", "instances_on_server", "is_channel",
    "is_on_server", "key_of", "patterns_of", "session_name",
]  # fmt: skip

_PLACE = re.compile(r"\{(\w+)\}")
OUR_SESSION = "[0-9a-f]{12}"
"""What a session of our own is called (see `stores_of`)."""
LONGEST_KEY = 1024
"""Characters of a word that may be a key: no key is longer, some payloads are."""
ON_SERVER = "redis."
KEY = "{key}"
"""The resource's own key, in the text of a command."""
CHANNEL = "channel"
"""What a key names that nothing is kept under: what is said to it goes to all that listen."""

SessionKey = tuple[str, ...]
"""What stands in the places of a session's keys, one for each name; () for a key that has no
place, and belongs to whatever session there is."""


def is_on_server(resource: Resource) -> bool:
    """Whether a resource is something on a Redis server."""
    return resource.kind.startswith(ON_SERVER)


def is_channel(resource: Resource) -> bool:
    """Whether it keeps nothing, and is listened to on a connection of its own."""
    return is_on_server(resource) and resource.names == CHANNEL


def key_of(spec: Spec, resource: Resource, number: int, session: str) -> str:
    """The key of instance `number` of a resource in a session; "" for what has none."""
    if not is_on_server(resource):
        return ""
    key = _template(spec, resource)
    # A key without a place for a session gets one: two runs must not meet.
    key = _PLACE.sub(session, key) if _PLACE.search(key) else f"{key}:{session}"
    return key if resource.count is None else f"{key}:{number}"


def _template(spec: Spec, resource: Resource) -> str:
    return resource.key or f"model-check:{spec.name}:{resource.name}"


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
    how they look, `chat:history:{session}`."""

    store: str
    text: str
    regex: re.Pattern[str]
    places: tuple[str, ...]

    def read(self, word: str) -> SessionKey | None:
        """The session that a key belongs to; None for a word that is no key of this kind."""
        found = self.regex.fullmatch(word) if len(word) <= LONGEST_KEY else None
        if found is None:
            return None
        values = found.groupdict()
        if "our_session" in values:
            ours = values["our_session"]
            return () if ours is None else (ours,) * max(1, len(self.places))
        return tuple(values[name] for name in self.places)


def patterns_of(spec: Spec) -> list[KeyPattern]:
    """The keys of all resources on the server. Raises LiveError where different keys have
    different places: nothing would say which of them belong together."""
    named = {
        tuple(sorted(set(_PLACE.findall(_template(spec, each)))))
        for _, each, _ in instances_on_server(spec)
    }
    different = sorted(places for places in named if places)
    if len(different) > 1:
        texts = [", ".join(f"{{{name}}}" for name in places) for places in different]
        raise LiveError(
            f"the keys of {spec.name} have different places, {' and '.join(texts)}: a log does"
            " not say which of them belong together; give all keys the same places"
        )
    places = different[0] if different else ()
    return [
        KeyPattern(
            name,
            _template(spec, each) + ("" if each.count is None else f":{number}"),
            re.compile(_regex(spec, each, number), re.DOTALL),
            places,
        )
        for name, each, number in instances_on_server(spec)
    ]


def _regex(spec: Spec, resource: Resource, number: int) -> str:
    parts = []
    seen: set[str] = set()
    end = 0
    template = _template(spec, resource)
    for place in _PLACE.finditer(template):
        name = place[1]
        parts.append(re.escape(template[end : place.start()]))
        end = place.end()
        value = _value(name, template[end:])
        parts.append(f"(?P={name})" if name in seen else f"(?P<{name}>{value})")
        seen.add(name)
    parts.append(re.escape(template[end:]))
    if not seen:
        parts.append(f"(?::(?P<our_session>{OUR_SESSION}))?")
    if resource.count is not None:
        parts.append(f":{number}")
    return "".join(parts)


def _value(name: str, rest: str) -> str:
    """What can stand in a place before the `rest` of a key. Where other places follow, it ends
    where the text behind it begins: else a long word could be cut in very many ways."""
    others = any(place[1] != name for place in _PLACE.finditer(rest))
    return f"[^{re.escape(rest[0])}]+" if others and not _PLACE.match(rest) else ".+?"


def session_name(values: Iterable[str]) -> str:
    """How a session is called: what stands in the places of its keys."""
    return "/".join(dict.fromkeys(values))
