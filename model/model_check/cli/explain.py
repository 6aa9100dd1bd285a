"""`model-check explain`: what the code at the end of a message means, and what to do."""

from __future__ import annotations

import sys

import click

from ..budget.spending import Budget
from ..codes import Code, page_of
from ..errors import EXIT_WRONG_INPUT
from ..language.source.diagnostics import did_you_mean
from ..language.syntax.names import shorten
from ..report.text.explain import render_codes, render_page
from ..report.text.style import Style
from .console import color, complain, knows_unicode, show, width
from .offered import offered
from .options import pass_budget

__all__ = ["command"]


def _codes(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    return offered(Code, incomplete)


@click.command(
    epilog="Exit codes: 0 told; 2 there is no such code.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.argument("code", required=False, shell_complete=_codes)
@click.option("--ascii", "plain", is_flag=True, help="Print plain ASCII.")
@pass_budget
def command(budget: Budget, /, code: str | None, plain: bool) -> None:
    """Tell what the code at the end of a message means, with an example, and what to do; without
    one, which there are.

    \b
      model-check explain never-taken
    """
    del budget
    style = Style(color(), knows_unicode(plain=plain))
    if code is None:
        show(render_codes(style, width()))
        return
    wanted = code.strip().strip("[]").lower()
    if wanted not in list(Code):
        complain(f"no message has the code {shorten(code)}: {did_you_mean(wanted, Code)}")
        sys.exit(EXIT_WRONG_INPUT)
    show(render_page(page_of(Code(wanted)), style, width()))
