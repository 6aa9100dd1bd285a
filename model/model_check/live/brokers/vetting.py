"""What a spec would send to a server, looked at before anything is sent.

A command of a kind is sent only if it is one of those that are `allowed`, and every word of it
that the server takes for a key is `{key}`, the resource's own. What else stands in it cannot
change that: a value is one word, whatever is in it, and where it could move a key it is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ...language.source.diagnostics import Diagnostic, SpecError
from ...language.source.text import Text
from ...language.syntax.wire_form import PLACE, Option, wire_form
from ...language.tree.spec import Command, Resource, Spec
from ...language.types import ListType, Type
from ..errors import LiveError
from .allowed import COMMANDS, ForbiddenError, key_places, name_of
from .keys import KEY, is_channel, is_on_server
from .wire import is_sent

__all__ = ["require_own_keys", "vet"]

EXPIRES = "expire_now"
"""What no client does: the time of a key is over."""
MOST_OPTIONS = 6
"""Options of one command: each may be there or not, and all of that is looked at."""


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
                    kinds = dict(command.parameters)
                    _check(command.name, kinds, text.text)
                    if command.decided is not None:
                        text = command.decided
                        _check(command.name, {**kinds, "result": command.result}, text.text)
                else:
                    _check_unsent(resource, command)
            except ForbiddenError as error:
                yield _diagnostic(text, error)
    for text in (resource.stored.write, resource.stored.read):
        if text is not None:
            try:
                _check(resource.kind, {}, text.text)
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


def _check(name: str, kinds: Mapping[str, Type], text: str) -> None:
    """Raises ForbiddenError, with the place in the text, where a command could touch something else
    than its own key, with whatever options. `kinds`: the types of its parameters."""
    form = wire_form(text)
    if sum(isinstance(each, Option) for each in form.parts) > MOST_OPTIONS:
        raise ForbiddenError(0, f"{name} has more than {MOST_OPTIONS} options", "")
    for words in form.variants():
        try:
            _check_words(name, kinds, [each.text for each in words])
        except ForbiddenError as error:
            error.word = words[error.word].start if error.word < len(words) else 0
            raise


def _check_words(name: str, kinds: Mapping[str, Type], words: Sequence[str]) -> None:
    if not words:
        raise ForbiddenError(0, f"the command {name} has no wire: nothing can be sent", "")
    if "key" in kinds:
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
    return Diagnostic(text.at(error.word), str(error), error.hint)


def require_own_keys(words: Sequence[str], key: str) -> None:
    """Raises LiveError where words that are to be sent name another key than `key`: the last
    look, at what is really sent."""
    try:
        others = [words[place] for place in key_places(words) if words[place] != key]
    except ForbiddenError as error:
        raise LiveError(f"{' '.join(words)} is not sent: {error}") from error
    if others:
        raise LiveError(f"{' '.join(words)} is not sent: {others[0]} is not the key {key}")
