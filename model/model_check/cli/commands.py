"""The commands beside checking: `model-check NAME ...`.

Checking a spec has no name of its own, so the first word decides: one that names a command
here is that command, everything else is the path of a spec or a folder. A file or folder
that is named like a command is still reached, as `./NAME`.

To add a command, add a line to `COMMANDS`. Its function is called only when the command was
asked for (or its help), so that what it needs is loaded late.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click

__all__ = ["COMMANDS", "Command", "command_named", "commands_text", "meant_by"]


@dataclass(frozen=True, slots=True)
class Command:
    """A command: its `name`, `about` in a few words, and what loads it."""

    name: str
    about: str
    load: Callable[[], click.Command]


def _compare() -> click.Command:
    from .compare import command

    return command


def _replay() -> click.Command:
    from .replay import command

    return command


def _repair() -> click.Command:
    from .repair import command

    return command


def _record() -> click.Command:
    from .record import command

    return command


def _monitor() -> click.Command:
    from .monitor import command

    return command


def _rests_on() -> click.Command:
    from .rests_on import command

    return command


COMMANDS: tuple[Command, ...] = (
    Command("compare", "the same schedule on two specs, side by side", _compare),
    Command("replay", "carry a trace out on a real Redis and real WebSockets", _replay),
    Command("record", "run freely for real, and count the connections that lose", _record),
    Command("monitor", "hold what MONITOR of a real server shows against the model", _monitor),
    Command("repair", "what to change so that the properties hold", _repair),
    Command("rests-on", "which orders of steps the properties need", _rests_on),
)


def command_named(word: str) -> click.Command | None:
    """The command of a name, loaded; None if there is none."""
    for each in COMMANDS:
        if each.name == word:
            return each.load()
    return None


def meant_by(word: str) -> str:
    """A hint for a first word that is no path and nearly the name of a command; else ""."""
    close = difflib.get_close_matches(word, [each.name for each in COMMANDS], n=1)
    return f" (did you mean model-check {close[0]}?)" if close and not Path(word).exists() else ""


def commands_text() -> str:
    """The commands in the form of click's help: one line each, none of them wrapped."""
    lines = [f"  model-check {each.name:<10} {each.about}" for each in COMMANDS]
    return "\n".join(["\b", "Other commands (--help tells more of each):", *lines])
