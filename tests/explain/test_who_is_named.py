"""Whoever is named in a reason has to do with the violation.

Of a process that is named in all reasons: where it never acts, nothing is violated any more, or
everything is; where it still depends on what the others do, it would not have had to be named. And
of each event by itself: of the runs that keep the rest of its reason, and no other reason, some
violate and some do not; where nobody ever comes beyond that event, either all of them do, or none.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from fuzz.all_runs import Runs
from fuzz.compare import SkippedError
from fuzz.fates import FAILED, Named, fates
from fuzz.frozen import frozen
from fuzz.judge import named
from fuzz.repair import load_text
from fuzz.told_events import Told
from model_check import Result, SpecError, check
from model_check.language import load
from model_check.language.source.recognize import find_specs
from model_check.language.tree.spec import Spec
from model_check.results.check import PropertyResult
from model_check.results.reasons import Fact
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


def speaking_of(facts: frozenset[str], name: str) -> frozenset[str]:
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
    what the others do. (Where it then depends on what goes wrong alone, they mend that.)"""
    names = [process.name for process in load(spec).processes]
    for name in names:
        for asked, races in told.items():
            if asked in ("no_deadlock", "no_error") or not all(speaking_of(r, name) for r in races):
                continue
            without = told_without(spec, name)
            if without is None:  # a property speaks of what the process does
                break
            others = [each for each in names if each != name]
            if asked in without and all(
                any(speaking_of(race, each) for each in others) for race in without[asked]
            ):
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
    result = check(path, reason=True)
    assert list(irrelevant(folder / path.relative_to(ROOT), reasons(result))) == []
    spec = load(path)
    for each in told_of(result):
        try:
            assert list(events_that_do_not_matter(spec, each)) == []
        except SkippedError:
            continue


def test_an_onlooker_who_is_named_is_seen(folder: Path) -> None:
    spec = folder / "specs" / "faults" / "watched.yaml"
    spec.write_text(
        "extends: cache-refill.yaml\nmodel: watched\n"
        "processes:\n  onlooker:\n    run: |\n      glance: pass\n",
        encoding="utf-8",
    )
    told = reasons(check(spec, reason=True))
    assert list(irrelevant(spec, told)) == []
    wrong = frozenset({"onlooker.glance comes before writer.write"})
    blamed = {name: [race | wrong for race in races] for name, races in told.items()}
    assert list(irrelevant(spec, blamed)) == ["not_stale_for_ever names onlooker"]


# --- each event by itself -------------------------------------------------------------------------

Event = tuple[str, str]


def event_of(name: str) -> Event:
    """Of which process an event is, and its label."""
    owner, _, label = name.partition(".")
    return owner.partition("[")[0], label.partition("[")[0].partition("#")[0]


def _event(told: Told | str) -> Event:
    return event_of(told if isinstance(told, str) else told.name)


def rest_of(facts: Sequence[Fact], event: Event) -> list[Named]:
    """What a reason says but for an event: of what must not come before something, that this
    happens."""
    found: list[Named] = []
    for first, second in named(facts):
        is_gone = bool(first) and _event(first) == event
        kept = "" if second and _event(second) == event else second
        if (first and not is_gone) or (kept and not first):
            found.append((first, kept))
    return found


def ends_of(runs: Runs, result: PropertyResult, sets: Sequence[Sequence[Named]]) -> set[bool]:
    """Whether runs violate that keep the first set, and none of the others."""
    assert result.reason is not None
    found = fates(runs, result.kind, result.name, sets)
    without_error = "no run-time error" in result.reason.scope
    return {
        each.violates
        for each in found
        if each.kept[0] and not any(each.kept[1:]) and not (without_error and each.end == FAILED)
    }


def events_that_do_not_matter(spec: Spec, result: PropertyResult) -> Iterator[str]:
    """The events of its reasons without which the same is to be said of a property. Raises
    SkippedError where there are too many runs."""
    assert result.reason is not None
    races = [race.facts for race in result.reason.races]
    if any(race == () for race in races):
        return
    whole = Runs(spec)
    for place, facts in enumerate(races):
        others = [named(each) for i, each in enumerate(races) if i != place]
        told = [name for fact in facts for name in (fact.first, fact.second) if name]
        for event in dict.fromkeys(map(event_of, told)):
            less = frozen(spec, *event)
            if less is None:
                continue  # it is of no process, but of what goes wrong with a resource
            sets = [rest_of(facts, event), *others]
            before, after = ends_of(whole, result, sets), ends_of(Runs(less), result, sets)
            if len(before) < 2 or len(after) > 1:
                yield f"{'.'.join(event)} of {[str(fact) for fact in facts]}: {before}, {after}"


def told_of(result: Result) -> list[PropertyResult]:
    """The violated properties with a reason."""
    return [
        each
        for each in result
        if each.verdict == "violated" and each.reason is not None and each.reason.complete_by
    ]


LOST = """\
model: lost
vars: {got: bool}
processes:
  client:
    run: |
      either:
          lose: pass
      or:
          send: got = True
  worker:
    crashes: 1
    restarts: false
    run: |
      work: pass
      more: pass
  other:
    run: |
      tick: pass
properties:
  arrives: {finally: got}
"""


@pytest.mark.parametrize(
    ("first", "second", "seen"),
    [
        ("client.lose", "", []),
        ("client.lose", "other.tick", ["other.tick"]),
        ("other.tick", "client.lose", ["other.tick"]),
        ("worker.crashes", "", ["worker.crashes"]),
    ],
)
def test_an_event_that_makes_no_difference_is_seen(
    tmp_path: Path, first: str, second: str, seen: list[str]
) -> None:
    spec = load_text(LOST)
    (tmp_path / "lost.yaml").write_text(LOST, encoding="utf-8")
    (result,) = told_of(check(tmp_path / "lost.yaml", reason=True))
    assert result.reason is not None
    race = replace(result.reason.races[0], facts=(Fact(first, second, ()),))
    planted = replace(result, reason=replace(result.reason, races=(race,)))
    found = [each.partition(" of ")[0] for each in events_that_do_not_matter(spec, planted)]
    assert found == seen
