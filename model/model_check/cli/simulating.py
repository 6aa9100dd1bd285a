"""From the words of a command line to a simulation: `--simulate`, `--seed` and `--depth`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..api.options import DEPTH
from ..api.simulating import MOST_SEED, amount_of, refusals
from ..explore.walks.tally import MOST_STEPS
from .options import options

if TYPE_CHECKING:
    from ..api.options import CheckOptions

__all__ = ["refuse", "simulate_options"]

ALL_THE_TIME = "True"
"""What `--simulate` alone stands for."""


class _Amount(click.ParamType):  # type: ignore[type-arg]
    """A number of walks, or a time: `100000`, `30s`."""

    name = "N|TIME"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | str | bool:
        if isinstance(value, bool):
            return value
        if value == ALL_THE_TIME:
            return True
        try:
            amount_of(value)
        except ValueError as error:
            self.fail(f"{error}; alone, --simulate stands behind the spec", param, ctx)
        return str(value)


simulate_options = options(
    click.option(
        "--simulate",
        type=_Amount(),
        is_flag=False,
        flag_value=ALL_THE_TIME,
        default=False,
        help="Take so many walks at random instead of exploring: 100000, 30s, or alone for 10 s.",
    ),
    click.option(
        "--seed",
        type=click.IntRange(0, MOST_SEED),
        default=0,
        show_default=True,
        help="Of --simulate: which walks.",
    ),
    click.option(
        "--depth",
        type=click.IntRange(1, MOST_STEPS),
        default=DEPTH,
        show_default=True,
        help="Of --simulate: how many steps a walk has at most.",
    ),
)


def refuse(options: CheckOptions, *, graphml: bool) -> None:
    """Raises UsageError for what cannot be asked for together."""
    found = refusals(options)
    if graphml and options.simulate is not False:
        found.append("--graph: a simulation keeps no states")
    if found:
        raise click.UsageError(found[0])
