"""Whoever is named in all reasons of a violation has to do with it: where that process never acts,
nothing is violated any more, or everything is. Where it still depends on what the others do, it
would not have had to be named."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from model_check import Result, SpecError, check
from model_check.language import load
from model_check.language.source.recognize import find_specs
from thorough import each_spec

ROOT = Path(__file__).parents[2]
SPECS = list(find_specs(ROOT / "specs"))
NEVER = """\
extends: {spec}
model: never
processes:
  {name}:
    run: |
      never: await False
"""
ENDS = "properties:\n  no_deadlock: null\n"


def named(facts: frozenset[str], name: str) -> frozenset[str]:
    """The facts of a reason that speak of a process."""
    return frozenset(
        fact
        for fact in facts
        if any(word.partition(".")[0].partition("[")[0] == name for word in fact.split())
    )


def reasons(result: Result) -> dict[str, list[frozenset[str]]]:
    """Of each violated property, the facts of each of its reasons."""
    return {
        each.name: [frozenset(str(fact) for fact in race.facts) for race in each.reason.races]
        for each in result
        if each.reason is not None and each.verdict == "violated"
    }


def irrelevant(spec: Path, told: dict[str, list[frozenset[str]]]) -> Iterator[str]:
    """Processes that are named in all reasons, and without which the violation still depends on
    what the others do."""
    for name in (process.name for process in load(spec).processes):
        for asked, races in told.items():
            if asked in ("no_deadlock", "no_error") or not all(named(r, name) for r in races):
                continue
            without = told_without(spec, name)
            if without is None:  # a property speaks of what the process does
                break
            if asked in without and all(without[asked]):
                yield f"{asked} names {name}"


def told_without(spec: Path, name: str) -> dict[str, list[frozenset[str]]] | None:
    """The reasons of a spec in which a process never acts; None where it is none then."""
    path = spec.with_name("never.yaml")
    for more in ("", ENDS):
        path.write_text(NEVER.format(spec=spec.name, name=name) + more, encoding="utf-8")
        try:
            return reasons(check(path, reason=True, allow_outside=True))
        except SpecError:
            continue
    return None


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()  # what a spec may read ends at its repository
    shutil.copytree(ROOT / "specs", tmp_path / "specs")
    return tmp_path


@each_spec(SPECS)
def test_whoever_is_named_has_to_do_with_it(path: Path, folder: Path) -> None:
    told = reasons(check(path, reason=True))
    assert list(irrelevant(folder / path.relative_to(ROOT), told)) == []


def test_an_onlooker_who_is_named_is_seen(folder: Path) -> None:
    spec = folder / "specs" / "faults" / "watched.yaml"
    spec.write_text(
        "extends: cache-refill.yaml\nmodel: watched\n"
        "processes:\n  onlooker:\n    run: |\n      glance: pass\n",
        encoding="utf-8",
    )
    told = reasons(check(spec, reason=True))
    assert list(irrelevant(spec, told)) == []
    wrong = frozenset({"onlooker.glance before writer.write"})
    blamed = {name: [race | wrong for race in races] for name, races in told.items()}
    assert list(irrelevant(spec, blamed)) == ["not_stale_for_ever names onlooker"]
