"""What a spec would send to a server, looked at before anything is sent.

A command of a kind is sent only if it is one of those that are `allowed`, and every word of it
that the server takes for a key is `{key}`, the resource's own. What else stands in it cannot
change that: a value is one word, whatever is in it, and where it could move a key it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from ...language.source.diagnostics import Diagnostic, SpecError
from ...language.source.text import Text
from ...language.tree.spec import Command, Resource, Spec
from ...language.types import ListType, Type
from ..errors import LiveError
from .allowed import COMMANDS, ForbiddenError, key_places, name_of
from .globs import pattern_of
from .keys import KEY, PATTERN, is_channel, is_on_server, narrow_places
from .wire import PLACE, is_sent

__all__ = ["require_own_keys", "vet"]

EXPIRES = "expire_now"
"""What no client does: the time of a key is over."""
_WORD = re.compile(r"\S+")


def vet(spec: Spec) -> None:
    """Raises SpecError with the place of every text of a kind that is not sent to a server: the
    `wire` of the commands that the spec calls, and what puts a content there and reads it; and of
    every pattern in a key that could make two runs meet."""
    resources = filter(is_on_server, spec.resources)
    found = [problem for resource in resources for problem in _problems(resource)]
    found += narrow_places(spec)
    if found:
        raise SpecError(found)


def _problems(resource: Resource) -> Iterator[Diagnostic]:
    for commands in resource.commands:
        for command in commands.values():
            text = command.wire_text
            assert text is not None  # the checker gives it to every command
            try:
                if is_sent(command):
                    _check(command.name, dict(command.parameters), command.wire.split())
                else:
                    _check_unsent(resource, command)
            except ForbiddenError as error:
                yield _diagnostic(text, error)
    for text in (resource.stored.write, resource.stored.read):
        if text is not None:
            try:
                _check(resource.kind, {}, text.text.split())
            except ForbiddenError as error:
                yield _diagnostic(text, error)


def _check_unsent(resource: Resource, command: Command) -> None:
    """Raises ForbiddenError for what neither a client does without asking a server, nor a server
    by itself."""
    if not (command.local and is_channel(resource)) and command.name != EXPIRES:
        raise ForbiddenError(
            0, f"{resource.name}.{command.name} is nothing that a client could do",
            f"what is sent stands without brackets: {command.wire.strip('()')}",
        )  # fmt: skip


def _check(name: str, kinds: Mapping[str, Type], words: Sequence[str]) -> None:
    """Raises ForbiddenError where a command could touch something else than its own key. `kinds`:
    the types of its parameters."""
    if not words:
        raise ForbiddenError(0, f"the command {name} has no wire: nothing can be sent", "")
    for own in (KEY, PATTERN):
        if own.strip("{}") in kinds:
            raise ForbiddenError(
                0, f"{name} has a parameter called {own.strip('{}')}: {own} is the resource's own",
                "give the parameter another name",
            )  # fmt: skip
    places = key_places(words)
    keys = COMMANDS[name_of(words)]
    own, what = (PATTERN, "a pattern") if keys.patterns else (KEY, "a key")
    meant = "the one that takes" if keys.patterns else ""
    for place in places:
        if words[place] != own:
            raise ForbiddenError(
                place,
                f"{words[place]} stands where {words[0]} has {what}: only {own},"
                f" {meant and meant + ' '}the key of the resource itself, can stand there",
                f"{words[0]} {own} ...",
            )
    for place, word in enumerate(words):
        several = PLACE.fullmatch(word)
        if several is None or not isinstance(kinds.get(several[1]), ListType):
            continue
        if place < places[-1] or keys.last < 0 or keys.streams:
            raise ForbiddenError(
                place,
                f"{word} is a list, so any number of words: what follows it could become a key",
                "put it behind the key",
            )


def _diagnostic(text: Text, error: ForbiddenError) -> Diagnostic:
    """What is wrong, where the word of it stands in the kind's file."""
    starts = [found.start() for found in _WORD.finditer(text.text)]
    at = text.at(starts[error.word] if error.word < len(starts) else 0)
    return Diagnostic(at, str(error), error.hint)


def require_own_keys(words: Sequence[str], key: str, address: str = "") -> None:
    """Raises LiveError where words that are to be sent name another key than `key` (a pattern: than
    the one that takes it, whatever the `address` is that is left open in it): the last look, at
    what is really sent."""
    try:
        own = pattern_of(key, address) if COMMANDS[name_of(words)].patterns else key
        others = [words[place] for place in key_places(words) if words[place] != own]
    except ForbiddenError as error:
        raise LiveError(f"{' '.join(words)} is not sent: {error}") from error
    if others:
        raise LiveError(f"{' '.join(words)} is not sent: {others[0]} is not the key {own}")
