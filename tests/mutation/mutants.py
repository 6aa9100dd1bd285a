"""The list of mutants: changes of one token that the tests of their floor must notice.

The lists are the files of a floor's name beside this one. `[machine/effects.py] test_effects.py`
names a file of the package, and the tests of its floor that notice its mutants soonest; the rest
of that folder follows. (A name with a folder is a test of another floor.) Each line after that is a
piece of a line of that file, which must be there exactly once, with one token changed:
`if low «>=→>» 0`. What stands on the line above may stand before it, apart by ` ⏎ `. Indented
below a mutant may stand `tests:`, its own in place of the file's, and `survives:`, why no test
can notice it, or why none need to.
"""

from __future__ import annotations

import ast
import functools
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

__all__ = ["FLOORS", "HERE", "PACKAGE", "ROOT", "Mutant", "StaleMutantError", "mutants", "read"]

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PACKAGE = Path("model") / "model_check"
FLOORS = ("machine", "explore", "verify", "symbolic", "explain", "repairs", "steer", "likelihood")
NEWLINE = " ⏎ "

_CHANGE = re.compile("«(.*?)→(.*?)»")
_BLANK = frozenset({tokenize.NL, tokenize.NEWLINE, tokenize.COMMENT, tokenize.INDENT,
                    tokenize.DEDENT, tokenize.ENDMARKER})  # fmt: skip


class StaleMutantError(Exception):
    """The list does not fit the package any more; the text says which mutant, and why."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """`text` is the piece of `file` (a path in the package) with its change, as it stands in
    `line` of the list of a `floor`; `tests` (paths from the repository's root) must notice it,
    the first ones soonest. `survives`: why none does; "" if one must."""

    floor: str
    line: int
    file: str
    text: str
    tests: tuple[str, ...]
    survives: str = ""

    @property
    def name(self) -> str:
        """Where it stands in the list."""
        return f"tests/mutation/{self.floor}.txt:{self.line}"

    @property
    def path(self) -> Path:
        """The file that it changes, from the repository's root."""
        return PACKAGE / self.file

    def applied(self, source: str) -> tuple[str, int]:
        """The changed text of its file, and the line that differs, from 1.

        Raises StaleMutantError where the piece is not there exactly once, more than one token
        changes, or what comes of it is no Python.
        """
        changed, line = self.replaced(source)
        try:
            ast.parse(changed)
        except SyntaxError as error:
            raise self._stale(f"what comes of it is no Python: {error}") from error
        if not _one_token_apart(source, changed):
            raise self._stale("it changes more than one token, or none")
        return changed, line

    def replaced(self, source: str) -> tuple[str, int]:
        """As `applied`, of a change that nobody asks whether it is one token."""
        change = _CHANGE.search(self.text)
        if change is None or len(_CHANGE.findall(self.text)) != 1:
            raise self._stale("a mutant has one change: «before→after»")
        before, old, new, after = (
            self.text[: change.start()], change[1], change[2], self.text[change.end() :],
        )  # fmt: skip
        pattern = f"({_pattern(before)}){_pattern(old)}({_pattern(after)})"
        found = list(re.finditer(pattern, source))
        if len(found) != 1:
            raise self._stale(
                f"its text is there {len(found)} times" if found else "its text is not there"
            )
        (match,) = found
        changed = source[: match.end(1)] + new + source[match.start(2) :]
        return changed, source.count("\n", 0, match.end(1)) + 1

    def _stale(self, why: str) -> StaleMutantError:
        return StaleMutantError(f"stale mutant: {self.name}: {self.path}: {self.text}: {why}")


def _pattern(text: str) -> str:
    return r"\n *".join(map(re.escape, text.split(NEWLINE)))


def _one_token_apart(one: str, other: str) -> bool:
    """Whether one token was replaced, left out or put in."""
    first, second = _tokens_of_a_file(one), list(_tokens(other))
    least = min(len(first), len(second))
    start = next((i for i in range(least) if first[i] != second[i]), least)
    rest = least - start
    end = next((i for i in range(rest) if first[-1 - i] != second[-1 - i]), rest)
    left = (len(first) - start - end, len(second) - start - end)
    return left in ((1, 1), (0, 1), (1, 0))


@functools.lru_cache(maxsize=4)
def _tokens_of_a_file(source: str) -> list[str]:
    """Many mutants in a row are of one file."""
    return list(_tokens(source))


def _tokens(source: str) -> Iterator[str]:
    for each in tokenize.generate_tokens(io.StringIO(source).readline):
        if each.type not in _BLANK:
            yield each.string


def read(floor: str, text: str) -> list[Mutant]:
    """The mutants of a floor's list. Raises StaleMutantError where the list cannot be read."""
    found: list[Mutant] = []
    file = ""
    tests: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        key, _, value = line.strip().partition(": ")
        if not line.strip() or line.startswith("#"):
            continue
        if header := re.fullmatch(r"\[(\S+)\] *(.*)", line):
            file, tests = header[1], _tests_of(floor, header[2])
        elif line.startswith("    ") and found and key == "tests":
            found[-1] = replace(found[-1], tests=_tests_of(floor, value))
        elif line.startswith("    ") and found and key == "survives":
            found[-1] = replace(found[-1], survives=value)
        elif "«" in line and file:
            found.append(Mutant(floor, number, file, line.strip(), tests))
        else:
            where = f"tests/mutation/{floor}.txt:{number}"
            raise StaleMutantError(f"{where}: no file, no mutant, and nothing about one")
    return found


def _tests_of(floor: str, names: str) -> tuple[str, ...]:
    paths = [f"tests/{name}" if "/" in name else f"tests/{floor}/{name}" for name in names.split()]
    return (*paths, f"tests/{floor}")


def mutants() -> list[Mutant]:
    """All mutants, floor by floor."""
    return [
        each
        for floor in FLOORS
        for each in read(floor, (HERE / f"{floor}.txt").read_text(encoding="utf-8"))
    ]
