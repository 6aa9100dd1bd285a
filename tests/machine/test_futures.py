"""What a process can still come to: never less than runs come to, and less where it is known."""

from __future__ import annotations

from pathlib import Path

import pytest
from fuzz.fault_specs import FAULT_SPECS
from fuzz.repair import load_text, repaired
from fuzz.specs import beside_spec, random_spec
from model_check.explore.limits import Limits
from model_check.explore.search import explore
from model_check.explore.space import Space
from model_check.language import load
from model_check.machine.core import Machine
from model_check.machine.futures import Futures, futures_of, set_by_others
from model_check.machine.python.program import initial_states

ROOT = Path(__file__).parents[2]
CHAT = ROOT / "tests" / "benchmarks" / "pubsub.yaml"


def all_futures(machine: Machine) -> dict[str, Futures]:
    """Those of the instances, by name; of several with one name, the first."""
    initial = initial_states(machine)
    found: dict[str, Futures] = {}
    for each in machine.instances:
        found.setdefault(each.name, futures_of(machine, each, initial))
    return found


def labels(machine: Machine, moves: frozenset[tuple[int, int]]) -> set[str]:
    return {machine.steps[step].label for _, step in moves}


def missing(space: Space) -> list[str]:
    """What runs come to and is not among the futures."""
    machine, found = space.machine, []
    initial = initial_states(machine)
    for instance in machine.instances:
        futures = futures_of(machine, instance, initial)
        fields = [machine.fields[each] for each in futures.fields]
        for state in space.states:
            here = tuple(each.raw(state) for each in fields)
            if here not in futures.took:
                found.append(f"{instance.name} is in {here}")
                continue
            out: list[tuple[int, int]] = []
            space.program.labelled[instance.index](state, out)
            for target, step in out:
                there = tuple(each.raw(target) for each in fields) if target >= 0 else None
                if there is None and machine.failures[-target - 1].unfinished:
                    continue
                if (step, there) not in futures.took[here]:
                    found.append(f"{instance.name} goes by {step} from {here} to {there}")
    return found


def test_after_its_last_reconnect_a_gateway_does_not_subscribe_again() -> None:
    machine = explore(load(CHAT, {"CHUNKS": "1", "GATEWAYS": "1"})).machine
    futures = all_futures(machine)["gateway[0]"]
    listening = {state: labels(machine, each) for state, each in futures.to_come.items()}
    assert {"forward", "reconnect", "subscribe"} <= set().union(*listening.values())
    last = [come for (place, left), come in listening.items() if (place, left) == (3, 0)]
    assert last == [{"forward"}]
    first = [come for (place, left), come in listening.items() if (place, left) == (3, 1)]
    assert "subscribe" in first[0]


def test_when_the_last_one_is_saved_nothing_comes() -> None:
    machine = explore(load(CHAT, {"CHUNKS": "2", "GATEWAYS": "1"})).machine
    futures = all_futures(machine)["ai_service"]
    comes = sorted((len(each), state) for state, each in futures.to_come.items())
    assert comes[0][0] == 0  # it has ended
    saving_last = [labels(machine, e) for (place, turn), e in futures.to_come.items() if place == 1]
    assert {"save"} in saving_last
    assert {"publish", "save"} in saving_last


BRANCHES = """\
model: branches
vars: {x: 0..3}
processes:
  p:
    run: |
      before: x = 1
      both:
          one: x = 2
      and:
          two: x = 3
"""


def test_what_a_branch_may_do_comes_where_others_begin_it() -> None:
    machine = explore(load_text(BRANCHES)).machine
    initial = initial_states(machine)
    branches = [each for each in machine.instances if each.task]
    assert len(branches) == 2
    for each in branches:
        assert set_by_others(machine, each)
        futures = futures_of(machine, each, initial)
        ended = [q for q in futures.took if not futures.moves[q]]
        assert ended
        assert all(futures.to_come[q] for q in ended)


COUNTER = """\
model: counter
vars: {x: bool}
processes:
  p:
    vars: {n: int, m: 0..3}
    run: |
      while True:
          step:
              n += 1
              m = m + 1 if m < 3 else 0
          if n > 20:
              late: x = True
          if m == 3:
              third: pass
"""


def test_a_number_without_bounds_is_not_followed() -> None:
    # The layout has no room for 20: what comes then must be among the futures all the same.
    machine = explore(load_text(COUNTER), limits=Limits(max_states=5)).machine
    futures = all_futures(machine)["p"]
    assert len(futures.fields) == 2
    assert all("late" in labels(machine, each) for each in futures.to_come.values())


@pytest.mark.parametrize("name", ["worker-crash", "failover-lock", "order-timeout", "reconnect"])
def test_runs_come_to_nothing_else(name: str) -> None:
    assert missing(explore(load(ROOT / "specs" / "faults" / f"{name}.yaml"))) == []


def test_nor_do_they_in_random_specs() -> None:
    texts = [*map(random_spec, range(2)), *map(beside_spec, range(2)), *FAULT_SPECS.values()]
    seen = 0
    for text in filter(None, map(repaired, texts)):
        space = explore(load_text(text), limits=Limits(max_states=100))
        assert missing(space) == [], text
        seen += len(space.states)
    assert seen > 500


def test_a_way_that_is_left_out_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model_check.machine.futures._truth", lambda value: value != 0)
    assert missing(explore(load(CHAT, {"CHUNKS": "1", "GATEWAYS": "1"})))
