"""What a free run says of a property where its answers do not tell what was first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from live_runs import explored
from model_check.live.brokers.contract import Request
from model_check.live.runs.judging import Arrived, Judge, Judged
from model_check.live.runs.open_system import open_system

LOCK = """
model: lock
resources:
  lock: {kind: "redis.string[bool]"}
vars: {last: 0..1}
processes:
  worker:
    count: 2
    vars: {mine: bool}
    run: |
      take: mine = lock.setnx(True)
      give_back:
          lock.delete()
          mine = False
properties:
  one: {never: "worker[0].mine and worker[1].mine"}
  both: {possible: "worker[0].mine and worker[1].mine"}
  first: {never: "worker[0].mine"}
  in_turn: {ltl: "G (worker[1].mine -> !worker[0].mine)"}
"""

TAKES, GIVES = True, 1
"""What SETNX and DEL answer."""


def judged(folder: Path, order: Sequence[tuple[int, object, int]]) -> Judged:
    """What is said of a run of steps in this order: whose each is, what its command was answered,
    and in which state it began."""
    path = folder / "lock.yaml"
    path.write_text(LOCK, encoding="utf-8")
    space, _ = explored(path)
    system = open_system(space.machine.spec, space.layout)
    initial: dict[str, object] = {"last": 0, "worker[0].mine": False, "worker[1].mine": False}
    states = [system.initial_state(initial)]
    steps = []
    for instance, value, began in order:
        asked: list[tuple[Request, object]] = []
        while (way := next(system.ways(instance, states[-1], asked))).target is None:
            asked.append((way.calls[0], value))
        steps.append(Arrived(instance, way.step, began, asked))
        states.append(way.target)
    return Judge(system, space.machine.spec, space.layout).ended(states, steps, {})


@pytest.mark.parametrize("began", [1, 2])
def test_what_only_one_of_two_orders_violates_is_unclear(began: int, tmp_path: Path) -> None:
    # The second one takes the lock; the first one hears only later that it has given it back, and
    # has asked for that before or after.
    found = judged(tmp_path, [(0, TAKES, 0), (1, TAKES, 1), (0, GIVES, began), (1, GIVES, 3)])
    if began == 1:
        assert found == Judged(broken=("first",), unclear=("one", "in_turn"), seen=())
    else:
        assert found == Judged(broken=("one", "first", "in_turn"), unclear=(), seen=("both",))


def test_a_process_knows_the_order_of_its_own_steps(tmp_path: Path) -> None:
    found = judged(tmp_path, [(0, TAKES, 0), (0, GIVES, 1), (1, TAKES, 0), (1, GIVES, 3)])
    assert found == Judged(broken=("first",), unclear=(), seen=())
