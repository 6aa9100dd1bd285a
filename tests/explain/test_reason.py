"""Which orderings force a violation: the search, z3, and the two together."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from model_check.budget.deadline import Deadline, DeadlineError
from model_check.explain.candidates import candidates, weaker_ones
from model_check.explain.constrained_search import GoodRuns
from model_check.explain.hitting_set import smallest_forcing, weakened
from model_check.explain.moves import Moves
from model_check.explain.rearrangements import rearrangements
from model_check.explain.reason import explain
from model_check.explain.runs import RunGraph
from model_check.explain.violation import Violation
from model_check.explore.search import explore
from model_check.explore.space import Space
from model_check.language import load
from model_check.language.forms import FORMS
from model_check.machine.core import Machine
from model_check.results.reasons import Reason
from model_check.symbolic.answer import Answer
from model_check.symbolic.facts import Fact, is_kept
from model_check.symbolic.occurrences import Label, Occurrence, label_of, occurrences
from model_check.symbolic.witness import WitnessRun
from model_check.verify.verdicts import judge
from race_machines import chat, racing_counter, space_of, without_races

ROOT = Path(__file__).parents[2]
LATER = Deadline()
ANSWERS = {True: Answer.YES, False: Answer.NO}


def event(machine: Machine, text: str) -> Occurrence:
    """`ai.save 7`: an event of a hand-built machine."""
    name, *indices = text.split()
    owner, label = name.split(".")
    step = next(
        s for s in machine.steps if s.label == label and machine.instances[s.instance].name == owner
    )
    return Occurrence(Label(step.instance, step.index, tuple(map(int, indices))), 1)


def pair(machine: Machine, text: str) -> Fact:
    first, second = text.split(" comes before ")
    return Fact(event(machine, first), event(machine, second))


def name(machine: Machine, each: Occurrence) -> str:
    step = machine.steps[each.label.step]
    return " ".join(
        [f"{machine.instances[step.instance].name}.{step.label}", *map(str, each.label.indices)]
    )


def anything(fact: Fact) -> bool:
    return True


def told(machine: Machine, facts: Sequence[Fact] | None) -> set[str] | None:
    if facts is None:
        return None
    return {f"{name(machine, a)} comes before {name(machine, b)}" for a, b, _ in facts if a and b}


def run_to(space: Space, number: int) -> list[Occurrence]:
    labels = []
    for before, after in pairwise(space.states[i] for i in space.path(number)):
        step = next(s for target, s in space.successors(before) if target == after)
        labels.append(label_of(space.machine, before, step))
    return occurrences(labels)


class Chat:
    """A chat, its runs, and a run that loses only the first chunk that is published."""

    def __init__(self, stored: int, total: int, **order: bool) -> None:
        self.machine = chat(stored, total, **order)
        self.space = space_of(self.machine)
        self.violation = Violation(self.space.program, FORMS["finally"], "no_loss")
        self.graph = RunGraph.of_space(Moves(self.space, LATER), self.violation.violates)
        self.runs = GoodRuns(self.graph, LATER)
        lost = sum(1 << i for i in range(1, total + 1) if i != stored + 1)
        self.run = run_to(self.space, next(i for i in self.graph.bad if self.shown(i) == lost))

    def shown(self, number: int) -> int:
        """The chunks that the client has shown in a state, as bits."""
        field = next(f for f in self.machine.fields if f.owner == "client.shown")
        return self.space.states[number] >> field.offset & field.mask

    def forced(self, pairs: Sequence[Fact], patience: Deadline = LATER) -> Answer:
        """What z3 says."""
        initial = self.space.states[: self.space.initial]
        bounds = self.graph.longest(3)
        return self.violation.is_forced(initial, bounds, pairs, None, patience)


@pytest.fixture(scope="module")
def small() -> Chat:
    return Chat(1, 3)


def test_two_orderings_force_the_loss_of_a_chunk() -> None:
    legacy = Chat(6, 10)
    assert (len(legacy.space.states), len(legacy.space.terminal)) == (1398, 15)
    pairs = candidates(legacy.run)
    found = smallest_forcing(legacy.runs, pairs)
    assert found is not None
    found = weakened(legacy.runs, found, legacy.run, anything)
    assert told(legacy.machine, found) == {
        "gateway.read_history comes before ai.save 7",
        "ai.publish 7 comes before gateway.subscribe",
    }
    assert legacy.forced(list(found)) is Answer.YES


def test_subscribing_first_loses_by_the_same_two_orderings() -> None:
    swapped = Chat(2, 4, subscribe_first=True)
    found = smallest_forcing(swapped.runs, candidates(swapped.run))
    assert found is not None
    assert told(swapped.machine, weakened(swapped.runs, found, swapped.run, anything)) == {
        "ai.publish 3 comes before gateway.subscribe",
        "gateway.read_history comes before ai.save 3",
    }
    assert swapped.forced(list(found)) is Answer.YES


def test_z3_refutes_a_reason_that_is_too_weak() -> None:
    chats = Chat(4, 8)
    machine = chats.machine
    one = pair(machine, "gateway.read_history comes before ai.save 5")
    other = pair(machine, "ai.publish 5 comes before gateway.subscribe")
    weaker = pair(machine, "gateway.read_history comes before ai.save 6")
    assert chats.forced([one]) is Answer.NO
    assert chats.forced([other]) is Answer.NO
    assert chats.forced([weaker, other]) is Answer.NO
    assert chats.forced([one, other]) is Answer.YES


def test_z3_and_the_search_agree_about_sets_of_orderings(small: Chat) -> None:
    rng = random.Random(3)
    pairs = candidates(small.run)
    after = [Fact(a, b, both=True) for a, b, _ in pairs]
    verdicts = []
    for turn in range(36):
        chosen = rng.sample(after if turn % 3 == 2 else pairs, rng.randint(0, 4))
        forces = small.runs.find(chosen) is None
        assert small.forced(chosen) is ANSWERS[forces], told(small.machine, tuple(chosen))
        verdicts.append(forces)
    assert set(verdicts) == {True, False}


def test_z3_and_the_search_agree_about_orderings_that_no_run_keeps(small: Chat) -> None:
    backwards = [Fact(b, a) for a, b, _ in candidates(small.run)]
    rng = random.Random(5)
    for _ in range(12):
        chosen = rng.sample(backwards, rng.randint(1, 2))
        assert small.forced(chosen) is ANSWERS[small.runs.find(chosen) is None]


def test_z3_gives_up_at_the_deadline(small: Chat) -> None:
    with pytest.raises(DeadlineError):
        small.forced([], Deadline(0))


def test_each_ordering_is_needed_and_none_can_be_weaker() -> None:
    chats = Chat(2, 5)
    found = smallest_forcing(chats.runs, candidates(chats.run))
    assert found is not None
    found = weakened(chats.runs, found, chats.run, anything)
    for i, each in enumerate(found):
        rest = [*found[:i], *found[i + 1 :]]
        witness = chats.runs.find(rest)
        assert witness is not None
        assert all(is_kept(p, witness) for p in rest)
        assert not is_kept(each, witness)
        assert chats.violation.is_good(chats.space.states[:1], witness, at_end=True)
        for weaker in weaker_ones(each, chats.run):
            assert chats.runs.find([*rest, weaker]) is not None


def test_an_ordering_whose_first_event_never_happens_is_not_kept(small: Chat) -> None:
    first, second, _ = pair(small.machine, "gateway.read_history comes before ai.save 2")
    assert first is not None
    assert second is not None
    a, b = first.label, second.label
    assert is_kept(Fact(first, second), [a])
    assert not is_kept(Fact(first, second), [b])
    assert not is_kept(Fact(first, second), [])
    assert not is_kept(Fact(first, second), [b, a])
    never = Occurrence(first.label, 2)
    assert small.runs.find([Fact(never, second)]) is None
    assert small.forced([Fact(never, second)]) is Answer.YES


def test_a_replay_refuses_what_the_machine_cannot_do(small: Chat) -> None:
    good = small.runs.find([])
    assert good is not None
    start = small.space.states[:1]
    run = [each.label for each in small.run]
    assert small.violation.is_good(start, good, at_end=True)
    assert not small.violation.is_good(start, good[:-1], at_end=True)
    assert not small.violation.is_good(start, list(reversed(good)), at_end=True)
    assert not small.violation.is_good(start, run, at_end=True)
    assert [h[-1] in small.space.index for h in WitnessRun(small.machine, start, good).ends()] == [
        True
    ]


def test_a_lost_update_is_forced_by_two_orderings() -> None:
    machine = racing_counter()
    space = space_of(machine)
    violation = Violation(space.program, FORMS["finally"], "both")
    graph = RunGraph.of_space(Moves(space, LATER), violation.violates)
    runs = GoodRuns(graph, LATER)
    run = run_to(space, min(graph.bad))
    found = smallest_forcing(runs, candidates(run))
    assert told(machine, found) == {
        "left.read comes before right.write",
        "right.read comes before left.write",
    }
    assert found is not None
    bounds = graph.longest(2)
    assert bounds == (2, 2)
    assert violation.is_forced(space.states[:1], bounds, found, None, LATER) is Answer.YES
    assert violation.is_forced(space.states[:1], bounds, found[:1], None, LATER) is Answer.NO


def test_what_goes_wrong_by_a_choice_is_forced_by_no_ordering() -> None:
    space = space_of(without_races())
    violation = Violation(space.program, FORMS["finally"], "small")
    graph = RunGraph.of_space(Moves(space, LATER), violation.violates)
    run = run_to(space, min(graph.bad))
    assert GoodRuns(graph, LATER).find(candidates(run)) is not None


def test_what_every_run_violates_needs_no_ordering() -> None:
    space = space_of(without_races())
    violation = Violation(space.program, FORMS["finally"], "never_true")
    graph = RunGraph.of_space(Moves(space, LATER), violation.violates)
    run = run_to(space, min(graph.bad))
    assert smallest_forcing(GoodRuns(graph, LATER), candidates(run)) == ()
    assert violation.is_forced(space.states[:1], graph.longest(3), (), None, LATER) is Answer.YES


def reason_of(path: Path, property_name: str, timeout: float = 60.0) -> Reason:
    space = explore(load(path, {}))
    judgement = judge(space)
    result = next(r for r in judgement.results if r.name == property_name)
    return explain(space, judgement, result, timeout=timeout)


def test_legacy_is_explained_by_two_orderings_that_z3_proves() -> None:
    reason = reason_of(ROOT / "specs" / "legacy.yaml", "no_loss")
    assert {str(each) for each in reason.facts} == {
        "gateway.read_history comes before ai_service.save[7]",
        "ai_service.publish[7] comes before gateway.subscribe",
    }
    assert (reason.proved_by, reason.note) == ("z3 and search", "")
    assert reason.scope == "complete runs"
    for each in reason.facts:
        assert each.witness.index(each.second) < each.witness.index(each.first)


def test_subscribing_first_is_explained_by_the_window_between_publish_and_save() -> None:
    reason = reason_of(ROOT / "specs" / "fix-subscribe-first.yaml", "no_loss", timeout=5.0)
    assert {str(each) for each in reason.facts} == {
        "gateway.read_history comes before ai_service.save[7]",
        "ai_service.publish[7] comes before gateway.subscribe",
    }


def test_without_time_there_is_no_reason_but_a_note() -> None:
    reason = reason_of(ROOT / "specs" / "legacy.yaml", "no_loss", timeout=0.0)
    assert (reason.facts, reason.proved_by) == ((), "")
    assert reason.note == "no reason was found with the work that is done for one"


def spec(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "spec.yaml"
    path.write_text(text, encoding="utf-8")
    return path


ALWAYS = """\
model: use-after-close
vars:
  closed: bool = False
  seen: list[bool] = []
processes:
  owner:
    run: |
      prepare: pass
      close: closed = True
  user:
    run: |
      use: seen.append(closed)
properties:
  open_when_used:
    always: not any(seen)
    expect: violated
  used_when_closed:
    never: any(seen)
    expect: violated
  nobody_moves:
    always: not closed
    expect: violated
"""


@pytest.mark.parametrize("name", ["open_when_used", "used_when_closed"])
def test_a_bad_state_on_the_way_is_explained_among_all_complete_runs(
    tmp_path: Path, name: str
) -> None:
    reason = reason_of(spec(tmp_path, ALWAYS), name)
    assert reason.scope == "complete runs"
    assert [str(each) for each in reason.facts] == ["owner.close comes before user.use"]
    assert (reason.proved_by, reason.note) == ("z3 and search", "")
    assert reason.facts[0].witness == ("owner.prepare", "user.use", "owner.close")


def test_a_bad_state_in_any_order_is_said_to_be_one(tmp_path: Path) -> None:
    reason = reason_of(spec(tmp_path, ALWAYS), "nobody_moves")
    assert (reason.facts, reason.proved_by) == ((), "search")
    assert not reason.note


ERROR = """\
model: too-late
vars:
  box: list[int] = [1]
  got: int = 0
processes:
  clearer:
    run: |
      clear: box = []
  consumer:
    run: |
      look: pass
      take: got = box[0]
properties:
  no_error:
    expect: violated
"""


def test_a_run_time_error_is_explained(tmp_path: Path) -> None:
    reason = reason_of(spec(tmp_path, ERROR), "no_error")
    assert [str(each) for each in reason.facts] == ["clearer.clear comes before consumer.take"]
    assert reason.proved_by == "z3 and search"
    assert reason.facts[0].witness[-1] == "clearer.clear"


CHOICE = """\
model: pick
types:
  N: 0..2
vars:
  picked: N = 0
  waved: bool = False
processes:
  picker:
    run: |
      pick: picked = choose({0, 1, 2})
  bystander:
    run: |
      wave: waved = True
properties:
  small:
    finally: picked < 2
    expect: violated
  waits:
    always: picked < 2
    expect: violated
  late:
    finally: not waved
    expect: violated
"""


@pytest.mark.parametrize("name", ["small", "waits"])
def test_what_is_chosen_is_a_fact(tmp_path: Path, name: str) -> None:
    reason = reason_of(spec(tmp_path, CHOICE), name)
    assert [str(each) for each in reason.facts] == ["picker.pick leaves picked = 2"]
    assert reason.facts[0].details.leaves == "picked = 2"
    assert (reason.proved_by, reason.complete_by) == ("z3 and search", "z3 and search")


def test_what_every_complete_run_violates_is_said_to_be_so(tmp_path: Path) -> None:
    reason = reason_of(spec(tmp_path, CHOICE), "late")
    assert (reason.facts, reason.proved_by) == ((), "search")
    assert not reason.note


CYCLE = """\
model: round-and-round
vars:
  halted: bool = False
  early: bool = False
processes:
  spinner:
    run: |
      watch: while not halted:
          turn: pass
  looker:
    run: |
      look: early = not halted
  stopper:
    run: |
      stop: halted = True
properties:
  patient:
    finally: not early
    expect: violated
"""


def test_z3_is_not_asked_of_runs_without_an_end(tmp_path: Path) -> None:
    reason = reason_of(spec(tmp_path, CYCLE), "patient")
    assert [str(each) for each in reason.facts] == ["looker.look comes before stopper.stop"]
    assert reason.proved_by == "search"
    assert reason.note.startswith("z3 was not asked")


WILD = """\
model: wild
types:
  N: 0..3
vars:
  start: N = choose({1, 2})
  box: list[N] = []
  total: 0..12 = 0
  flag: bool = False
processes:
  filler:
    run: |
      for n in range(1, 3):
          either:
              put: box.append(n)
          or:
              as_one:
                  box.append(start)
                  flag = not flag
  taker:
    count: 2
    vars:
      got: N = 0
    run: |
      take:
          await len(box) > 0
          got = box[0]
          box = box[1:]
      if got > 1:
          add: total = total + got
      else:
          test: if flag:
              lift: flag = False
          last: total = total * 2
properties:
  odd:
    finally: total != 4
    expect: violated
"""


def test_z3_and_the_search_agree_about_choices_branches_and_loops(tmp_path: Path) -> None:
    space = explore(load(spec(tmp_path, WILD), {}))
    violation = Violation(space.program, FORMS["finally"], "odd")
    graph = RunGraph.of_space(Moves(space, LATER), violation.violates)
    runs = GoodRuns(graph, LATER)
    run = run_to(space, max(graph.bad))
    initial = space.states[: space.initial]
    assert len(initial) == 2
    bounds = graph.longest(3)
    pairs = candidates(run) + [Fact(b, a) for a, b, _ in candidates(run)]
    rng = random.Random(7)
    verdicts = []
    for _ in range(30):
        chosen = rng.sample(pairs, rng.randint(0, 3))
        forces = runs.find(chosen) is None
        assert violation.is_forced(initial, bounds, chosen, None, LATER) is ANSWERS[forces]
        verdicts.append(forces)
    assert set(verdicts) == {True, False}


def test_z3_and_the_search_agree_about_runs_of_the_same_steps(small: Chat) -> None:
    violation = Violation(small.space.program, FORMS["always"], "in_order")
    never = Violation(small.space.program, FORMS["never"], "in_order")
    rng = random.Random(9)
    steps = [each.label for each in small.run]
    verdicts = []
    for judged in (violation, never):
        graph = rearrangements(small.space.program, steps, judged.violates, judged.passing, LATER)
        runs = GoodRuns(graph, LATER)
        bounds = [sum(e.label.instance == i for e in small.run) for i in range(3)]
        for _ in range(5):
            chosen = rng.sample(candidates(small.run), rng.randint(0, 2))
            forces = runs.find(chosen) is None
            initial = small.space.states[:1]
            assert judged.is_forced(initial, bounds, chosen, small.run, LATER) is ANSWERS[forces]
            verdicts.append(forces)
    assert set(verdicts) == {True, False}


LOCKS = """\
model: locks
vars:
  left: bool = False
  right: bool = False
processes:
  one:
    run: |
      take_left: {await not left; left = True}
      take_right: {await not right; right = True}
      drop: {left = False; right = False}
  two:
    run: |
      take_right: {await not right; right = True}
      take_left: {await not left; left = True}
      drop: {left = False; right = False}
properties:
  no_deadlock:
    expect: violated
"""


def locks() -> str:
    lines = []
    for line in LOCKS.splitlines():
        label, brace, rest = line.partition(": {")
        if not brace:
            lines.append(line)
            continue
        lines.append(f"{label}:")
        lines += [f"          {each.strip()}" for each in rest.rstrip("}").split(";")]
    return "\n".join(lines) + "\n"


def test_a_deadlock_is_explained_by_who_took_what_first(tmp_path: Path) -> None:
    reason = reason_of(spec(tmp_path, locks()), "no_deadlock")
    assert {str(each) for each in reason.facts} == {
        "one.take_left comes before two.take_left",
        "two.take_right comes before one.take_right",
    }
    assert reason.proved_by == "z3 and search"


def test_a_wait_for_what_never_comes_is_a_reason_of_a_property_too(tmp_path: Path) -> None:
    text = locks().replace(
        "properties:",
        "properties:\n  ends:\n    finally: not left and not right\n    expect: violated",
    )
    reason = reason_of(spec(tmp_path, text), "ends")
    assert len(reason.facts) == 2
    assert reason.proved_by == "z3 and search"
