"""What grows without end is told from what needs more room: by a trace that repeats itself."""

from __future__ import annotations

import pytest
from fuzz.repair import load_text
from model_check.explore import growth
from model_check.explore.growth import repetition
from model_check.explore.search import Engine, SearchOptions, explore
from model_check.explore.space import Growth

SPEC = """\
model: counted
vars: {n: int, m: int, k: 0..3}
processes:
  p:
    run: |
      while True:
          either:
              up:
                  await n < 2
                  n = n + 1
          or:
              down:
                  await n > 0
                  n = n - 1
          or:
              more:
                  await m < 2
                  m = m + 1
          or:
              turn: k = (k + 1) % 4
"""

State = tuple[int, int, int]


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ([(0, 0, 0), (1, 0, 0)], 1),
        ([(0, 2, 0), (1, 2, 0)], 1),  # one grows, and none shrinks
        ([(0, 0, 0), (0, 0, 1), (0, 1, 1), (0, 1, 0)], 2),
        ([(0, 0, 0), (1, 0, 1), (1, 0, 2), (2, 0, 3)], None),  # something else is different
        ([(1, 0, 0), (0, 1, 0)], None),  # one has shrunk
        ([(1, 1, 0), (1, 1, 1), (1, 1, 0)], None),  # nothing has grown
    ],
)
def test_a_trace_repeats_itself_where_all_is_alike_but_for_what_has_grown(
    path: list[State], place: int | None
) -> None:
    space = explore(load_text(SPEC), options=SearchOptions(forget_from=None))
    machine = space.machine
    shown = [v for v in machine.variables if not v.hidden]

    def values(state: int) -> tuple[object, ...]:
        return tuple(growth.value_of(machine, each, state) for each in shown)

    known = {values(state): state for state in space.states}
    states = [known[each] for each in path]
    # Nobody is asked while all is small, and everybody where the space is large.
    assert repetition(machine, states, growth.SMALL_SPACE - 1) is None
    assert repetition(machine, states, growth.SMALL_SPACE) == place


def test_in_a_small_space_only_a_large_variable_is_asked_about(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    space = explore(load_text(SPEC), options=SearchOptions(forget_from=None))
    path = space.path(next(n for n in range(len(space.states)) if space.depth_of(n) == 2))
    states = [space.states[number] for number in path]
    monkeypatch.setattr(growth, "LARGE_INTEGER", 6)
    assert repetition(space.machine, states, 10) is None
    monkeypatch.setattr(growth, "LARGE_INTEGER", 4)
    assert repetition(space.machine, states, 10) == 1


@pytest.mark.parametrize("kind", ["python", "native"])
def test_what_grows_is_followed_from_the_first_state_on(
    monkeypatch: pytest.MonkeyPatch, kind: Engine
) -> None:
    monkeypatch.setattr(growth, "SMALL_SPACE", 0)
    text = "model: up\nvars: {n: int}\nprocesses:\n  p:\n    run: |\n      while True:\n"
    space = explore(
        load_text(text + "          add: n = n + 1\n"), options=SearchOptions(engine=kind)
    )
    assert space.growth == Growth("n", 1)
