"""`model-check schema`: the JSON Schema of a spec's file, for editors."""

from __future__ import annotations

import json

import click

from ..budget.spending import Budget
from ..language.schema import spec_schema
from ..language.syntax.kindfile import builtin_kinds
from .console import show
from .options import pass_budget

__all__ = ["command", "schema_text"]


@click.command(
    epilog="Exit codes: 0 told.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@pass_budget
def command(budget: Budget, /) -> None:
    """Print the JSON Schema of a spec, by which an editor completes and checks its keys.

    \b
      model-check schema > specs/model-check.schema.json
    """
    del budget
    show(schema_text())


def schema_text() -> str:
    """The schema as the text of a file, of this version of the tool."""
    return json.dumps(spec_schema(builtin_kinds()), indent=2, ensure_ascii=False) + "\n"
