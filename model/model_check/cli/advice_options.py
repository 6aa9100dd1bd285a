"""The options that `repair` and `rests-on` share, and how both are run."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..budget.spending import Budget
from ..explore.limits import Limits
from ..explore.search import NativeUnavailableError
from ..language.source.diagnostics import SpecError
from ..report.folder import OutputError
from ..report.text.progress import Progress
from ..report.words.summary import EXIT_WRONG_INPUT
from .console import complain
from .option_types import Constant, Seconds, Size, allow_outside_option

if TYPE_CHECKING:
    from ..explore.search import Engine

__all__ = ["Asked", "advice_options", "run_advice"]

_Function = TypeVar("_Function", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Asked:
    """What the shared options of a command line say."""

    path: Path
    properties: tuple[str, ...]
    constants: tuple[tuple[str, str], ...]
    max_states: int | None
    max_memory: int | None
    timeout: float | None
    engine: Engine
    out: Path
    allow_outside: bool
    as_json: bool
    plain: bool


_OPTIONS = (
    click.argument("path", type=click.Path(path_type=Path)),
    click.option(
        "--for",
        "properties",
        multiple=True,
        metavar="PROPERTY",
        help="Only this property; can be repeated.",
    ),
    click.option(
        "--set",
        "constants",
        type=Constant(),
        multiple=True,
        help="Give a constant of the spec another value.",
    ),
    click.option(
        "--max-states",
        type=click.IntRange(min=1),
        help="Explore at most so many states of each program.",
    ),
    click.option("--max-memory", type=Size(), help="Stop at so much memory (500MB, 2GB)."),
    click.option("--timeout", type=Seconds(min=0), help="Stop after so many seconds in all."),
    click.option(
        "--engine",
        type=click.Choice(["auto", "python", "native"]),
        default="auto",
        show_default=True,
        help="What searches.",
    ),
    click.option(
        "--out",
        type=click.Path(path_type=Path, file_okay=False),
        default=Path("out"),
        show_default=True,
        help="Where files are written, a folder a model.",
    ),
    allow_outside_option,
    click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text."),
    click.option("--ascii", "plain", is_flag=True, help="Print plain ASCII."),
)


def advice_options(function: _Function) -> _Function:
    """Give a command the shared options; it gets them by the names of `Asked`."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def run_advice(asked: Asked, budget: Budget, act: Callable[[Limits, Progress], int]) -> int:
    """Run what a command does, within its budget and with progress; the exit code."""
    if asked.path.is_dir():
        complain(f"{asked.path}: this is a folder; name one spec")
        return EXIT_WRONG_INPUT
    try:
        budget.limit(asked.timeout, asked.max_memory)
        with closing(Progress()) as progress:
            return act(Limits.within(budget, asked.max_states), progress)
    except (SpecError, OutputError, NativeUnavailableError) as error:
        complain(str(error))
        return EXIT_WRONG_INPUT
    except OSError as error:
        complain(f"{error.filename or asked.out}: {error.strerror or error}")
        return EXIT_WRONG_INPUT
