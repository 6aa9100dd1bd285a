"""`model-check likelihood`: how likely runs go wrong, given how long steps take."""

from __future__ import annotations

import re
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from ..api.options import POINTS, PRECISION, RUNS
from ..budget.spending import Budget, telling
from ..likelihood.sweep import MOST_POINTS
from .console import Display, mistakes_told
from .offered import of_spec
from .options import (
    SpecPath,
    engine_option,
    limit_options,
    out_option,
    output_options,
    pass_budget,
    set_option,
    taken,
)

__all__ = ["command"]

MOST_RUNS = 10**12
MOST_SEED = 2**64 - 1
_EXIT_CODES = """
Exit codes: 0 told, however likely it is; 2 a spec or the command line is wrong, or of a run that
goes on for ever it cannot be known what is asked; 3 nothing can be said, or a limit or Ctrl-C ended
it before it was as precise as asked.
"""


class _Percent(click.ParamType):  # type: ignore[type-arg]
    """A part of all runs in percent: `0.5%`."""

    name = "percent"

    def convert(
        self, value: str | float, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        if isinstance(value, float):
            return value
        found = re.fullmatch(r"(\d{1,2}(?:\.\d{1,12})?)\s*%", value.strip())
        part = float(found[1]) / 100 if found else 0.0
        if not part:
            self.fail(f"{value!r} is no part in percent: write 0.5%", param, ctx)
        return part


@click.command(epilog=_EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("paths", metavar="SPEC...", nargs=-1, required=True, type=SpecPath())
@click.option(
    "--property",
    "properties",
    multiple=True,
    shell_complete=of_spec(),
    help="Only this property; can be repeated.",
)
@click.option(
    "--timing",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="What `from log` stands for: the times that monitor --timing wrote.",
)
@click.option(
    "--sweep",
    default="",
    metavar="STEP=LOW..HIGH",
    help='Vary the mean time of a step: "gateway.subscribe=1ms..50ms".',
)
@click.option(
    "--points",
    type=click.IntRange(2, MOST_POINTS),
    default=POINTS,
    show_default=True,
    help="At how many times.",
)
@click.option(
    "--precision",
    type=_Percent(),
    default=PRECISION,
    show_default=f"{100 * PRECISION:g}%",
    help="Simulate until each share is known to so much, to either side.",
)
@click.option(
    "--runs",
    type=click.IntRange(1, MOST_RUNS),
    default=RUNS,
    show_default=True,
    help="Simulate so many runs at most.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, MOST_SEED),
    default=1,
    show_default=True,
    help="Of a simulation: which runs.",
)
@click.option("--simulate", is_flag=True, help="Simulate also what could be computed exactly.")
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    help="Threads of native code; one a core by default. The result is the same.",
)
@set_option("the specs")
@engine_option("What searches, and takes the runs.")
@limit_options("Stop after this many states of each.")
@out_option()
@output_options()
@pass_budget
def command(budget: Budget, /, paths: tuple[Path, ...], out: Path, **words: Any) -> None:
    """How likely a run of a SPEC violates its properties, if its steps take the times that stand
    under `timing` there: computed exactly where that can be, else simulated, with the interval
    that the true share lies in. Of several specs, of each; with --sweep, as a curve.

    \b
      model-check likelihood specs/legacy.yaml
      model-check likelihood specs/legacy.yaml specs/fix-subscribe-first.yaml \\
          --property no_loss --sweep "gateway.subscribe=1ms..50ms"
    """
    from ..api.likelihood import how_likely
    from ..api.options import LikelihoodOptions
    from ..explore.limits import Limits
    from ..report.text.progress import Progress

    options = taken(LikelihoodOptions, words)
    shown = Display(**words)
    budget.limit(options.timeout, options.max_memory)
    limits = Limits.within(budget, options.max_states)
    with mistakes_told(out), closing(Progress()) as progress:
        found = how_likely(
            paths, None, options, limits=limits, progress=progress.update, told=progress.tell
        )
        with telling():
            found = found.write(out)
            progress.close()
            shown.tell(found.document, found.text)
    sys.exit(found.exit_code)
