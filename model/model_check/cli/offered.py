"""What is offered for words that name something of a spec: specs, properties, constants.

A shell asks while a line is typed: nothing here fails, and names that a shell would read as more
than a word are not offered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import click

from ..errors import ModelCheckError
from ..language.source.recognize import SPECS, find_specs, spec_named

__all__ = ["of_spec", "offered", "spec_names"]

_PLAIN = re.compile(r"[\w.=-]+")


def offered(words: Iterable[str], incomplete: str) -> list[str]:
    """Those of the words that begin so and that need no quotes, in order, each once."""
    plain = (each for each in dict.fromkeys(words) if _PLAIN.fullmatch(each))
    return [each for each in plain if each.startswith(incomplete)]


def spec_names() -> list[str]:
    """The names by which specs can be called."""
    try:
        return sorted({path.stem for path in find_specs(Path(SPECS))})
    except OSError:
        return []


def of_spec(
    constants: bool = False,
) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """Offers the properties, or the `constants` with their `=`, of the spec that is named before
    on the line."""

    def offer(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
        from ..language import load

        # Where an option waits for its value, click leaves the arguments unsorted in `args`.
        given = [ctx.params.get(name) for name in ("path", "first", "paths")]
        words = [each for each in (*given, *ctx.args) if each]
        first = words[0] if words else None
        if isinstance(first, tuple):
            first = first[0]
        if first is None:
            return []
        try:
            spec = load(spec_named(Path(first)))
        except (ModelCheckError, OSError, RecursionError):
            return []
        if constants:
            return offered((f"{name}=" for name in spec.constants), incomplete)
        return offered((each.name for each in spec.properties), incomplete)

    return offer
