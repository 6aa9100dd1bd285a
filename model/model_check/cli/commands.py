"""The commands beside checking: `model-check NAME ...`.

Checking a spec has no name of its own, so the first word decides: one that names a command
here is that command, everything else is the path of a spec or a folder. A file or folder
that is named like a command is still reached, as `./NAME`.

To add a command, add a line to `COMMANDS`, and its `command` in a module of that name. The module
is loaded only when the command was asked for (or its help), so that what it needs is loaded late.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ..language.records import dataclass

if TYPE_CHECKING:
    import click

__all__ = [
    "COMMANDS",
    "PROGRAM",
    "SHELL_ASKS",
    "Subcommand",
    "command_named",
    "commands_text",
    "meant_by",
]


PROGRAM = "model-check"
SHELL_ASKS = "_MODEL_CHECK_COMPLETE"
"""The environment variable by which a shell asks for completions, `bash_complete`."""


@dataclass(frozen=True, slots=True)
class Subcommand:
    """A command: its `name`, `about` in a few words, and what loads it."""

    name: str
    about: str
    load: Callable[[], click.Command]


def _of_module(name: str, about: str) -> Subcommand:
    def load() -> click.Command:
        module = import_module(f".{name.replace('-', '_')}", __package__)
        return cast("click.Command", module.command)

    return Subcommand(name, about, load)


COMMANDS: tuple[Subcommand, ...] = (
    _of_module("init", "write a first spec and its test"),
    _of_module("kinds", "which resources there are, and their commands"),
    _of_module("completion", "complete words of this command in your shell"),
    _of_module("explain", "what the code at the end of a message means"),
    _of_module("schema", "the JSON Schema of a spec, for editors"),
    _of_module("lsp", "a language server: what editors start"),
    _of_module("compare", "the same schedule on two specs, side by side"),
    _of_module("replay", "carry a trace out on a real Redis and real WebSockets"),
    _of_module("steer", "force the trace on your own services, through a proxy"),
    _of_module("record", "run freely for real, and count the connections that lose"),
    _of_module("monitor", "hold what MONITOR of a real server shows against the model"),
    _of_module("likelihood", "how likely a run goes wrong, given how long steps take"),
    _of_module("repair", "what to change so that the properties hold"),
    _of_module("rests-on", "which orders of steps the properties need"),
)


def command_named(word: str) -> click.Command | None:
    """The command of a name, loaded; None if there is none."""
    for each in COMMANDS:
        if each.name == word:
            return each.load()
    return None


def meant_by(word: str) -> str:
    """A hint for a first word that is no path and nearly the name of a command; else ""."""
    import difflib

    close = difflib.get_close_matches(word, [each.name for each in COMMANDS], n=1)
    return f" (did you mean model-check {close[0]}?)" if close and not Path(word).exists() else ""


def commands_text() -> str:
    """The commands in the form of click's help: one line each, none of them wrapped."""
    lines = [f"  model-check {each.name:<10} {each.about}" for each in COMMANDS]
    return "\n".join(["\b", "Other commands (--help tells more of each):", *lines])
