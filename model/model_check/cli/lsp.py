"""`model-check lsp`: the language server, which an editor starts."""

from __future__ import annotations

import sys

import click

from ..budget.spending import Budget
from ..errors import EXIT_WRONG_INPUT
from .console import complain
from .options import pass_budget

__all__ = ["command"]

MISSING = (
    "the language server needs the package pygls, not installed here:"
    " pip install 'model-check[lsp]'"
)


@click.command(
    epilog="Exit codes: 0 the editor has ended it; 2 a package is missing.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--stdio", is_flag=True, help="Speak over standard input and output (it always is).")
@pass_budget
def command(budget: Budget, /, stdio: bool) -> None:
    """Serve an editor: mistakes and warnings as you type, completion, what a command means, go to
    definition, and labels by another name. Editors start it themselves.
    """
    del budget, stdio
    try:
        from ..editor.server import server
    except ImportError as error:
        if error.name is None or error.name.partition(".")[0] not in ("pygls", "lsprotocol"):
            raise
        complain(MISSING)
        sys.exit(EXIT_WRONG_INPUT)
    server().start_io()
