"""`model-check rests-on`: which orders of steps properties need."""

from __future__ import annotations

from typing import Any

import click

from ..api.advice import rests_on
from ..budget.spending import Budget
from .advice import advice_options, run_advice
from .options import pass_budget

__all__ = ["command"]

_EXIT_CODES = """
Exit codes: 0 told of every property; 1 a property is violated and rests on nothing; 2 the spec
or the command line is wrong; 3 undetermined: a limit
or Ctrl-C ended the search.
"""


@click.command(epilog=_EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@advice_options
@pass_budget
def command(budget: Budget, /, **options: Any) -> None:
    """Find what the properties of a spec rest on: the orders of two steps of a process, and
    the joined steps, without which they do not hold; with a trace for each.

    \b
      model-check rests-on specs/fix-both.yaml
      model-check rests-on specs/fix-both.yaml --property no_loss
    """
    run_advice(budget, rests_on, **options)
