"""What the words of a line say of a spec's keys: the sessions that it touches, and the commands.

A line is read by the `wire` of the spec's kinds, as it would be written. Many sessions say the same
of other keys, so what words mean is remembered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...language.keys import WATCH
from ...language.syntax.wire_form import wire_form
from ...language.tree.spec import Command, Resource, Spec
from ..brokers.keys import (
    KEY,
    KeyPattern,
    SessionKey,
    instances_on_server,
    is_channel,
    patterns_of,
    place_names,
    wider_patterns,
)
from ..brokers.payload import Codec, Value, codec_of
from ..brokers.wire import ParsedCommand, is_sent, said, says_nothing
from .events import EXECUTED, Utterance
from .foreign import HARMLESS, LEASING, ONE_KEY
from .log import LogLine
from .names import AddressNames, address_names, names_in_payloads, names_said
from .other_keys import TAKING, without_others
from .several_keys import in_other_words, one_by_one

__all__ = ["OF_WATCHING", "LineMeanings"]

OF_WATCHING = {"EXEC": EXECUTED, "UNWATCH": "unwatch"}
"""What is said by a line that names all keys which a connection watched."""
MOST_KNOWN = 20_000
"""Meanings of lines that are remembered."""


@dataclass(frozen=True, slots=True)
class _Form:
    """A command of a resource instance, as it is looked for in a line."""

    resource: Resource
    command: Command
    codec: Codec
    names: AddressNames | None


def _said(form: _Form, words: Sequence[str], key: str) -> list[ParsedCommand]:
    """What words say, if they are a command on this key."""
    ids, unread = form.resource.stored.ids, form.resource.unread
    found = said(form.command, words, form.codec, ids, unread)
    return [each for each in found if each.key == key]


@dataclass(frozen=True, slots=True)
class Said:
    """What a line says to a session: all that it can mean (`uttered`), or of each of several keys
    (`parts`). `called`: a process says this word to one of them; `whole`: and to all that it
    changes."""

    uttered: tuple[Utterance, ...]
    parts: tuple[tuple[Utterance, ...], ...]
    called: bool
    whole: bool


class LineMeanings:
    """Reads lines of a spec. `patterns`: of its keys; `places`: the names of what stands in them;
    `takes_from_lists`: whether a process waits for keys of which a line may name several;
    `said`: by database, what lines about keys said of other places, and of names."""

    def __init__(self, spec: Spec) -> None:
        self.patterns = patterns_of(spec)
        self.places = place_names(spec)
        self.said: dict[int, list[tuple[SessionKey, tuple[tuple[str, str], ...]]]] = {}
        self._wider = wider_patterns(self.patterns)
        self._by_store = {each.store: each for each in self.patterns}
        self._forms: dict[tuple[str, str], list[_Form]] = {}
        self._known: dict[tuple[str, str, tuple[str, ...]], Sequence[ParsedCommand]] = {}
        self._key_places: dict[str, set[int] | None] = {}
        self.takes_from_lists = False
        self._channel_forms: set[tuple[str, str]] = set()
        self._beside = names_in_payloads(spec)
        self._names = {s: address_names(each) for s, each, _ in instances_on_server(spec)}
        for store, resource, number in instances_on_server(spec):
            for command in resource.commands[number].values():
                if is_sent(command):
                    self._add(store, resource, command)

    def _add(self, store: str, resource: Resource, command: Command) -> None:
        variants = [[word.text for word in each] for each in wire_form(command.wire).variants()]
        form = _Form(resource, command, codec_of(resource, self._beside), self._names[store])
        name = variants[0][0].upper()
        self._forms.setdefault((store, name), []).append(form)
        self.takes_from_lists = self.takes_from_lists or name in TAKING
        if is_channel(resource) and variants[0][1:] == [KEY]:
            self._channel_forms.add((store, name))
        if name == WATCH.upper():
            self._forms.setdefault((store, "EXEC"), []).append(form)
            self._key_places["EXEC"] = None
        places = self._key_places.setdefault(name, set())
        if command.carries:
            # What it carries may look like a key, and is none.
            if places is not None:
                own = {KEY, *(f"{{{other}}}" for other in command.others)}
                places |= {
                    next((i for i, w in enumerate(each) if KEY in w), 0) for each in variants
                }
                places |= {i for each in variants for i, word in enumerate(each) if word in own}
        else:
            self._key_places[name] = None

    def is_called(self, store: str, name: str) -> bool:
        """Whether a process says this word of a resource instance."""
        return (store, name) in self._forms

    def takes_many(self, keys: Iterable[str], name: str) -> bool:
        """Whether a word names many channels, and does the same to each."""
        return any((store, name) in self._channel_forms for store in keys)

    def read(
        self,
        name: str,
        keys: Mapping[str, str],
        words: Sequence[str],
        session: tuple[int, SessionKey] | None = None,
    ) -> Said:
        """What words say of keys; what they say of other places is kept for the session that they
        are read for."""
        called = any(self.is_called(store, name) for store in keys)
        uttered = tuple(self.uttered(name, keys, words, session))
        if other := in_other_words(words):
            called = called or any(self.is_called(store, other[0]) for store in keys)
            uttered += tuple(self.uttered(other[0], keys, other, session))
        if uttered:
            return Said(uttered, (), called, called)
        parts = []
        whole = True
        for single in one_by_one(words):
            of = {store: key for store, key in keys.items() if key == single[1]}
            if any(self.is_called(store, single[0]) for store in of):
                parts.append(tuple(self.uttered(single[0], of, single, session)))
            elif of and single[0] not in HARMLESS:
                whole = False
        if not parts:
            return Said((), (), called, called)
        if not whole or not all(parts):
            return Said((), (), True, whole)
        if len(parts) == 1:
            return Said(parts[0], (), True, True)
        return Said((), tuple(parts), True, True)

    def says_nothing(self, name: str, keys: Mapping[str, str], words: Sequence[str]) -> bool:
        """Whether a line is only of fields that the spec does not speak of."""
        return bool(keys) and all(
            any(says_nothing(f.command, words, f.codec) for f in self._forms.get((store, name), ()))
            for store in keys
        )

    def touched(
        self, line: LogLine, name: str
    ) -> Iterator[tuple[SessionKey, Mapping[str, str], Sequence[str]]]:
        """The sessions that a line touches: their keys in it, by store, and the words that are
        said to this session."""
        places = self._key_places.get(name, {1} if name in ONE_KEY | LEASING else None)
        found: dict[SessionKey, dict[str, str]] = {}
        for number, word in enumerate(line.words[1:], start=1):
            if places is not None and number not in places:
                continue
            for pattern, session in self._owners(word):
                session += self._named(pattern, word)
                if places is None and (pattern.store, name) in self._channel_forms:
                    # SUBSCRIBE takes many channels, and does the same to each.
                    yield session, {pattern.store: word}, (line.words[0], word)
                    continue
                found.setdefault(session, {})[pattern.store] = word
        for session, keys in found.items():
            yield session, keys, line.words

    def _owners(self, word: str) -> Iterator[tuple[KeyPattern, SessionKey]]:
        """Whose key a word is, and of which session: of keys of which one says all that another
        one does and more, that one's."""
        read = ((pattern, pattern.read(word)) for pattern in self.patterns)
        found = [(pattern, session) for pattern, session in read if session is not None]
        if len(found) > 1:
            wider = frozenset[str]().union(*(self._wider[each.store] for each, _ in found))
            found = [each for each in found if each[0].store not in wider]
        yield from found

    def _named(self, pattern: KeyPattern, word: str) -> SessionKey:
        """What a key says of its session by an address that is a name: it is said elsewhere whose
        it is. Where no key says a session, all is one."""
        names = self._names.get(pattern.store)
        if names is None or names.known is not None or not self.places:
            return ()
        return ((names.of, pattern.address_in(word)),)

    def uttered(
        self,
        name: str,
        keys: Mapping[str, str],
        words: Sequence[str],
        session: tuple[int, SessionKey] | None = None,
    ) -> Iterator[Utterance]:
        """What a line says of these keys; what it says of other places is kept for the session that
        it is read for."""
        words = without_others(words, keys.values())
        for store, key in keys.items():
            if name in OF_WATCHING and (store, name) in self._forms:
                yield Utterance(store, OF_WATCHING[name], {})
                continue
            for form in self._forms.get((store, name), ()):
                for found in self._meant(form, store, words, key):
                    arguments = found.arguments
                    if found.others:
                        stores = {word: each for each, word in keys.items()}
                        if any(each not in stores for each in found.others.values()):
                            continue
                        others = {each: stores[word] for each, word in found.others.items()}
                        arguments = {**arguments, **others}
                    if form.command.limit is not None:
                        left_out = form.command.limit.parameter
                        arguments = {n: each for n, each in arguments.items() if n != left_out}
                    if form.names is not None:
                        arguments = dict(arguments)
                        if not self._says_address(form, self._by_store[store], key, arguments):
                            continue
                    if session is not None and (found.places or self._beside.names):
                        self._keep(session, found.places, arguments)
                    yield Utterance(store, form.command.name, arguments)

    def _keep(
        self,
        session: tuple[int, SessionKey],
        places: Mapping[str, str],
        arguments: Mapping[str, Value],
    ) -> None:
        """Keep what a line says of other places, and of names, beside its key."""
        said = (
            *places.items(),
            *(name for each in arguments.values() for name in names_said(each)),
        )
        if said and session[1]:
            self.said.setdefault(session[0], []).append((session[1], said))

    def _meant(
        self, form: _Form, store: str, words: Sequence[str], key: str
    ) -> Sequence[ParsedCommand]:
        """What a line says, if it is this command on this key: other sessions say the same of other
        keys."""
        if words.count(key) > 1:
            return _said(form, words, key)
        plain = tuple(KEY if word == key else word for word in words)
        known = (store, form.command.name, plain)
        if known not in self._known:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[known] = _said(form, plain, KEY)
        return self._known[known]

    def _says_address(
        self, form: _Form, pattern: KeyPattern, key: str, arguments: dict[str, Value]
    ) -> bool:
        """Whether a key says the address of a command, if that has one; put among its arguments."""
        names = form.names
        if names is None or names.place not in dict(form.command.parameters):
            return True
        address = names.read(pattern.address_in(key))
        arguments[names.place] = address
        return address is not None
