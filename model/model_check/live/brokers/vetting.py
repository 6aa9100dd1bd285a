"""What a spec would send to a server, looked at before anything is sent.

A command of a kind is sent only if it is one of those that are `allowed`, and every word of it
that the server takes for a key is `{key}`, the resource's own. What else stands in it cannot
change that: a value is one word, whatever is in it, and where it could move a key it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ...language.diagnostics import Diagnostic, Position, SpecError
from ...language.tree import Command, Resource, Spec
from ...language.types import ListType
from ..errors import LiveError
from .allowed import COMMANDS, ForbiddenError, key_places, name_of
from .keys import is_on_server
from .wire import PLACE, is_sent

__all__ = ["require_own_keys", "vet"]

KEY = "{key}"
UNSENT = frozenset({("redis.pubsub", "get_message")})
"""What a client does without sending anything, by its kind."""
EXPIRES = "expire_now"
"""What no client does: the time of a key is over."""
_WORD = re.compile(r"\S+")


def vet(spec: Spec) -> None:
    """Raises SpecError with the place of every `wire` that is not sent to a server, among the
    commands that the spec calls."""
    found = [
        problem
        for resource in spec.resources
        if is_on_server(resource)
        for commands in resource.commands
        for command in commands.values()
        for problem in _problems(resource, command)
    ]
    if found:
        raise SpecError(found)


def _problems(resource: Resource, command: Command) -> Iterator[Diagnostic]:
    try:
        if not is_sent(command):
            if (resource.kind, command.name) not in UNSENT and command.name != EXPIRES:
                raise ForbiddenError(
                    0, f"{resource.name}.{command.name} is nothing that a client could do",
                    f"what is sent stands without brackets: {command.wire.strip('()')}",
                )  # fmt: skip
            return
        _check(command, command.wire.split())
    except ForbiddenError as error:
        yield Diagnostic(_place(command, error.word), str(error), error.hint)


def _check(command: Command, words: Sequence[str]) -> None:
    """Raises ForbiddenError where a command could touch something else than its own key."""
    if not words:
        raise ForbiddenError(0, f"the command {command.name} has no wire: nothing can be sent", "")
    kinds = dict(command.parameters)
    if "key" in kinds:
        raise ForbiddenError(
            0, f"{command.name} has a parameter called key: {KEY} is the resource's own key",
            "give the parameter another name",
        )  # fmt: skip
    places = key_places(words)
    for place in places:
        if words[place] != KEY:
            raise ForbiddenError(
                place,
                f"{words[place]} stands where {words[0]} has a key: only {KEY}, the key of the"
                " resource itself, can stand there",
                f"{words[0]} {KEY} ...",
            )
    keys = COMMANDS[name_of(words)]
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


def _place(command: Command, word: int) -> Position:
    """Where the word of a command's `wire` stands in its kind's file."""
    text = command.wire_text
    assert text is not None  # the checker gives it to every command
    starts = [found.start() for found in _WORD.finditer(text.text)]
    return text.at(starts[word] if word < len(starts) else 0)


def require_own_keys(words: Sequence[str], key: str) -> None:
    """Raises LiveError where words that are to be sent name another key than `key`: the last
    look, at what is really sent."""
    try:
        others = [words[place] for place in key_places(words) if words[place] != key]
    except ForbiddenError as error:
        raise LiveError(f"{' '.join(words)} is not sent: {error}") from error
    if others:
        raise LiveError(f"{' '.join(words)} is not sent: {others[0]} is not the key {key}")
