"""What `repair` and `rests-on` share: their options, and how they are run."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import click

from ..api.advice import RepairResult, RestsOnResult
from ..api.options import AdviceOptions
from ..budget.spending import Budget, telling
from ..errors import EXIT_WRONG_INPUT
from ..explore.limits import Limits
from ..language.source.recognize import spec_named
from ..report.text.progress import Progress
from .console import Display, complain, mistakes_told
from .offered import of_spec
from .options import (
    engine_option,
    limit_options,
    options,
    out_option,
    output_options,
    set_option,
    spec_argument,
    taken,
    verbose_option,
)

__all__ = ["advice_options", "run_advice"]

advice_options = options(
    spec_argument,
    click.option(
        "--property",
        "--for",
        "properties",
        multiple=True,
        metavar="PROPERTY",
        shell_complete=of_spec(),
        help="Only this property; can be repeated.",
    ),
    set_option(),
    limit_options("Explore at most this many states of each program."),
    engine_option(),
    out_option(),
    verbose_option,
    output_options(),
)


def run_advice(
    budget: Budget,
    search: Callable[..., RepairResult | RestsOnResult],
    path: Path,
    out: Path,
    verbose: bool,
    **words: Any,
) -> None:
    """Search within a budget and with progress, write and print what is found, and end the
    program with its exit code."""
    path = spec_named(path)
    if path.is_dir():
        complain(f"{path}: this is a folder; name one spec")
        sys.exit(EXIT_WRONG_INPUT)
    given = taken(AdviceOptions, words)
    shown = Display(**words)
    budget.limit(given.timeout, given.max_memory)
    limits = Limits.within(budget, given.max_states)
    with mistakes_told(out), closing(Progress()) as progress:
        found = search(path, (), None, given, limits=limits, progress=progress.tell)
        with telling():
            written = found.write(out)
            found = written if isinstance(written, RepairResult) else found
            progress.close()
            shown.tell(found.document, partial(found.text, whole=verbose))
    sys.exit(found.exit_code)
