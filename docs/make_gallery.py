"""Makes the gallery from the specs: `uv run python docs/make_gallery.py`.

A spec that extends none beside it begins a family: what it is about, the picture of its first
violation, and a table of all that extend it, each with its verdicts. A test fails when a page or a
picture is out of date.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from model_check import Result, check
from model_check.language.source.recognize import find_specs
from model_check.report.words.faults import faults_text
from model_check.report.words.phrases import is_quiet

ROOT = Path(__file__).parent.parent
PAGE = "docs/gallery.md"
PICTURES = "docs/gallery"
FOLDERS = ("specs/faults", "specs")
"""What goes wrong in many systems comes first, then the bug that this tool was built for."""
FIRST_PAGE = "docs/legacy.svg"
_EXTENDS = re.compile(r"^extends: ([\w-]+\.yaml)$", re.MULTILINE)

_HEAD = """\
<!-- made by docs/make_gallery.py from specs/ -->
# Gallery

Bugs that many systems have, each as a spec to start from, with what mends it and what does not. \
Each verdict and each picture is what `model-check` finds and draws; look into a spec to see how \
little it takes. `model-check init` begins with one of several of these.
"""


@dataclass(frozen=True, slots=True)
class Family:
    """A spec, and those beside it that extend it, in the order in which they do."""

    first: str
    others: tuple[str, ...]

    @property
    def picture(self) -> str:
        """Where its picture is, if it has one. That of the first page is there already."""
        stem = Path(self.first).stem
        return FIRST_PAGE if f"docs/{stem}.svg" == FIRST_PAGE else f"{PICTURES}/{stem}.svg"


def families() -> list[Family]:
    """All families, by the folders that they are in."""
    found = []
    for folder in FOLDERS:
        paths = [p for p in find_specs(ROOT / folder) if p.parent == ROOT / folder]
        parents = {path: _parent(path) for path in paths}
        for path in paths:
            if parents[path] is None:
                below = tuple(_named(each) for each in _below(path, parents))
                found.append(Family(_named(path), below))
    return found


def _parent(path: Path) -> Path | None:
    """The spec beside this one that it extends."""
    found = _EXTENDS.search(path.read_text(encoding="utf-8"))
    return path.parent / found[1] if found else None


def _below(path: Path, parents: dict[Path, Path | None]) -> Iterator[Path]:
    for each, parent in parents.items():
        if parent == path:
            yield each
            yield from _below(each, parents)


def _named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def judged(spec: str) -> Result:
    """A spec, without reasons: what the page needs."""
    with chdir(ROOT):
        return check(spec, reason=False)


def drawn(family: Family) -> str:
    """The picture of the first violation of its first spec, with the reason; "" without one."""
    name = _violated(judged(family.first))
    if not name:
        return ""
    with chdir(ROOT):  # a picture names its spec as the user does
        return check(family.first).svg(name)


def _violated(result: Result) -> str:
    """The first property that is violated by a run."""
    names = (each.name for each in result if each.verdict == "violated" and each.trace)
    return next(names, "")


def page() -> str:
    """The page as it is now."""
    return "\n".join([_HEAD, *map(_section, families())])


def _section(family: Family) -> str:
    result = judged(family.first)
    lines = [f"## {result.model}", "", " ".join(result.report.about.split()), ""]
    violated = _violated(result)
    if violated:
        picture = Path(family.picture).relative_to("docs").as_posix()
        lines += [f"[![{violated} of {result.model} is violated]({picture})]({picture})", ""]
    rows = [_row(spec, told=spec != family.first) for spec in (family.first, *family.others)]
    return "\n".join([*lines, "| Spec | | Verdicts |", "| --- | --- | --- |", *rows, ""])


def _row(spec: str, *, told: bool) -> str:
    """What a spec is about, if that is `told` nowhere else, and what is found of it."""
    result = judged(spec)
    about = " ".join(result.report.about.split()) if told else "as above"
    faults = faults_text(result.report.faults)
    verdicts = [
        f"{each.name} {'**violated**' if each.verdict == 'violated' else each.verdict}"
        for each in result
        if not is_quiet(each)
    ]
    found = ", ".join(verdicts) + (f" ({faults})" if faults else "")
    return f"| [{result.model}](../{spec}) | {_cell(about)} | {_cell(found)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> None:
    (ROOT / PAGE).write_text(page(), encoding="utf-8")
    (ROOT / PICTURES).mkdir(exist_ok=True)
    for family in families():
        if picture := drawn(family):
            (ROOT / family.picture).write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main()
