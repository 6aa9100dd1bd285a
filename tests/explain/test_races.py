"""All races of a violation, and whether they are all: against every single run."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path

import pytest
from model_check.budget.deadline import FOREVER, DeadlineError
from model_check.explain.candidates import Candidates, Course, candidates
from model_check.explain.constrained_search import BadRuns, GoodRuns, Run
from model_check.explain.moves import Moves
from model_check.explain.races import Races, explained, find_races
from model_check.explain.rearrangements import rearrangements
from model_check.explain.reason import Explainer
from model_check.explain.runs import RunGraph
from model_check.explain.violation import Violation
from model_check.explore.limits import Limits
from model_check.explore.search import SearchOptions, explore
from model_check.explore.space import Space
from model_check.language import load
from model_check.language.forms import FORMS
from model_check.results.reasons import Reason
from model_check.symbolic import encoding
from model_check.symbolic.answer import Answer
from model_check.symbolic.facts import Fact, all_kept
from model_check.symbolic.occurrences import Label, Occurrence
from model_check.verify.verdicts import judge
from race_machines import chat, racing_counter, space_of

ROOT = Path(__file__).parents[2]


def reasons(
    path: Path, constants: dict[str, str] | None = None, timeout: float = 60.0
) -> dict[str, Reason]:
    """Of every violated property."""
    space = explore(load(path, constants or {}))
    judgement = judge(space)
    explainer = Explainer(space, judgement)
    return {
        result.name: explainer.explain(result, timeout=timeout)
        for result in judgement.results
        if result.trace is not None
    }


def spec(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "spec.yaml"
    path.write_text(text, encoding="utf-8")
    return path


class Runs:
    """The runs of a space and what is known of them."""

    def __init__(self, space: Space, kind: str, name: str) -> None:
        violation = Violation(space.program, FORMS[kind], name)
        moves = Moves(space, FOREVER)
        self.graph = RunGraph.of_space(moves, violation.violates)
        self.good = GoodRuns(self.graph, FOREVER)
        self.bad = BadRuns(self.graph, FOREVER)

    def all(self) -> Iterator[tuple[list[Label], bool]]:
        """Every run to an end, one by one, and whether it violates."""
        stack: list[tuple[int, list[Label]]] = [(number, []) for number in self.graph.initial]
        while stack:
            number, labels = stack.pop()
            if number in self.graph.bad or not self.graph.successors[number]:
                yield labels, number in self.graph.bad
                continue
            for target, label in self.graph.successors[number]:
                stack.append((target, [*labels, self.graph.labels[label]]))

    def races(self) -> Races:
        run = self.bad.find([])
        assert run is not None
        course = self.course(run)
        first = explained(self.good, course, Candidates())
        return find_races(self.good, self.bad, (first, course), self.course, Candidates())

    def course(self, run: Run) -> Course:
        return Course(tuple(self.bad.labels(run)))


SMALL = {
    "a chat": Runs(space_of(chat(1, 3)), "finally", "no_loss"),
    "subscribing first": Runs(space_of(chat(1, 3, subscribe_first=True)), "finally", "no_loss"),
    "a counter": Runs(space_of(racing_counter()), "finally", "both"),
}


def keeps_all(facts: Sequence[Fact], run: Sequence[Label]) -> bool:
    return all_kept(facts, run)


@pytest.mark.parametrize("name", SMALL)
def test_a_run_violates_exactly_when_it_keeps_one_of_the_races(name: str) -> None:
    runs = SMALL[name]
    races = runs.races()
    assert races.note == ""
    verdicts = set()
    for run, violates in runs.all():
        assert violates == any(keeps_all(pairs, run) for pairs in races.sets)
        verdicts.add(violates)
    assert verdicts == {True, False}


@pytest.mark.parametrize("name", SMALL)
def test_each_race_has_a_run_of_its_own_and_without_it_the_list_is_not_complete(name: str) -> None:
    runs = SMALL[name]
    races = runs.races()
    assert runs.bad.find(races.sets) is None
    for i, (pairs, run) in enumerate(zip(races.sets, races.runs, strict=True)):
        others = [*races.sets[:i], *races.sets[i + 1 :]]
        left = runs.bad.find(others)
        assert left is not None
        own = run or runs.bad.find(others, pairs)
        assert own is not None
        events = runs.bad.labels(own)
        assert own.nodes[-1] in runs.graph.bad
        assert keeps_all(pairs, events)
        assert not any(keeps_all(other, events) for other in others)


def test_the_search_for_what_is_left_over_is_right_about_sets_of_any_kind() -> None:
    runs = SMALL["a chat"]
    everything = list(runs.all())
    events = [
        Occurrence(each, 1) for each in sorted({label for run, _ in everything for label in run})
    ]
    pairs = [Fact(a, b) for a, b in combinations(events, 2) if a.label.instance != b.label.instance]
    pairs += [Fact(b, a, both=i % 3 == 0) for i, (a, b, _) in enumerate(pairs)]
    answers = set()
    for i in range(0, len(pairs) - 5, 3):
        sets = [pairs[i : i + 2], pairs[i + 2 : i + 3]]
        kept = pairs[i + 4 : i + 5]
        fitting = [
            run
            for run, violates in everything
            if violates and keeps_all(kept, run) and not any(keeps_all(each, run) for each in sets)
        ]
        found = runs.bad.find(sets, kept)
        assert (found is None) == (not fitting)
        if found is not None:
            assert len(found.labels) == min(len(run) for run in fitting)
        answers.add(found is None)
    assert answers == {True, False}


def test_legacy_loses_a_chunk_exactly_by_one_race_for_each_chunk() -> None:
    reason = reasons(ROOT / "specs" / "legacy.yaml", timeout=60.0)["no_loss"]
    assert [{str(each) for each in race.facts} for race in reason.races] == [
        {f"gateway.read_history comes before ai_service.save[{c}]",
         f"ai_service.publish[{c}] comes before gateway.subscribe"}
        for c in range(7, 11)
    ]  # fmt: skip
    assert [race.trace.watch["missing"] for race in reason.races] == [{c} for c in range(7, 11)]
    assert {race.trace.end for race in reason.races} == {"final"}
    (pattern,) = reason.patterns
    assert pattern.facts == (
        "ai_service.publish[chunk] comes before gateway.subscribe",
        "gateway.read_history comes before ai_service.save[chunk]",
    )
    assert (pattern.values, pattern.races) == ({"chunk": (7, 8, 9, 10)}, (0, 1, 2, 3))
    assert [race.proved_by for race in reason.races] == ["z3 and search"] * 4
    assert (reason.complete_by, reason.races_note) == ("z3 and search", "")


def test_two_browsers_lose_by_one_race_for_each_chunk_and_each() -> None:
    path = ROOT / "specs" / "legacy-two-nodes.yaml"
    reason = reasons(path, {"STORED": "0", "TOTAL": "2"})["no_loss"]
    assert [pattern.values for pattern in reason.patterns] == [{"chunk": (1, 2), "i": (0, 1)}]
    assert reason.complete_by


def test_a_chunk_is_shown_twice_exactly_when_it_is_saved_too_early_and_published_too_late() -> None:
    path = ROOT / "specs" / "fix-append-first.yaml"
    reason = reasons(path, {"TOTAL": "8"})["no_duplicate"]
    assert reason.scope == "complete runs"
    (pattern,) = reason.patterns
    assert pattern.facts == (
        "ai_service.save[chunk] comes before gateway.read_history",
        "gateway.subscribe comes before ai_service.publish[chunk]",
    )
    assert pattern.values == {"chunk": (7, 8)}
    assert reason.complete_by


def test_where_z3_does_not_answer_the_search_alone_says_that_the_races_are_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(encoding, "is_satisfiable", lambda script, patience: Answer.UNKNOWN)
    reason = reasons(ROOT / "specs" / "fix-read-twice.yaml")["no_loss"]
    assert reason.note == "z3 gave no answer within the work that is done for one"
    assert [race.proved_by for race in reason.races] == ["search"] * 4
    assert (reason.complete_by, reason.races_note) == ("search", "")
    assert reason.patterns[0].facts == (
        "ai_service.publish[chunk] comes before gateway.subscribe",
        "gateway.read_again comes before ai_service.save[chunk]",
    )


def test_a_property_that_has_no_value_has_its_reason_too(tmp_path: Path) -> None:
    text = """\
model: valueless
vars: {x: 0..1 = 1}
processes:
  p:
    run: |
      clear: x = 0
  q:
    run: |
      put: x = 1
properties:
  whole: {finally: 1 // x == 1}
  no_error: {expect: violated}
"""
    reason = reasons(spec(tmp_path, text))["no_error"]
    assert [str(each) for each in reason.facts] == ["q.put comes before p.clear"]
    assert (reason.scope, reason.proved_by) == ("complete runs", "z3 and search")
    assert reason.complete_by == "search"


def test_what_was_not_looked_at_for_somebody_interrupted_is_said_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    space = explore(load(ROOT / "specs" / "legacy.yaml", {"STORED": "1", "TOTAL": "3"}))
    judgement = judge(space)
    (result,) = (each for each in judgement.results if each.name == "no_loss")
    pressed = threading.Event()

    def press(*given: object, **more: object) -> Answer:
        pressed.set()
        return Answer.UNKNOWN

    def stop(*given: object, **more: object) -> None:
        pressed.set()
        raise DeadlineError

    with monkeypatch.context() as patched:
        patched.setattr(encoding, "is_satisfiable", press)
        reason = Explainer(space, judgement, pressed.is_set).explain(result, timeout=60)
    assert reason.note == "z3 gave no answer: interrupted"
    assert reason.complete_by == "search"
    pressed.clear()
    monkeypatch.setattr(BadRuns, "find", stop)
    reason = Explainer(space, judgement, pressed.is_set).explain(result, timeout=60)
    assert reason.races_note == "the search for them was not ended: interrupted"
    assert reason.complete_by == ""


def test_what_goes_wrong_by_a_choice_alone_is_explained_by_the_choice() -> None:
    found = reasons(ROOT / "docs" / "examples" / "choice.yaml")
    assert [str(each) for each in found["always_reached"].facts] == ["client.give_up happens"]
    assert [str(each) for each in found["any_node"].facts] == [
        "client.connect leaves reached = {2}"
    ]
    for reason in (found["always_reached"], found["any_node"]):
        assert reason.complete_by == "z3 and search"


ENDLESS = """\
model: endless
vars:
  open: bool = False
  seen: bool = False
processes:
  worker:
    run: |
      while True:
          look: seen = seen or open
          rest: pass
  owner:
    run: |
      unlock: open = True
      lock: open = False
properties:
  unseen:
    never: seen
    expect: violated
"""


def test_where_runs_never_end_a_reason_speaks_of_the_endless_ones_too(
    tmp_path: Path,
) -> None:
    # It is seen by a look between two steps of the owner, of which the second need not happen.
    reason = reasons(spec(tmp_path, ENDLESS))["unseen"]
    assert reason.scope == "fair runs"
    assert {str(each) for each in reason.facts} == {
        "owner.unlock comes before worker.look",
        "worker.look comes before owner.lock",
    }
    assert (reason.proved_by, reason.note) == (
        "search", "runs can be of any length: z3 was not asked",
    )  # fmt: skip
    # It may as well be the second look, or the third.
    assert reason.complete_by == ""
    assert reason.races_note == "there are more than 10 different reasons"
    assert len(reason.races) == 1


ERRORS = """\
model: errors
vars:
  box: list[int] = [1, 2]
processes:
  taker:
    count: 2
    vars:
      got: int = 0
    run: |
      look: await len(box) > 0
      take:
          got = box[0]
          box = box[1:]
  thief:
    run: |
      steal: box = box[1:]
properties:
  no_error: {expect: violated}
"""


def test_a_run_time_error_has_its_races_too(tmp_path: Path) -> None:
    reason = reasons(spec(tmp_path, ERRORS))["no_error"]
    assert reason.scope == "complete runs"
    assert reason.complete_by == "search"
    assert reason.races
    for race in reason.races:
        assert race.trace.end == "error"
        events = [step.event for step in race.trace.steps]
        for each in race.facts:
            assert each.first in events
            assert each.second not in events[: events.index(each.first)]


TURNS = """\
model: turns
vars: {early: bool, alone: bool, sent: bool, told: bool}
processes:
  reader:
    run: |
      for i in range(1, 3):
          read:
              if i == 1 and not sent:
                  early = True
  writer:
    run: |
      for j in range(1, 2):
          write: sent = True
  asker:
    run: |
      ask:
          if not told:
              alone = True
  teller:
    run: |
      tell: told = True
properties:
  fine: {finally: not early and not alone, prefer: [1 if alone else 0], expect: violated}
"""


def test_a_race_is_not_moved_to_a_turn_that_one_of_the_loops_does_not_have(tmp_path: Path) -> None:
    reason = reasons(spec(tmp_path, TURNS))["fine"]
    assert [list(map(str, race.facts)) for race in reason.races] == [
        ["reader.read[1] comes before writer.write[1]"],
        ["asker.ask comes before teller.tell"],
    ]
    assert [pattern.values for pattern in reason.patterns] == [{}, {}]
    assert reason.complete_by == "z3 and search"


def test_what_comes_second_in_an_ordering_need_not_exist_and_what_comes_first_must() -> None:
    runs = SMALL["a counter"]
    known = Occurrence(runs.graph.labels[0], 1)
    other = next(label for label in runs.graph.labels if label.instance != known.label.instance)
    unknown = Occurrence(Label(other.instance, other.step, (7,)), 1)
    third = Occurrence(other, 3)
    for never in (unknown, third):
        assert not runs.graph.happens(never, FOREVER)
        # As good as only asking that the first one happens.
        kept = runs.good.find([Fact(known, never)])
        assert kept is not None
        assert known.label in kept
        assert runs.good.find([Fact(never, known)]) is None
        assert runs.bad.find([[Fact(known, never)]]) is None
        assert runs.bad.find([[Fact(never, known)]]) is not None
    assert runs.graph.happens(known, FOREVER)


def test_the_third_time_that_something_happens_is_told_from_the_second(tmp_path: Path) -> None:
    text = """\
model: third
vars: {beats: 0..3, late: bool}
processes:
  heart:
    vars: {n: 0..3}
    run: |
      while n < 3:
          beat:
              n += 1
              beats = n
  asker:
    run: |
      ask: late = beats == 3
properties:
  in_time: {finally: not late, expect: violated}
"""
    reason = reasons(spec(tmp_path, text))["in_time"]
    assert [str(each) for race in reason.races for each in race.facts] == [
        "heart.beat#3 comes before asker.ask"
    ]
    assert reason.complete_by == "z3 and search"


ASIDE = """\
model: aside
vars: {{x: bool, y: bool, t: bool}}
processes:
  setter:
    run: |
      set: x = True
  looker:
    run: |
      look: y = x
  other:
    vars: {{going: bool = True, n: 0..1}}
    run: |
{}
properties:
  unseen: {{{}: "not y", expect: violated}}
"""
SPINS = """
      while going:
          either:
              spin: t = not t
          or:
              stop: going = False"""
FAILS = """
      either:
          crash: n = 1 // n
      or:
          quit: pass"""


@pytest.mark.parametrize(
    ("aside", "kind", "scope"),
    [
        ("      rest: pass", "finally", "complete runs"),
        (SPINS, "finally", "fair runs"),
        (FAILS, "finally", "runs that no run-time error ends"),
        (SPINS + FAILS, "finally", "fair runs that no run-time error ends"),
        ("      rest: pass", "always", "complete runs"),
        (SPINS, "always", "fair runs"),
        (FAILS, "always", "runs that no run-time error ends"),
        (SPINS + FAILS, "always", "fair runs that no run-time error ends"),
    ],
)
def test_a_reason_says_of_which_runs_it_is_one(
    tmp_path: Path, aside: str, kind: str, scope: str
) -> None:
    reason = reasons(spec(tmp_path, ASIDE.format(aside, kind)))["unseen"]
    assert "setter.set comes before looker.look" in map(str, reason.facts)
    assert reason.scope == scope


def test_a_property_that_has_no_value_is_a_run_time_error_like_a_step_that_fails(
    tmp_path: Path,
) -> None:
    text = """\
model: undefined
vars: {x: 0..1 = 1, y: 0..1 = 1, z: 0..1}
processes:
  p:
    run: |
      clear: x = 0
      put: x = 1
  q:
    run: |
      divide: z = 1 // x
  r:
    run: |
      drop: y = 0
  s:
    run: |
      lift: y = 1
properties:
  whole: {finally: 1 // y == 1}
  no_error: {expect: violated}
"""
    reason = reasons(spec(tmp_path, text))["no_error"]
    told = [{str(each) for each in race.facts} for race in reason.races]
    assert told == [
        {"p.clear comes before q.divide", "q.divide comes before p.put"},
        {"s.lift comes before r.drop"},
    ]
    assert reason.complete_by == "search"
    assert [race.proved_by for race in reason.races] == ["z3 and search"] * 2
    assert reason.races[1].trace.error == "division by zero (in the property whole)"


def test_z3_counts_what_happens_in_turns_that_may_go_another_way(tmp_path: Path) -> None:
    text = """\
model: ways
vars: {asked: bool}
processes:
  p:
    vars: {n: 0..3}
    run: |
      while n < 3:
          either:
              one: n += 1
          or:
              other: n += 1
  q:
    run: |
      ask: asked = True
properties:
  fine: {finally: "asked"}
"""
    space = explore(load(spec(tmp_path, text), {}))
    # Nothing is wrong at the end: a set forces it exactly if no run keeps the set.
    violation = Violation(space.program, FORMS["finally"], "fine")
    runs = RunGraph.of_space(Moves(space, FOREVER), violation.violates)
    good = GoodRuns(runs, FOREVER)
    initial, bounds = space.states[: space.initial], runs.longest(2)
    (ask,) = (Occurrence(label, 1) for label in runs.labels if label.instance == 1)
    answers = set()
    for label in (each for each in runs.labels if each.instance == 0):
        for number in (1, 2, 3, 4):
            event = Occurrence(label, number)
            for fact in (
                Fact(event, ask), Fact(ask, event),
                Fact(event, ask, both=True), Fact(ask, event, both=True),
            ):  # fmt: skip
                forced = Answer.YES if good.find([fact]) is None else Answer.NO
                assert violation.is_forced(initial, bounds, [fact], None, FOREVER) is forced
                answers.add(forced)
    assert answers == {Answer.YES, Answer.NO}


def test_an_order_that_needs_more_room_than_was_explored_is_not_taken_for_an_error(
    tmp_path: Path,
) -> None:
    text = """\
model: room
vars: {many: bool, items: 'list[0..3]'}
processes:
  filler:
    run: |
      fill:
          if many:
              items = [1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3]
  asker:
    run: |
      ask: many = True
properties:
  fine: {never: len(items) > 30}
"""
    space = explore(
        load(spec(tmp_path, text), {}), Limits(max_states=1), options=SearchOptions(engine="python")
    )
    assert space.stopped
    names = [step.label for step in space.machine.steps]
    fill, ask = (
        Occurrence(Label(space.machine.steps[i].instance, i, ()), 1)
        for i in map(names.index, ("fill", "ask"))
    )
    steps = [fill.label, ask.label]
    with pytest.raises(ValueError, match="more room than was explored"):
        rearrangements(space.program, steps, lambda _: False, lambda _: False, FOREVER)


UNSEEN = """\
model: unseen
vars: {first: 0..2}
processes:
  a:
    run: |
      a: if first == 0:
          first = 1
  b:
    run: |
      b: if first == 0:
          first = 2
properties:
  here: {always: 2 // (first - 1) < 9}
"""


@pytest.mark.parametrize(
    ("form", "known"),
    [
        ("finally: 2 // (first + 1) < 9", True),
        ("each_step: first >= old(first)", True),
        ("each_step: 2 // (first - 2) < 9", False),
        ("eventually: 2 // (first - 2) < 9", False),
        ("leads_to: {after: first == 1, comes: 2 // (first - 2) < 9}", False),
    ],
)
def test_no_reason_is_called_the_only_one_where_steps_or_runs_may_fail_too(
    tmp_path: Path, form: str, known: bool
) -> None:
    text = UNSEEN + f"  there: {{{form}}}\n"
    reason = reasons(spec(tmp_path, text))["no_error"]
    assert bool(reason.facts) is known
    assert ("may have no value" in reason.note) is not known


def test_without_time_the_first_reason_stands_alone_and_says_so() -> None:
    runs = SMALL["a chat"]
    run = runs.bad.find([])
    assert run is not None
    course = runs.course(run)
    first = explained(runs.good, course, Candidates())

    class Late(BadRuns):
        def find(self, sets, kept=()):  # type: ignore[no-untyped-def]
            raise DeadlineError

    late = Late(runs.graph, FOREVER)
    races = find_races(runs.good, late, (first, course), runs.course, Candidates())
    assert races == Races(
        (first,),
        (None,),
        "the search for them takes more work than is done for a reason",
    )
    events = [Occurrence(label, 1) for label in course.labels]
    assert len(candidates(events)) > len(first)
