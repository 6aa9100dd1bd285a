"""The command `model-check`: its words. What they do is in `check`.

Its first word may also name another command (see `commands`), such as `model-check repair`.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .. import __version__
from ..budget.spending import INTERRUPTED, Budget, StopNow
from ..errors import EXIT_UNDETERMINED, EXIT_WRONG_INPUT, ModelCheckError
from ..language.source.recognize import NoSuchSpecError, spec_named
from .commands import PROGRAM, SHELL_ASKS, command_named, commands_text, meant_by
from .console import complain, end_unheard
from .offered import offered
from .options import (
    checkpoint_options,
    engine_option,
    limit_options,
    out_option,
    output_options,
    pass_budget,
    set_option,
    spec_argument,
    taken,
    verbose_option,
)
from .reports import Reports, report_option
from .simulating import refuse, simulate_options

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from ..api.options import CheckOptions
    from ..report.pictures.check import PictureFormat
    from .check import CheckDisplay

__all__ = ["main"]

_EXIT_CODES = """
Exit codes: 0 every property has the verdict its spec expects; 1 some property has another;
2 the spec or the command line is wrong, nothing was checked; 3 undetermined, a limit ended
the search and nothing unexpected was found so far.
"""


NOTHING = "nothing can be said"
SMALLER = "make the spec smaller with --set, or end the search before with --max-memory"
FLATTER = "write it with fewer levels, a step or a define for each part"


class _Formats(click.ParamType):  # type: ignore[type-arg]
    """A comma-separated list of picture formats."""

    name = "svg,png,pdf,mermaid"

    def convert(
        self,
        value: str | tuple[PictureFormat, ...],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[PictureFormat, ...]:
        if isinstance(value, tuple):
            return value
        known: dict[str, PictureFormat] = {
            "svg": "svg", "png": "png", "pdf": "pdf", "mermaid": "mermaid",
        }  # fmt: skip
        words = [part.strip().lower() for part in value.split(",")]
        for each in words:
            if each not in known:
                self.fail(f"{each!r} is not a picture format: svg, png, pdf or mermaid", param, ctx)
        return tuple(dict.fromkeys(known[each] for each in words))

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """One more format, after those that are there."""
        from click.shell_completion import CompletionItem

        before, comma, last = incomplete.rpartition(",")
        words = offered(self.name.split(","), last)
        return [CompletionItem(before + comma + each) for each in words]


@click.command(
    epilog=f"{commands_text()}\n\n{_EXIT_CODES}",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@spec_argument
@set_option()
@limit_options()
@checkpoint_options
@simulate_options
@click.option("--first", "first_violation", is_flag=True, help="Stop at the first violation.")
@click.option(
    "--check",
    "bounded",
    type=click.Choice(["search", "bounded"]),
    default="search",
    show_default=True,
    callback=lambda _, __, judge: judge == "bounded",
    help="What judges: the search, or also z3, for runs of a bounded number of steps.",
)
@click.option("--no-reason", is_flag=True, help="Do not ask z3 why a violation happens.")
@click.option("--no-draw", is_flag=True, help="Draw no pictures.")
@engine_option("What searches: auto moves from Python to native code when that pays.")
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    help="Threads of native code; one a core by default. The result is the same.",
)
@click.option(
    "--cluster",
    default="",
    metavar="auto|ADDRESS",
    help="Search a large space in many parts on Ray: at an address, or on one started here.",
)
@click.option(
    "--memory-lean", "lean", is_flag=True, help="Search with less memory, somewhat slower."
)
@click.option(
    "--disk",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Move states to a folder of its own when memory is full.",
)
@click.option("--keep-dead", is_flag=True, help="Never forget values that no step reads any more.")
@click.option(
    "--reduce",
    type=click.Choice(["auto", "none", "order", "symmetry"]),
    default="auto",
    show_default=True,
    help="What to leave out of a large space where it makes no difference.",
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
    "--group-by",
    default="",
    metavar="EXPRESSION",
    help='Join states with the same value in the picture of the space: "len(client.shown)".',
)
@out_option()
@verbose_option
@report_option()
@click.option("--watch", "is_watched", is_flag=True, help="Check again at each save, until Ctrl-C.")
@click.option("--open", "open_page", is_flag=True, help="Open the page in the browser.")
@output_options("Print result.json instead of text.")
@click.version_option(__version__, prog_name=PROGRAM)
@pass_budget
def command(
    budget: Budget, /, path: Path, no_reason: bool, no_draw: bool, is_watched: bool, **words: Any
) -> None:
    """Explore every interleaving of a spec (or of every spec in a folder), and say which of
    its properties hold.

    \b
      model-check specs/legacy.yaml
      model-check specs/legacy.yaml --set TOTAL=20
      model-check specs/
    """
    from ..api.options import CheckOptions
    from ..report.documents.files import Outputs
    from .check import CheckDisplay, run

    path = spec_named(path)
    options = taken(CheckOptions, words, reason=not no_reason)
    outputs = taken(Outputs, words, draw=not no_draw)
    refuse(options, graphml=outputs.graphml)
    words["reports"] = Reports.agreed(words["reports"], words["out"], as_json=words["as_json"])
    shown = CheckDisplay(outputs=outputs, **words)
    if shown.open_page and (no_draw or path.is_dir()):
        why = "with --no-draw there is no page" if no_draw else "a folder of specs has no page"
        raise click.UsageError(f"--open: {why}")
    if options.disk is not None:
        _agreed_on_disk(options, path)
    try:
        kept = options.kept_in
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    if is_watched and kept is not None:
        raise click.UsageError("--watch: a search that is begun at each save is not gone on with")
    if is_watched:
        sys.exit(_watch(path, shown, budget))
    budget.limit(options.timeout, options.max_memory)
    sys.exit(run(path, options, shown, budget))


def _agreed_on_disk(options: CheckOptions, path: Path) -> None:
    """Raises UsageError where --disk makes no sense."""
    whys = {
        "a folder of specs has no place there": path.is_dir(),
        "--engine python keeps all states in memory": options.engine == "python",
        "--memory-lean is for a search in memory": options.lean,
    }
    for why, is_so in whys.items():
        if is_so:
            raise click.UsageError(f"--disk: {why}")


def _watch(path: Path, shown: CheckDisplay, budget: Budget) -> int:
    from .console import mistakes_told
    from .watch import Watch, own_words

    words = own_words(sys.argv[1:])
    has_page = shown.outputs.draw and not path.is_dir()
    with mistakes_told(shown.out):
        return Watch(path, words, shown.out, has_page, shown.open_page, budget).run()


def _chosen(words: list[str], budget: Budget) -> None:
    """Run the command that the first word names, or check what all words tell."""
    chosen = command_named(words[0]) if words else None
    if chosen is None:
        try:
            command.main(words, prog_name=PROGRAM, standalone_mode=False, obj=budget)
        except click.UsageError as error:
            hint = meant_by(words[0]) if words else ""
            if not hint:
                raise
            raise click.UsageError(error.format_message() + hint, error.ctx) from error
        except NoSuchSpecError as error:
            raise NoSuchSpecError(f"{error}{meant_by(words[0])}") from error
    else:
        name = f"{PROGRAM} {words[0]}"
        chosen.main(words[1:], prog_name=name, standalone_mode=False, obj=budget)


def main(*, alone: bool = False) -> None:
    """The entry point: runs the command and exits with its code (never a traceback).

    alone: the process is this command's own. Then it is ended where it hears no limit, and
    Ctrl-C is not heard any more once all is said.
    """
    # A stream that was closed before we started is None; what is said there is for nobody.
    sys.stdout = sys.stdout or Path(os.devnull).open("w")  # noqa: SIM115
    sys.stderr = sys.stderr or Path(os.devnull).open("w")  # noqa: SIM115
    budget = Budget()
    try:
        with budget.guarding(
            hears_ctrl_c=True,
            last_resort=_end if alone else None,
            leaving=signal.SIG_IGN if alone else None,
        ):
            if alone:
                sys.unraisablehook = _untold
            if os.environ.get(SHELL_ASKS):
                from .completion import answer

                answer(command)
            _chosen(sys.argv[1:], budget)
    except ModelCheckError as error:  # of which spec is meant; a command tells its own
        complain(str(error))
        sys.exit(error.exit_code)
    except click.ClickException as error:
        with contextlib.suppress(OSError):
            error.show()
        sys.exit(EXIT_WRONG_INPUT)
    except (click.Abort, KeyboardInterrupt):
        complain(f"{INTERRUPTED}: {NOTHING}")
        sys.exit(EXIT_UNDETERMINED)
    except StopNow as stop:
        complain(f"{stop.why}: {NOTHING}")
        sys.exit(EXIT_UNDETERMINED)
    except MemoryError:
        complain(f"undetermined: the system has no more memory; {SMALLER}")
        sys.exit(EXIT_UNDETERMINED)
    except OSError as error:  # of the help, which is printed past `show`
        end_unheard(error)
    except RecursionError:
        complain(f"undetermined: something in the spec is nested too deeply; {FLATTER}")
        sys.exit(EXIT_UNDETERMINED)


def _end(why: str) -> None:
    """End the process from another thread than the one that hears nothing."""
    os.write(2, f"{why}: {NOTHING}\n".encode("ascii", "replace"))
    os._exit(EXIT_UNDETERMINED)


def _untold(unraisable: sys.UnraisableHookArgs) -> None:
    """What nobody can catch is told, but for the end that was asked for: it comes again."""
    if not issubclass(unraisable.exc_type, StopNow | KeyboardInterrupt):
        sys.__unraisablehook__(unraisable)
