"""The terminal that a command talks to: its width, its colours, Ctrl-C, and printing."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import NoReturn

from ..budget.spending import all_told, telling
from ..errors import EXIT_WRONG_INPUT, ModelCheckError

__all__ = [
    "Display", "color", "complain", "end_unheard", "interruptible", "knows_unicode",
    "mistakes_told", "open_in_browser", "show", "width",
]  # fmt: skip

FILE_WIDTH = 100
"""Columns of text that does not go to a terminal."""
WIDEST = 1_000
"""More columns than anybody has; `COLUMNS` can say anything."""


@contextmanager
def interruptible() -> Iterator[Callable[[], bool]]:
    """Ctrl-C ends what is done in here, and nothing else; a second one ends the program."""
    pressed: list[int] = []

    def press(number: int, _: FrameType | None) -> None:
        if pressed:
            raise KeyboardInterrupt
        pressed.append(number)

    before = signal.signal(signal.SIGINT, press)
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def mistakes_told(place: object) -> Iterator[None]:
    """A mistake that a user can mend is told, and ends the program with its exit code. `place`:
    what the system refuses where it names nothing itself."""
    try:
        yield
    except ModelCheckError as error:
        complain(str(error))
        sys.exit(error.exit_code)
    except OSError as error:
        complain(f"{error.filename or place}: {error.strerror or error}")
        sys.exit(EXIT_WRONG_INPUT)


def width() -> int:
    """The columns that text may take."""
    if sys.stdout.isatty() or "COLUMNS" in os.environ:
        import shutil

        return min(shutil.get_terminal_size((FILE_WIDTH, 24)).columns, WIDEST)
    return FILE_WIDTH


def color() -> bool:
    """Whether text is coloured: on a terminal that has not said no."""
    wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return wanted and sys.stdout.isatty()


def knows_unicode(*, plain: bool) -> bool:
    """Whether what is printed may be more than ASCII; not where `plain` ASCII was asked for."""
    if plain:
        return False
    try:
        "✓✗→…│".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def show(text: str) -> None:
    """Print to stdout what was asked for. Exits with 2 where it cannot be written."""
    encoding = sys.stdout.encoding or "ascii"
    try:
        sys.stdout.write(text.rstrip("\n").encode(encoding, "replace").decode(encoding) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever reads the output (head, less) has seen enough; the verdict stands.
        _write_no_more()
    except OSError as error:
        end_unheard(error)


@dataclass(frozen=True)
class Display:
    """How a command shows what it found: as JSON, in plain ASCII."""

    as_json: bool
    plain: bool

    def tell(self, document: Callable[[], str], text: Callable[..., str]) -> None:
        """Print a document, or else a text, which is told its `width`, and whether it has
        `color` and more than ASCII (`unicode`)."""
        with telling():
            if self.as_json:
                show(document())
            else:
                show(text(width=width(), color=color(), unicode=knows_unicode(plain=self.plain)))
            all_told()


def open_in_browser(page: Path) -> None:
    """Show a page in the user's browser; where there is none, say where the page is."""
    import webbrowser

    if not webbrowser.open(page.resolve().as_uri()):
        complain(f"no browser could be opened: the page is {page}")


def end_unheard(error: OSError) -> NoReturn:
    """End a program whose output cannot be written: it says why, and exits with 2, for nobody
    could read its verdict."""
    _write_no_more()
    complain(f"{error.filename or 'standard output'}: {error.strerror or error}")
    sys.exit(EXIT_WRONG_INPUT)


def _write_no_more() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def complain(text: str) -> None:
    """Print to stderr what is wrong. Where nobody can read it, the exit code tells."""
    encoding = sys.stderr.encoding or "ascii"
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(text.encode(encoding, "replace").decode(encoding) + "\n")
        sys.stderr.flush()
