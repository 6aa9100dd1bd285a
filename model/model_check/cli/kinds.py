"""`model-check kinds`: the kinds of resources, and the commands of one."""

from __future__ import annotations

import sys

import click

from ..budget.spending import Budget
from ..errors import EXIT_WRONG_INPUT
from ..language.source.diagnostics import did_you_mean
from ..language.syntax.kindfile import builtin_kinds
from ..language.syntax.names import shorten
from ..report.text.kinds import render_kind, render_kinds
from ..report.text.style import Style
from .console import color, complain, knows_unicode, show, width
from .offered import offered
from .options import pass_budget

__all__ = ["command"]


def _names(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    return offered(builtin_kinds(), incomplete)


@click.command(
    epilog="Exit codes: 0 told; 2 there is no kind of that name.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.argument("name", required=False, shell_complete=_names)
@click.option("--ascii", "plain", is_flag=True, help="Print plain ASCII.")
@pass_budget
def command(budget: Budget, /, name: str | None, plain: bool) -> None:
    """Tell which kinds of resources there are (of a family, such as redis), or the commands of one
    with an example.

    \b
      model-check kinds
      model-check kinds redis.list
      model-check kinds redis
    """
    del budget
    kinds = builtin_kinds()
    style = Style(color(), knows_unicode(plain=plain))
    # As it is called, or as the list of them shows it: redis.list[T].
    wanted = (name or "").partition("[")[0].strip().lower()
    family = {each: kind for each, kind in kinds.items() if each.partition(".")[0] == wanted}
    if name is None:
        show(render_kinds(kinds, style, width()))
    elif wanted in kinds:
        show(render_kind(kinds[wanted], style, width()))
    elif family:
        show(render_kinds(family, style, width()))
    else:
        complain(f"no kind is called {shorten(name)}: {did_you_mean(name, kinds)}")
        sys.exit(EXIT_WRONG_INPUT)
