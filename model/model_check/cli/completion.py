"""`model-check completion`: what a shell needs to complete the words of a command line.

A shell asks by starting the command itself with a variable in its environment, in the protocol of
click; what is offered is read from the commands, so that a new option is offered without a word
here. The first word decides which command's options these are.

Protocol and scripts for zsh and fish: https://click.palletsprojects.com/en/stable/shell-completion/
"""

from __future__ import annotations

import os
import sys
from pathlib import PurePath
from typing import NoReturn

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
    shell_complete,
)

from ..budget.spending import Budget
from ..errors import EXIT_AS_EXPECTED, EXIT_WRONG_INPUT
from .commands import COMMANDS, PROGRAM, SHELL_ASKS, command_named
from .console import complain, show
from .options import pass_budget

__all__ = ["answer", "command"]


class _FirstWordDecides(ShellComplete):
    """Completes by the command that the first word names, or by that which checks."""

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        """What may stand in the place of an incomplete word after these words."""
        chosen = command_named(args[0]) if args else None
        if chosen is not None:
            self.cli = chosen
            return super().get_completions(args[1:], incomplete)
        found = super().get_completions(args, incomplete)
        if args or incomplete.startswith("-"):
            return found
        named = (each for each in COMMANDS if each.name.startswith(incomplete))
        return [*(CompletionItem(each.name, help=each.about) for each in named), *found]


class _Bash(_FirstWordDecides, BashComplete):
    # click's script forgets the words that it was offered where files may stand there too, and
    # ends the name of a folder with a blank.
    source_template = """\
%(complete_func)s() {
    local IFS=$'\\n'
    local current="${COMP_WORDS[COMP_CWORD]}" line type value response

    response=$(env COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD \\
        %(complete_var)s=bash_complete "$1" 2>/dev/null)

    COMPREPLY=()
    for line in $response; do
        IFS=',' read -r type value <<< "$line"
        case $type in
            plain) COMPREPLY+=("$value") ;;
            file) compopt -o filenames; COMPREPLY+=($(compgen -f -- "$current")) ;;
            dir) compopt -o filenames; COMPREPLY+=($(compgen -d -- "$current")) ;;
        esac
    done
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""


class _Zsh(_FirstWordDecides, ZshComplete):
    pass


class _Fish(_FirstWordDecides, FishComplete):
    pass


_SHELLS: dict[str, type[ShellComplete]] = {"bash": _Bash, "zsh": _Zsh, "fish": _Fish}


def answer(checks: click.Command) -> NoReturn:
    """Answer the shell, and end. `checks`: the command that has no name of its own."""
    for shell in _SHELLS.values():
        add_completion_class(shell)
    try:
        wrong = shell_complete(checks, {}, PROGRAM, SHELL_ASKS, os.environ[SHELL_ASKS])
    except (KeyError, ValueError):
        complain(f"{SHELL_ASKS} is for shells, which also say what stands on the line (COMP_WORDS)")
        sys.exit(EXIT_WRONG_INPUT)
    sys.exit(EXIT_WRONG_INPUT if wrong else EXIT_AS_EXPECTED)


@click.command(
    epilog="Exit codes: 0 printed; 2 the shell is not known.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.argument("shell", type=click.Choice(list(_SHELLS)), default=None, required=False)
@pass_budget
def command(budget: Budget, /, shell: str | None) -> None:
    """Print what makes your shell complete commands, options and the names of specs.

    \b
      bash: echo 'source <(model-check completion bash)' >> ~/.bashrc
      zsh:  echo 'source <(model-check completion zsh)' >> ~/.zshrc
      fish: model-check completion fish > ~/.config/fish/completions/model-check.fish
    """
    del budget
    name = shell or PurePath(os.environ.get("SHELL", "")).name
    if name not in _SHELLS:
        raise click.UsageError(f"name your shell: {', '.join(_SHELLS)}")
    show(_SHELLS[name](command, {}, PROGRAM, SHELL_ASKS).source())
