"""How much room a layout gives where more is needed."""

from __future__ import annotations

from model_check.language.source.diagnostics import Position, Source
from model_check.machine.core import Failure
from model_check.machine.shapes import LONGEST_LIST, Layout

HERE = Position(Source("spec.yaml", ""), 1, 1)


def grown(layout: Layout, slot: str, capacity: int = 0) -> Layout:
    return layout.for_failure(Failure(1, "growth", "x", HERE, slot, capacity))


def test_a_list_doubles_its_room_up_to_the_longest_and_no_further() -> None:
    assert grown(Layout(), "xs", 4).capacities == {"xs": 8}
    assert grown(Layout(), "xs", LONGEST_LIST - 1).capacities == {"xs": LONGEST_LIST}


def test_an_integer_grows_at_the_end_that_lacks_room_and_there_alone() -> None:
    for end, place in (("<", 0), (">", 1)):
        layout = Layout()
        for _ in range(12):
            before, layout = layout.range("n"), grown(layout, f"n{end}")
            now = layout.range("n")
            assert now[1 - place] == before[1 - place]
            assert (now[0] < before[0], now[1] > before[1]) == (end == "<", end == ">")
