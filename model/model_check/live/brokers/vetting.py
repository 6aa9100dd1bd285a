"""What a spec would send to a server, looked at before anything is sent.

A command of a kind is sent only if it is one of those that are `allowed`, and every word of it
that the server takes for a key is `{key}`, the resource's own. What else stands in it cannot
change that: a value is one word, whatever is in it, and where it could move a key it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ...language.source.diagnostics import Diagnostic, SpecError
from ...language.source.text import Text
from ...language.tree.spec import Command, Resource, Spec
from ..errors import LiveError
from .allowed import COMMANDS, ForbiddenError, key_places, name_of
from .keys import KEY, is_channel, is_on_server
from .wire import PLACE, is_sent

__all__ = ["require_own_keys", "vet"]

EXPIRES = "expire_now"
"""What no client does: the time of a key is over."""
_WORD = re.compile(r"\S+")


def vet(spec: Spec) -> None:
    """Raises SpecError with the place of every text of a kind that is not sent to a server: the
    `wire` of the commands that the spec calls, and what puts a content there and reads it."""
    resources = filter(is_on_server, spec.resources)
    found = [problem for resource in resources for problem in _problems(resource)]
    if found:
        raise SpecError(found)


def _problems(resource: Resource) -> Iterator[Diagnostic]:
    for commands in resource.commands:
        for command in commands.values():
            text = command.wire_text
            assert text is not None  # the checker gives it to every command
            try:
                if is_sent(command):
                    _check(command, command.wire.split())
                else:
                    _check_unsent(resource, command)
            except ForbiddenError as error:
                yield _diagnostic(text, error)
    for text in (resource.stored.write, resource.stored.read):
        if text is not None:
            try:
                _check(None, text.text.split())
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


def _check(command: Command | None, words: Sequence[str]) -> None:
    """Raises ForbiddenError where a command could touch something else than its own key. Without a
    `command`, the words are what puts a content there, or reads it."""
    name = "" if command is None else command.name
    if not words:
        raise ForbiddenError(0, f"the command {name} has no wire: nothing can be sent", "")
    if command is not None and "key" in dict(command.parameters):
        raise ForbiddenError(
            0, f"{name} has a parameter called key: {KEY} is the resource's own key",
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
        found = PLACE.fullmatch(word)
        several = command is not None and found is not None and found[1] in command.several
        if not several and not word.endswith(":fields}"):
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


def require_own_keys(words: Sequence[str], key: str) -> None:
    """Raises LiveError where words that are to be sent name another key than `key`: the last
    look, at what is really sent."""
    try:
        others = [words[place] for place in key_places(words) if words[place] != key]
    except ForbiddenError as error:
        raise LiveError(f"{' '.join(words)} is not sent: {error}") from error
    if others:
        raise LiveError(f"{' '.join(words)} is not sent: {others[0]} is not the key {key}")
