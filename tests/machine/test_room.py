"""How much room a layout gives, and where it ends."""

from __future__ import annotations

from model_check.language.diagnostics import Position, Source
from model_check.machine.core import Failure
from model_check.machine.shapes import LAST_CAPACITY, LAST_INTEGER, Layout

HERE = Position(Source("spec.yaml", ""), 1, 1)


def grown(layout: Layout, slot: str, capacity: int = 0) -> Layout | None:
    return layout.for_failure(Failure(1, "growth", "x", HERE, slot, capacity))


def test_a_list_doubles_its_room_up_to_the_last_capacity_and_no_further() -> None:
    last = grown(Layout(), "xs", LAST_CAPACITY // 2)
    assert last is not None
    assert last.capacities == {"xs": LAST_CAPACITY}
    assert grown(last, "xs", LAST_CAPACITY) is None


def test_an_integer_grows_at_the_end_that_lacks_room_up_to_the_last_integer() -> None:
    for end, place in (("<", 0), (">", 1)):
        layout: Layout | None = Layout()
        before = Layout().range("n")
        while layout is not None:
            now = layout.range("n")
            assert max(-now[0], now[1]) <= LAST_INTEGER
            assert now[1 - place] == Layout().range("n")[1 - place]
            before, layout = now, grown(layout, f"n{end}")
        assert abs(before[place]) * 4 >= LAST_INTEGER // 4
