"""What a spec would send to a server, looked at before anything is sent.

A command of a kind is sent only if it is one of those that are `allowed`, and every word of it
that the server takes for a key is `{key}`, the resource's own. What else stands in it cannot
change that: a value is one word, whatever is in it, and where it could move a key it is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from ...language.source.diagnostics import Diagnostic, SpecError
from ...language.source.text import Text
from ...language.syntax.wire_form import FIELDS, PLACE, Option, wire_form
from ...language.tree.spec import Command, Resource, Spec
from ..errors import LiveError
from .allowed import COMMANDS, ForbiddenError, key_places, name_of
from .globs import pattern_of
from .keys import KEY, PATTERN, is_channel, is_on_server, narrow_places
from .wire import is_sent

__all__ = ["EXPIRES", "require_own_keys", "vet"]

EXPIRES = "expire_now"
"""What no client does: the time of a key is over."""
MOST_OPTIONS = 6
"""Options of one command: each may be there or not, and all of that is looked at."""


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
                    _check_parameters(command)
                    others = {*command.others, command.more}
                    _check(command.name, command.several, text.text, others)
                    if command.decided is not None:
                        text = command.decided
                        _check(command.name, {*command.several, "result"}, text.text)
                else:
                    _check_unsent(resource, command)
            except ForbiddenError as error:
                yield _diagnostic(text, error)
    for text in (resource.stored.write, resource.stored.read):
        if text is not None:
            try:
                _check(resource.kind, (), text.text)
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


def _check_parameters(command: Command) -> None:
    """Raises ForbiddenError where a parameter would stand for the key, or its pattern."""
    for own in (KEY, PATTERN):
        name = own.strip("{}")
        if name in dict(command.parameters):
            raise ForbiddenError(
                0, f"{command.name} has a parameter called {name}: {own} is the resource's own",
                "give the parameter another name",
            )  # fmt: skip


def _check(name: str, several: Collection[str], text: str, others: Collection[str] = ()) -> None:
    """Raises ForbiddenError, with the place in the text, where a command could touch something else
    than its own key, and those of `others`, the resources that it is given, with whatever options.
    `several`: the parameters that are many words."""
    form = wire_form(text)
    if sum(isinstance(each, Option) for each in form.parts) > MOST_OPTIONS:
        raise ForbiddenError(0, f"{name} has more than {MOST_OPTIONS} options", "")
    for words in form.variants():
        try:
            _check_words(name, several, [each.text for each in words], others)
        except ForbiddenError as error:
            error.word = words[error.word].start if error.word < len(words) else 0
            raise


def _check_words(
    name: str, several: Collection[str], words: Sequence[str], others: Collection[str]
) -> None:
    if not words:
        raise ForbiddenError(0, f"the command {name} has no wire: nothing can be sent", "")
    places = key_places(words)
    keys = COMMANDS[name_of(words)]
    own, what = (PATTERN, "a pattern") if keys.patterns else (KEY, "a key")
    meant = "the one that takes" if keys.patterns else ""
    for place in places:
        if words[place] != own and words[place] not in {f"{{{each}}}" for each in others}:
            raise ForbiddenError(
                place,
                f"{words[place]} stands where {words[0]} has {what}: only {own},"
                f" {meant and meant + ' '}the key of the resource itself, can stand there",
                f"{words[0]} {own} ...",
            )
    for place, word in enumerate(words):
        found = PLACE.fullmatch(word)
        if (found is None or found[1] not in several) and not word.endswith(FIELDS):
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


def require_own_keys(
    words: Sequence[str], key: str, address: str = "", given: Collection[str] = ()
) -> None:
    """Raises LiveError where words that are to be sent name another key than `key` (a pattern: than
    the one that takes it, whatever the `address` is that is left open in it), or those of other
    resources that are `given`: the last look, at what is really sent."""
    try:
        own = pattern_of(key, address) if COMMANDS[name_of(words)].patterns else key
        known = {own, *given}
        others = [words[place] for place in key_places(words) if words[place] not in known]
    except ForbiddenError as error:
        raise LiveError(f"{' '.join(words)} is not sent: {error}") from error
    if others:
        raise LiveError(f"{' '.join(words)} is not sent: {others[0]} is not the key {own}")
