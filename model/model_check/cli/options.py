"""From the words of a command line to options: those that several commands have, each said once."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..budget.spending import Budget
from .offered import of_spec, offered, spec_names

if TYPE_CHECKING:
    from _typeshed import DataclassInstance
    from click.shell_completion import CompletionItem

__all__ = [
    "Duration",
    "Seconds",
    "SpecPath",
    "budget_options",
    "checkpoint_options",
    "engine_option",
    "limit_options",
    "options",
    "out_option",
    "output_options",
    "pass_budget",
    "server_options",
    "set_option",
    "spec_argument",
    "taken",
    "trace_options",
    "verbose_option",
    "without_options",
]  # fmt: skip

Taken = TypeVar("Taken", bound="DataclassInstance")

LONGEST_DURATION = 3600.0
"""Seconds."""
pass_budget = click.make_pass_decorator(Budget, ensure=True)
"""Gives a command the budget of all that it does, as its first argument."""
_SECONDS = {"ms": 1 / 1000, "s": 1.0, "m": 60.0, "h": 3600.0}
_SIZES = {"": 1 << 20, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


class Size(click.ParamType):  # type: ignore[type-arg]
    """An amount of memory: `2GB`, `500MB`; a bare number is megabytes."""

    name = "size"

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?", value.strip(), re.IGNORECASE)
        if found is None:
            self.fail(f"{value!r} is not an amount of memory: write 500MB or 2GB", param, ctx)
        return int(float(found[1]) * _SIZES[found[2].upper()])


class Duration(click.ParamType):  # type: ignore[type-arg]
    """A short time, `50ms`, `0.5s` or `10m`, at most an hour; the value is seconds. `some`: it is
    more than none."""

    name = "time"

    def __init__(self, *, some: bool = False) -> None:
        self._some = some

    def convert(
        self, value: str | float, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        if isinstance(value, float):
            return value
        found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)\s*(ms|[smh])", value.strip())
        seconds = float(found[1]) * _SECONDS[found[2]] if found else math.inf
        if seconds > LONGEST_DURATION:
            self.fail(f"{value!r} is not a short time: write 50ms or 0.5s", param, ctx)
        if self._some and not seconds:
            self.fail(f"{value!r} is no time at all: write 1s or 10m", param, ctx)
        return seconds


class Seconds(click.FloatRange):
    """Seconds; `nan` is none."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        seconds = float(super().convert(value, param, ctx))
        if math.isnan(seconds):
            self.fail(f"{value!r} is not a number of seconds", param, ctx)
        return seconds


class Constant(click.ParamType):  # type: ignore[type-arg]
    """`NAME=VALUE`."""

    name = "NAME=VALUE"

    def convert(
        self,
        value: str | tuple[str, str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        name, equals, text = value.partition("=")
        if not equals or not name.strip() or not text.strip():
            self.fail(f"{value!r} is not NAME=VALUE: write --set TOTAL=20", param, ctx)
        return name.strip(), text.strip()


class SpecPath(click.Path):
    """A spec or a folder: its path, or the name of a spec (which `spec_named` finds)."""

    name = "spec"

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """The names of specs, and files and folders as the shell finds them."""
        from click.shell_completion import CompletionItem

        items: list[CompletionItem] = []
        if os.sep not in incomplete:
            items = [CompletionItem(name) for name in offered(spec_names(), incomplete)]
        return [*items, *super().shell_complete(ctx, param, incomplete)]


def options(*given: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Several options, in this order."""

    def add(function: Any) -> Any:
        for option in reversed(given):
            function = option(function)
        return function

    return add


def set_option(of: str = "the spec", *, faults: bool = True) -> Callable[[Any], Any]:
    """`--set NAME=VALUE` and `--no-faults`: what is changed of a spec before it is looked at.
    Without `faults`, nothing goes wrong until `--faults` asks for it."""
    return options(
        click.option(
            "--set",
            "constants",
            type=Constant(),
            multiple=True,
            callback=lambda _, __, pairs: dict(pairs),
            shell_complete=of_spec(constants=True),
            help=f"Give a constant of {of} another value.",
        ),
        click.option(
            "--no-faults",
            "faults",
            flag_value=False,
            default=True,
            help="Let nothing go wrong: leave out crashes and all other faults.",
        )
        if faults
        else click.option(
            "--faults/--no-faults",
            default=False,
            help=f"Let happen what {of} say may go wrong, by chance.",
        ),
    )


budget_options = options(
    click.option("--max-memory", type=Size(), help="Stop at this much memory (500MB, 2GB)."),
    click.option("--timeout", type=Seconds(min=0), help="Stop after this many seconds in all."),
)
"""The limits of all that a command does."""


def limit_options(states: str = "Stop after this many states.") -> Callable[[Any], Any]:
    """`--max-states`, of which `states` tells, and those of all that a command does."""
    return options(
        click.option("--max-states", type=click.IntRange(min=1), help=states), budget_options
    )


def engine_option(about: str = "What searches.") -> Callable[[Any], Any]:
    """`--engine`."""
    return click.option(
        "--engine",
        type=click.Choice(["auto", "python", "native"]),
        default="auto",
        show_default=True,
        help=about,
    )


def out_option(about: str = "Where files are written, a folder a model.") -> Callable[[Any], Any]:
    """`--out`."""
    return click.option(
        "--out",
        type=click.Path(path_type=Path, file_okay=False),
        default=Path("out"),
        show_default=True,
        help=about,
    )


def output_options(about: str = "Print JSON instead of text.") -> Callable[[Any], Any]:
    """`--json`, `--allow-outside` and `--ascii`, which every command has."""
    return options(
        click.option("--json", "as_json", is_flag=True, help=about),
        click.option(
            "--allow-outside",
            is_flag=True,
            help="Let a spec extend files outside of its repository or folder.",
        ),
        click.option("--ascii", "plain", is_flag=True, help="Print plain ASCII."),
    )


verbose_option = click.option(
    "-v", "--verbose", is_flag=True, help="Tell each step, with whole keys, and times apart."
)


def trace_options(of: str) -> Callable[[Any], Any]:
    """`--property` and `--trace`, for who follows one trace; `of` tells of which."""
    return options(
        click.option(
            "--property",
            "violating",
            default="",
            shell_complete=of_spec(),
            help="Whose trace (the first violated one).",
        ),
        click.option(
            "--trace",
            type=click.Path(path_type=Path),
            help=f"A trace{of} from a file: NAME.itf.json or result.json.",
        ),
    )


checkpoint_options = options(
    click.option(
        "--checkpoint",
        metavar="DIR",
        type=click.Path(path_type=Path, file_okay=False),
        help="Write the search down in this directory now and then.",
    ),
    click.option(
        "--every",
        type=Duration(some=True),
        default="60s",
        show_default=True,
        help="How often it is written down.",
    ),
    click.option(
        "--resume",
        metavar="DIR",
        type=click.Path(path_type=Path, file_okay=False),
        help="Go on with the search that was written down there.",
    ),
)
"""Where a search is kept, so that a kill does not end it."""

spec_argument = click.argument("path", type=SpecPath())

server_options = options(
    click.option(
        "--redis",
        metavar="URL",
        help="The server to use, redis://127.0.0.1:6379 (one is started).",
    ),
    click.option("--allow-remote", is_flag=True, help="Also use a server elsewhere."),
    click.option(
        "--port",
        type=click.IntRange(1, 65535),
        help="Where a server of our own listens (a free port).",
    ),
    click.option(
        "--patience",
        type=Seconds(min=0.01, max=3600),
        default=5.0,
        show_default=True,
        help="Seconds the server has for an answer.",
    ),
)
"""Which server to use: the fields of `Where`."""


def without_options(words: Sequence[str], names: Collection[str]) -> list[str]:
    """The words of a command line without some options, each of which has a value."""
    kept: list[str] = []
    rest = iter(words)
    for word in rest:
        name, equals, _ = word.partition("=")
        if name not in names:
            kept.append(word)
        elif not equals:
            next(rest, None)
    return kept


def taken(kind: type[Taken], words: dict[str, Any], **more: Any) -> Taken:
    """The options of a kind, out of those of a command line, which then has them no more."""
    names = [each.name for each in fields(kind) if each.name in words]
    return kind(**{name: words.pop(name) for name in names}, **more)
