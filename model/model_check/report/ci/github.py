"""A run as annotations of GitHub: lines that its runner takes for commands.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions. Of each kind it
shows ten a step; where there are more, the tenth says how many.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...language.records import dataclass
from ...results.run import RunReport
from ..words.columns import counted
from .findings import Finding, decisive_step, findings_of, most_telling_first
from .places import place_of

__all__ = ["github_text", "muted"]

MOST_SHOWN = 10
LONGEST_TITLE = 200
LONGEST = 4_000
"""Characters of a message: GitHub refuses an annotation of more than 64 KB."""


@dataclass(frozen=True, slots=True)
class _Note:
    """An annotation. `level`: error, warning or notice."""

    level: str
    path: str
    line: int
    column: int
    title: str
    text: str

    def command(self) -> str:
        """The line that makes it."""
        about = {"file": place_of(self.path), "line": self.line, "col": self.column}
        parts = [f"{key}={_property(str(value))}" for key, value in about.items()]
        parts.append(f"title={_property(self.title[:LONGEST_TITLE])}")
        return f"::{self.level} {','.join(parts)}::{_data(self.text[:LONGEST])}"


def github_text(run: RunReport) -> str:
    """The annotations, a line each; "" where there is nothing to annotate."""
    notes = [note for found in most_telling_first(findings_of(run)) for note in _notes(found)]
    lines = []
    for level in ("error", "warning", "notice"):
        ours = [each for each in notes if each.level == level]
        shown = ours if len(ours) <= MOST_SHOWN else ours[: MOST_SHOWN - 1]
        lines += [each.command() for each in shown]
        if rest := len(ours) - len(shown):
            lines.append(f"::{level}::{counted(rest, f'more {level}')}, see the log")
    return "".join(f"{line}\n" for line in lines)


def muted(text: str, token: str) -> str:
    """Text among which no line is a command, whatever a spec holds. `token` must be one that
    nobody can foresee."""
    return f"::stop-commands::{token}\n{text}\n::{token}::\n"


def _notes(found: Finding) -> Iterator[_Note]:
    model = f"{found.report.model}: " if found.report else ""
    title = f"{model}{found.title}"
    level = "warning" if found.sort == "warning" else "error"
    text = "\n".join(found.told) or found.title
    if found.sort in ("mistake", "error", "warning"):
        # The title is cut, and what is wrong must be readable.
        title, text = f"model-check: {found.sort}", "\n".join((found.title, *found.told))
    yield _Note(level, found.path, found.line, found.column, title, text)
    decisive = decisive_step(found.result) if found.result else None
    if decisive is not None:
        step, told = decisive
        yield _Note("notice", step.source, step.line, 1, title, told)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
