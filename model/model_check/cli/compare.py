"""`model-check compare`: the same schedule on two specs."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

import click

from ..budget.spending import Budget
from ..report.words.summary import EXIT_AS_EXPECTED, EXIT_UNDETERMINED, EXIT_WRONG_INPUT
from .console import color, complain, knows_unicode, show, width
from .option_types import Constant, Seconds, Size, allow_outside_option, pass_budget

__all__ = ["command"]

_EXIT_CODES = """
Exit codes: 0 shown; 2 a spec or the command line is wrong, or there is nothing to compare; 3 a
limit ended the search before the schedule could be followed.
"""


@click.command(epilog=_EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("first", type=click.Path(path_type=Path))
@click.argument("second", type=click.Path(path_type=Path))
@click.option("--property", "violating", default="", help="Whose trace (the first violated one).")
@click.option(
    "--trace",
    type=click.Path(path_type=Path),
    help="A trace of the first spec from a file: NAME.itf.json or result.json.",
)
@click.option(
    "--set",
    "constants",
    type=Constant(),
    multiple=True,
    help="Give a constant of both specs another value.",
)
@click.option("--max-states", type=click.IntRange(min=1), help="Stop after so many states of each.")
@click.option("--max-memory", type=Size(), help="Stop at so much memory (500MB, 2GB).")
@click.option("--timeout", type=Seconds(min=0), help="Stop after so many seconds in all.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("out"),
    show_default=True,
    help="Where the picture is written, a folder a model.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
@allow_outside_option
@click.option("--ascii", "plain", is_flag=True, help="Print plain ASCII.")
@pass_budget
def command(
    budget: Budget,
    first: Path,
    second: Path,
    violating: str,
    trace: Path | None,
    constants: tuple[tuple[str, str], ...],
    max_states: int | None,
    max_memory: int | None,
    timeout: float | None,
    out: Path,
    as_json: bool,
    allow_outside: bool,
    plain: bool,
) -> None:
    """Take a trace of the FIRST spec, and let the same processes act at the same turns in the
    SECOND, each with its own next step: what becomes of the violation there? A name that is no
    path is looked for in the folder specs, and beside the other one.

    \b
      model-check compare legacy fix-both
      model-check compare specs/legacy.yaml specs/fix-both.yaml --property no_loss
    """
    from ..api.check import compare
    from ..api.compare import CompareError
    from ..explore.limits import Limits
    from ..language.source.diagnostics import SpecError
    from ..live.errors import LiveError
    from ..report.folder import OutputError
    from ..report.text.progress import Progress
    from ..verify.schedule import CutShortError

    try:
        budget.limit(timeout, max_memory)
        with closing(Progress()) as progress:
            result = compare(
                first,
                second,
                dict(constants),
                violating=violating,
                trace=trace,
                allow_outside=allow_outside,
                progress=progress.update,
                limits=Limits.within(budget, max_states),
            ).write(out)
    except (SpecError, CompareError, LiveError, OutputError) as error:
        complain(str(error))
        sys.exit(EXIT_WRONG_INPUT)
    except CutShortError as error:
        complain(str(error))
        sys.exit(EXIT_UNDETERMINED)
    except OSError as error:
        complain(f"{error.filename or first}: {error.strerror or error}")
        sys.exit(EXIT_WRONG_INPUT)
    unicode = knows_unicode(plain=plain)
    show(result.document() if as_json else
         result.text(width=width(), color=color(), unicode=unicode))  # fmt: skip
    sys.exit(EXIT_AS_EXPECTED)
