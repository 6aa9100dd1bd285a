"""What the changes that hand over, and those that fence, write into programs: by looking at every
step that is made then, and not at what is wanted."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from fuzz import bug_specs
from fuzz.repair import OWN_KIND, repaired
from model_check.explore.search import SearchOptions
from model_check.explore.space import Space
from model_check.language.draft import Draft, Entry
from model_check.machine.shapes import value_of
from model_check.repairs import fencing, handing_over
from model_check.repairs.changes import plan_of
from model_check.report.words.yaml_text import yaml_lines
from model_check.verify.checking import check_spec
from repair_specs import written

SPECS = range(6)
ENOUGH = range(40)
"""Among which a mistake must show itself."""
SEEN = ("x", "y", "a", "b", "t")
"""What others see of the specs as they are."""

ONE = Entry(("processes", "p", "count"), "1")

Family = Callable[[random.Random], str]


@dataclass(frozen=True, slots=True)
class Move:
    """A step, and the values of all variables before and after it."""

    who: str
    label: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def explored(draft: Draft) -> tuple[Space, list[dict[str, Any]]]:
    """A space, and the values of all variables in each of its states."""
    options = SearchOptions(engine="python", forget_from=None)
    space, _ = check_spec(draft.spec(), options=options)
    names = space.machine.variables
    return space, [
        {each.name: value_of(space.machine, each, state) for each in names}
        for state in space.states
    ]


def moves(draft: Draft) -> Iterator[Move]:
    """All steps of the runs of a spec."""
    space, values = explored(draft)
    machine, rows = space.machine, space.graph
    for number in range(rows.count):
        for place in rows.of(number):
            step = machine.steps[rows.steps[place]]
            who = machine.instances[step.instance].name if step.instance >= 0 else ""
            yield Move(who, step.label, values[number], values[rows.targets[place]])


def ends(draft: Draft) -> list[dict[str, Any]]:
    """The values that variables have where nothing can happen any more."""
    space, values = explored(draft)
    rows = space.graph
    return [values[number] for number in range(rows.count) if not len(rows.of(number))]


def made(folder: Path, family: Family, seed: int, kind: str) -> Iterator[tuple[Draft, Draft]]:
    """A random spec, and what each change of a kind makes of it."""
    text = repaired(family(random.Random(seed)))
    if text is None:
        return
    plan = plan_of(Draft.read(written(folder, text)))
    for number, change in enumerate(plan.changes):
        if change.kind == kind:
            variant = plan.variant(frozenset({number}))
            assert variant is not None  # a change fits together with itself
            yield plan.draft, variant


def kept(values: Mapping[str, Any]) -> list[Any]:
    return [item for name, items in values.items() if name.startswith("a_at_p") for item in items]


def wrongly_handed(folder: Path, seed: int) -> list[str]:
    """What a hand-over loses, puts elsewhere, or leaves behind."""
    found = []
    for draft, variant in made(folder, bug_specs._handed, seed, "hand_over"):
        spec = draft.spec()
        from_tail = "rpop" in spec.resource("a").commands[0]
        single = spec.process("p").single
        for move in moves(variant):
            if move.label.startswith("done_with"):
                continue
            before, after = (
                each["a"] + kept(each) if from_tail else kept(each) + each["a"]
                for each in (move.before, move.after)
            )
            if len(before) != len(after):
                found.append(f"{move.label}: {before} and then {after}")
            elif single and before != after:
                found.append(f"{move.label} in another order: {before} and then {after}")
        fine = replace(variant, faults=False)
        _, judgement = check_spec(variant.spec())
        if any(each.name == "no_error" and each.trace for each in judgement.results):
            found.append("an error")
        found += [f"left behind: {kept(each)}" for each in ends(fine) if kept(each)]
        if single:
            found += differences(replace(draft, faults=False), fine)
    return found


def wrongly_fenced(folder: Path, seed: int) -> list[str]:
    """What is let in with a number that is not the highest, and what differs where nobody is."""
    found = []
    for draft, variant in made(folder, bug_specs._leased, seed, "fence"):
        for move in moves(variant):
            if move.after["t_highest"] < move.before["t_highest"]:
                found.append(f"{move.label}: a lower number")
            written = any(move.before[name] != move.after[name] for name in ("x", "y"))
            token = move.after.get(f"{move.who}.t_token")
            if written and move.after["t_highest"] != token:
                found.append(f"{move.label}: let in with {token}")
        alone, fenced = (one_alone(each) for each in (draft, variant))
        found += differences(alone, fenced)
    return found


def wrongly_acknowledged(folder: Path, seed: int) -> list[str]:
    """What is done of a message that the broker would not give again."""
    (folder / "own.yaml").write_text(OWN_KIND, encoding="utf-8")
    found = []
    for draft, variant in made(folder, bug_specs._delivered, seed, "hand_over"):
        for move in moves(variant):
            if move.label in ("handle", "log") and not move.before[f"q.given[{move.who}]"]:
                found.append(f"{move.label}: after the acknowledgement")
        found += differences(one_alone(draft), one_alone(variant))
    return found


def one_alone(draft: Draft) -> Draft:
    """A spec of one process instance with nothing that goes wrong."""
    count = draft.with_entry(ONE)
    return replace(count, faults=False)


def differences(draft: Draft, variant: Draft) -> list[str]:
    """What is another one in the end, of what others see."""
    ways = []
    for each in (draft, variant):
        ways.append({str({n: v for n, v in end.items() if n in SEEN}) for end in ends(each)})
    return [] if ways[0] == ways[1] else [f"ends: {ways[0]} and {ways[1]}"]


def test_what_is_handed_over_is_lost_by_nobody_and_left_nowhere(tmp_path: Path) -> None:
    wrong = {seed: found for seed in SPECS if (found := wrongly_handed(tmp_path, seed))}
    assert wrong == {}
    assert any(list(made(tmp_path, bug_specs._handed, seed, "hand_over")) for seed in SPECS)


def test_what_is_handed_over_looks_the_same_at_both_ends(tmp_path: Path) -> None:
    path = tmp_path / "jobs.yaml"
    path.write_text(
        "model: jobs\ntypes: {Job: 1..2}\nvars: {did: 'set[Job]'}\n"
        "resources:\n  jobs:\n    kind: redis.list[Job]\n    initially: [1]\n"
        "    payload: '{\"id\": {value}}'\n"
        "processes:\n  worker:\n    crashes: 1\n    vars: {job: Job}\n    run: |\n"
        "      while True:\n          take: job = jobs.blpop()\n          work: did.add(job)\n"
        "properties: {all_did: {finally: len(did) == 1}}\n"
    )
    plan = plan_of(Draft.read(path))
    (number,) = (i for i, each in enumerate(plan.changes) if each.kind == "hand_over")
    variant = plan.variant(frozenset({number}))
    assert variant is not None
    spec = variant.spec()
    assert spec.resource("jobs_at_worker").payload == spec.resource("jobs").payload
    node = variant.at(("resources", "jobs_at_worker", "payload"))
    assert node is not None
    assert list(yaml_lines({"payload": node})) == ['payload: "{\\"id\\": {value}}"']


def test_nobody_writes_behind_a_fence_with_a_lower_number(tmp_path: Path) -> None:
    wrong = {seed: found for seed in SPECS if (found := wrongly_fenced(tmp_path, seed))}
    assert wrong == {}
    assert any(list(made(tmp_path, bug_specs._leased, seed, "fence")) for seed in SPECS)


def test_what_is_acknowledged_was_done(tmp_path: Path) -> None:
    wrong = {seed: found for seed in SPECS if (found := wrongly_acknowledged(tmp_path, seed))}
    assert wrong == {}
    assert any(list(made(tmp_path, bug_specs._delivered, seed, "hand_over")) for seed in SPECS)


def put_at_the_other_end(view: Any, taken: Any, own: str) -> tuple[str, ...]:
    other = {"lpush": "rpush", "rpush": "lpush"}[taken.how.give]
    return put_back(view, replace(taken, how=replace(taken.how, give=other)), own)


def never_done(view: Any, taken: Any, own: str, number: int) -> Any:
    how = replace(taken.how, done="lrem(0 * {item}, -1)")
    return taken_and_done(view, replace(taken, how=how), own, number)


def not_moved(view: Any, block: Any, place: Any) -> Iterator[Any]:
    for change in acknowledged(view, block, place):
        ((name, edit),) = change.edits
        same = replace(edit, rows=view.rows[edit.start : edit.stop])
        yield replace(change, edits=((name, same),))


def unguarded(self: Any, holder: Any, step: Any, parts: Any, test: str) -> tuple[str, ...]:
    return body(self, holder, step, parts, "")


def only_a_higher_one(self: Any, holder: Any, step: Any, parts: Any, test: str) -> tuple[str, ...]:
    return body(self, holder, step, parts, test.replace(">=", ">"))


put_back = handing_over._put_back
taken_and_done = handing_over._taken_and_done
acknowledged = handing_over._acknowledged
body = fencing._Fence._body

MISTAKES: Mapping[str, tuple[Callable[[Path, int], list[str]], object, str, object]] = {
    "put back at the other end": (
        wrongly_handed, handing_over, "_put_back", put_at_the_other_end,
    ),
    "never done with": (wrongly_handed, handing_over, "_taken_and_done", never_done),
    "acknowledged before": (wrongly_acknowledged, handing_over, "_acknowledged", not_moved),
    "let in with every number": (wrongly_fenced, fencing._Fence, "_body", unguarded),
    "let in with a higher number alone": (
        wrongly_fenced, fencing._Fence, "_body", only_a_higher_one,
    ),
}  # fmt: skip
"""Who sees it, where a mistake is put, and what is put there."""


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_what_is_written_is_seen(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge, place, what, mistake = MISTAKES[name]
    monkeypatch.setattr(place, what, mistake)
    if not any(judge(tmp_path, seed) for seed in ENOUGH):
        pytest.fail(f"not seen in {len(ENOUGH)} specs")
