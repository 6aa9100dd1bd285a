"""`model-check repair`: what to change so that properties hold."""

from __future__ import annotations

from typing import Any

import click

from ..api.advice import repair
from ..budget.spending import Budget
from .advice import advice_options, run_advice
from .options import pass_budget

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
def command(budget: Budget, /, **options: Any) -> None:
    """Find all smallest sets of changes after which the properties of a spec hold: another
    order of steps, steps joined into an atomic one where the server can, and alternatives
    that the spec offers.

    \b
      model-check repair specs/legacy.yaml
      model-check repair specs/legacy.yaml --property no_loss
    """
    run_advice(budget, repair, **options)
