"""What a part of an order decides, against trying every order of the events."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st
from model_check.budget.deadline import FOREVER, Deadline
from model_check.symbolic.answer import Answer
from model_check.symbolic.known_order import KnownOrder, Places

EVENTS = 5
ANSWERS = {True: Answer.YES, False: Answer.NO}
pairs = st.tuples(st.integers(0, EVENTS - 1), st.integers(0, EVENTS - 1)).filter(
    lambda pair: pair[0] != pair[1]
)


@given(
    known=st.lists(pairs.map(lambda p: (min(p), max(p))), max_size=6),
    sets=st.lists(st.lists(pairs, max_size=3), max_size=3),
)
@settings(max_examples=40, deadline=None)
def test_z3_decides_as_trying_every_order_does(
    known: list[Places], sets: list[list[Places]]
) -> None:
    order = KnownOrder(EVENTS, tuple(known))
    allowed = [
        places
        for places in permutations(range(EVENTS))
        if all(places[a] < places[b] for a, b in known)
    ]
    kept = [any(all(p[a] < p[b] for a, b in each) for each in sets) for p in allowed]
    assert order.can_keep(sets, FOREVER) is ANSWERS[any(kept)]
    assert order.can_avoid(sets, FOREVER) is ANSWERS[not all(kept)]
    for first in range(EVENTS):
        for second in range(first):
            ways = {places[first] < places[second] for places in allowed}
            assert order.is_open((first, second)) == (len(ways) == 2)
            assert order.is_certain((first, second)) == (ways == {True})


def test_without_patience_nothing_is_known() -> None:
    order = KnownOrder(2, ())
    assert order.can_keep([[(0, 1)]], Deadline(0.0)) is Answer.UNKNOWN


def test_two_races_that_need_opposite_orders_make_a_loss_certain() -> None:
    order = KnownOrder(3, ((0, 1),))
    assert order.can_avoid([[(1, 2)], [(2, 1)]], FOREVER) is Answer.NO
