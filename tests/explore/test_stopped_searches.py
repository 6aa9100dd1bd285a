"""A search that is ended in the middle of a step knows what it explored before, and no more."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from model_check import check
from model_check.budget.spending import StopNow
from model_check.explore import portable
from model_check.explore.limits import Limits
from model_check.explore.search import SearchOptions, explore
from model_check.explore.space import Space
from model_check.language import load
from model_check.verify.state_graph import state_graph_of
from model_check.verify.verdicts import judge

SPECS = Path(__file__).parents[2] / "specs"
FAST = "      for i in range(3):\n          add: n += 1\n"
ENDLESS = (
    "      slow:\n"
    + "".join(f"          x{i} = choose(range(100))\n" for i in range(8))
    + "          n += 1\n"
)
VARIABLES = "    vars: {" + ", ".join(f"x{i}: 0..99" for i in range(8)) + "}\n"


def spec(folder: Path, text: str) -> Path:
    path = folder / "spec.yaml"
    path.write_text(f"model: m\nvars: {{n: 0..9}}\nprocesses:\n{text}", encoding="utf-8")
    return path


def test_one_step_of_very_many_choices_ends_soon_after_the_limit(tmp_path: Path) -> None:
    path = spec(tmp_path, f"  p:\n{VARIABLES}    run: |\n{FAST}{ENDLESS}")
    started = time.monotonic()
    result = check(path, timeout=0.2, engine="python")
    assert time.monotonic() - started < 5
    assert result.space.stopped == "the time limit of 0.2 s was reached"
    assert result.exit_code == 3
    assert result.space.states >= 1


def test_a_violation_before_that_step_is_told(tmp_path: Path) -> None:
    text = f"  p:\n{VARIABLES}    run: |\n{FAST}{ENDLESS}properties:\n  small: {{always: n < 1}}\n"
    result = check(spec(tmp_path, text), timeout=0.2, reason=False)
    assert result["small"].verdict == "violated"
    assert len(result.trace("small").steps) == 1


def of(space: Space) -> tuple[object, ...]:
    return (
        list(space.states), list(space.parents), list(space.terminal), space.expanded,
        space.transitions, space.levels, space.errors,
    )  # fmt: skip


@pytest.mark.parametrize("after", [1, 2, 50, 333])
def test_what_is_known_is_what_a_limit_of_states_would_leave(
    after: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped after any number of successors, in the middle of a chunk of states."""
    monkeypatch.setattr(portable, "CHUNK", 16)
    counting = "    vars: {a: 0..9}\n    run: |\n      for i in range(4):\n          go: a += 1\n"
    text = "".join(f"  p{i}:\n{counting}" for i in range(4))
    made = load(spec(tmp_path, text))
    asked = 0

    class Stopping(dict[int, int]):
        def __setitem__(self, key: int, value: int) -> None:
            nonlocal asked
            super().__setitem__(key, value)
            asked += 1
            if asked == after:
                # The state is in the table, and not yet among the others.
                raise StopNow("for a test")

    original = portable.PortableRun.__init__

    def start(self: portable.PortableRun, *words: object, remember: bool) -> None:
        original(self, *words, remember=remember)  # type: ignore[arg-type]
        self.index = Stopping()

    with monkeypatch.context() as patch:
        patch.setattr(portable.PortableRun, "__init__", start)
        if after == 1:
            with pytest.raises(StopNow):
                explore(made, options=SearchOptions(engine="python"))
            return
        stopped = explore(made, options=SearchOptions(engine="python"))
    assert stopped.stopped == "for a test"
    alike = explore(
        made, Limits(max_states=max(1, len(stopped.states))), options=SearchOptions(engine="python")
    )
    assert stopped.index[stopped.states[-1]] == len(stopped.states) - 1
    if stopped.expanded == alike.expanded:
        assert of(stopped) == of(alike)
    whole = explore(made, options=SearchOptions(engine="python"))
    assert list(whole.states)[: len(stopped.states)] == list(stopped.states)
    assert all(n < stopped.expanded for n in stopped.terminal)


def test_a_search_that_is_ended_before_its_first_step_has_its_initial_states(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def end(self: portable.PortableRun, frontier: list[int]) -> list[int]:
        raise StopNow("for a test")

    monkeypatch.setattr(portable.PortableRun, "_go_on", end)
    space = explore(load(SPECS / "legacy.yaml"))
    assert (space.stopped, len(space.states)) == ("for a test", 1)
    assert (space.levels, space.depth) == ((0,), 0)
    assert len(state_graph_of(space, judge(space)).nodes) == 1
