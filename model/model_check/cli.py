"""The command `model-check`: its words. What they do is in `run`."""

from __future__ import annotations

import math
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import __version__

if TYPE_CHECKING:
    from .explore.search import Engine
    from .report.layout import Format

__all__ = ["main"]

_EXIT_CODES = """
Exit codes: 0 every property has the verdict its spec expects; 1 some property has another;
2 the spec or the command line is wrong, nothing was checked; 3 undetermined, a limit ended
the search and nothing unexpected was found so far.
"""

_SIZES = {"": 1 << 20, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


class _Size(click.ParamType):  # type: ignore[type-arg]
    """An amount of memory: `2GB`, `500MB`; a bare number is megabytes."""

    name = "size"

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?", value.strip(), re.IGNORECASE)
        if found is None:
            self.fail(f"{value!r} is not an amount of memory: write 500MB or 2GB", param, ctx)
        return int(float(found[1]) * _SIZES[found[2].upper()])


class _Seconds(click.FloatRange):
    """Seconds; `nan` is none."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        seconds = float(super().convert(value, param, ctx))
        if math.isnan(seconds):
            self.fail(f"{value!r} is not a number of seconds", param, ctx)
        return seconds


class _Constant(click.ParamType):  # type: ignore[type-arg]
    """`NAME=VALUE`."""

    name = "NAME=VALUE"

    def convert(
        self,
        value: str | tuple[str, str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        name, equals, text = value.partition("=")
        if not equals or not name.strip() or not text.strip():
            self.fail(f"{value!r} is not NAME=VALUE: write --set TOTAL=20", param, ctx)
        return name.strip(), text.strip()


class _Formats(click.ParamType):  # type: ignore[type-arg]
    """A comma-separated list of picture formats."""

    name = "svg,png,pdf"

    def convert(
        self,
        value: str | tuple[Format, ...],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[Format, ...]:
        if isinstance(value, tuple):
            return value
        known: dict[str, Format] = {"svg": "svg", "png": "png", "pdf": "pdf"}
        words = [part.strip().lower() for part in value.split(",")]
        for each in words:
            if each not in known:
                self.fail(f"{each!r} is not a picture format: svg, png or pdf", param, ctx)
        return tuple(dict.fromkeys(known[each] for each in words))


@click.command(epilog=_EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--set",
    "constants",
    type=_Constant(),
    multiple=True,
    help="Give a constant of the spec another value.",
)
@click.option("--max-states", type=click.IntRange(min=1), help="Stop after so many states.")
@click.option("--max-memory", type=_Size(), help="Stop at so much memory (500MB, 2GB).")
@click.option("--timeout", type=_Seconds(min=0), help="Stop searching after so many seconds.")
@click.option("--no-reason", is_flag=True, help="Do not ask z3 why a violation happens.")
@click.option("--no-draw", is_flag=True, help="Draw no pictures.")
@click.option(
    "--engine",
    type=click.Choice(["auto", "python", "native"]),
    default="auto",
    show_default=True,
    help="What searches: auto moves from Python to native code when that pays.",
)
@click.option(
    "--format",
    "formats",
    type=_Formats(),
    default="svg",
    show_default=True,
    help="Picture formats.",
)
@click.option("--all-traces", is_flag=True, help="A trace to every different ending.")
@click.option("--graph", "graphml", is_flag=True, help="Also write the space as GraphML.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("out"),
    show_default=True,
    help="Where files are written, a folder a model.",
)
@click.option("--json", "as_json", is_flag=True, help="Print result.json instead of text.")
@click.option("--ascii", "plain", is_flag=True, help="Print plain ASCII.")
@click.version_option(__version__, prog_name="model-check")
def command(
    path: Path,
    constants: tuple[tuple[str, str], ...],
    max_states: int | None,
    max_memory: int | None,
    timeout: float | None,
    no_reason: bool,
    no_draw: bool,
    formats: tuple[Format, ...],
    all_traces: bool,
    graphml: bool,
    out: Path,
    as_json: bool,
    plain: bool,
    engine: Engine,
) -> None:
    """Explore every interleaving of a spec (or of every spec in a folder), and say which of
    its properties hold.

    \b
      model-check specs/legacy.yaml
      model-check specs/legacy.yaml --set TOTAL=20
      model-check specs/
    """
    from .run import Options, run

    options = Options(
        dict(constants), max_states, max_memory, timeout, not no_reason, not no_draw, formats,
        all_traces, graphml, out, as_json, plain, engine,
    )  # fmt: skip
    sys.exit(run(path, options))


def main() -> None:
    """The entry point: runs the command and exits with its code (never a traceback)."""
    # A stream that was closed before we started is None; what is said there is for nobody.
    sys.stdout = sys.stdout or Path(os.devnull).open("w")  # noqa: SIM115
    sys.stderr = sys.stderr or Path(os.devnull).open("w")  # noqa: SIM115
    try:
        command.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted: nothing can be said", err=True)
        sys.exit(3)
