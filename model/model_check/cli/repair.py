"""`model-check repair`: what to change so that properties hold."""

from __future__ import annotations

import sys
from typing import Any

import click

from ..api.advice import repair
from ..budget.spending import Budget
from ..explore.limits import Limits
from ..report.text.progress import Progress
from .advice_options import Asked, advice_options, run_advice
from .console import color, knows_unicode, show, width
from .option_types import pass_budget

__all__ = ["command"]

_EXIT_CODES = """
Exit codes: 0 repaired, or nothing to repair; 1 there is no repair among the changes; 2 the spec
or the command line is wrong; 3 undetermined: a limit
or Ctrl-C ended the search.
"""


@click.command(epilog=_EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@advice_options
@click.option("--more", is_flag=True, help="Also larger repairs, of which no part is one.")
@pass_budget
def command(budget: Budget, /, more: bool, **options: Any) -> None:
    """Find all smallest sets of changes after which the properties of a spec hold: another
    order of steps, steps joined into an atomic one where the server can, and alternatives
    that the spec offers.

    \b
      model-check repair specs/legacy.yaml
      model-check repair specs/legacy.yaml --for no_loss
    """
    asked = Asked(**options)

    def act(limits: Limits, progress: Progress) -> int:
        result = repair(
            asked.path,
            asked.properties,
            dict(asked.constants),
            more=more,
            engine=asked.engine,
            progress=progress.tell,
            limits=limits,
            allow_outside=asked.allow_outside,
        ).write(asked.out)
        progress.close()
        unicode = knows_unicode(plain=asked.plain)
        show(result.document() if asked.as_json else
             result.text(width=width(), color=color(), unicode=unicode))  # fmt: skip
        return result.exit_code

    sys.exit(run_advice(asked, budget, act))
