"""`model-check compare`: the same schedule on two specs."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from ..budget.spending import Budget
from ..errors import EXIT_AS_EXPECTED
from .console import Display, mistakes_told
from .options import (
    SpecPath,
    limit_options,
    out_option,
    output_options,
    pass_budget,
    set_option,
    taken,
    trace_options,
)

__all__ = ["command"]

_EXIT_CODES = """
Exit codes: 0 shown; 2 a spec or the command line is wrong, or there is nothing to compare; 3 a
limit ended the search before the schedule could be followed.
"""


@click.command(epilog=_EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("first", type=SpecPath())
@click.argument("second", type=SpecPath())
@trace_options(" of the first spec")
@set_option("both specs")
@limit_options("Stop after this many states of each.")
@out_option("Where the picture is written, a folder a model.")
@output_options()
@pass_budget
def command(budget: Budget, /, first: Path, second: Path, out: Path, **words: Any) -> None:
    """Take a trace of the FIRST spec, and let the same processes act at the same turns in the
    SECOND, each with its own next step: what becomes of the violation there? A name that is no
    path is looked for in the folder specs, and beside the other one.

    \b
      model-check compare legacy fix-both
      model-check compare specs/legacy.yaml specs/fix-both.yaml --property no_loss
    """
    from ..api.compare import compare
    from ..api.options import CompareOptions
    from ..explore.limits import Limits
    from ..report.text.progress import Progress

    options = taken(CompareOptions, words)
    shown = Display(**words)
    budget.limit(options.timeout, options.max_memory)
    limits = Limits.within(budget, options.max_states)
    with mistakes_told(first), closing(Progress()) as progress:
        result = compare(
            first, second, None, options, limits=limits, progress=progress.update
        ).write(out)
    shown.tell(result.document, result.text)
    sys.exit(EXIT_AS_EXPECTED)
