"""`model-check lsp`: the language server, which an editor starts."""

from __future__ import annotations

import logging
import sys

import click

from ..budget.spending import Budget
from ..errors import EXIT_WRONG_INPUT
from .commands import PROGRAM
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
    _log_in_lines()
    server().start_io()


class _InOneLine(logging.Formatter):
    """What went wrong, without where in the program: an editor shows it to its user."""

    def format(self, record: logging.LogRecord) -> str:
        text = record.getMessage().partition("\n")[0]
        error = record.exc_info[1] if record.exc_info else None
        return f"{PROGRAM} lsp: {text}{f': {error}' if error else ''}"


def _log_in_lines() -> None:
    """Have the library's warnings told on stderr, a line each."""
    handler = logging.StreamHandler()
    handler.setFormatter(_InOneLine())
    logger = logging.getLogger("pygls")
    logger.handlers[:] = [handler]
    logger.propagate = False
