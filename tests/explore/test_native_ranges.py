"""Where the locals of a long body lie is found in a time that grows with its length alone."""

from __future__ import annotations

import time

from model_check.explore.native.ranges import intervals
from model_check.machine.ir import Const, If, Let, Local, Loop, Operation, Select, Statement

MANY = 6000


def test_a_branch_joins_what_it_sets_and_nothing_else() -> None:
    body = (
        Let("a", Const(1)),
        Let("b", Const(5)),
        If(Local("a"), (Let("a", Const(3)),), (Let("b", Const(2)), Let("c", Const(9)))),
        Let("sum", Operation("+", Local("a"), Local("b"))),
        Loop("i", Const(3), 3, (Let("a", Operation("+", Local("a"), Local("i"))),)),
    )
    found = intervals(body, {})
    assert (found["sum"], found["c"], found["i"]) == ((3, 8), (9, 9), (0, 2))
    assert found["a"] == (1, 9)


def test_a_body_of_thousands_of_conditions_takes_no_seconds() -> None:
    # The question of `timeouts: last` is such a body; all locals were joined at each condition.
    body: list[Statement] = []
    for number in range(MANY):
        body += [
            Let(f"t{number}", Const(number)),
            If(Local(f"t{number}"), (Let(f"v{number}", Const(1)),), (Let(f"v{number}", Const(0)),)),
        ]
    begun = time.process_time()
    found = intervals(tuple(body), {})
    assert len(found) == 2 * MANY
    assert time.process_time() - begun < 3


def test_what_is_added_to_in_a_long_loop_is_a_sum() -> None:
    # A list that is filled item by item: how many there are decides how far each is moved.
    count, items, step = Local("v0"), Local("v1"), Local("t3")
    moved = Operation("<<", Const(7), Operation("*", count, Const(3)))
    body = (
        Let("v0", Const(2)),
        Let("v1", Const(0)),
        Let("v4", Const(0)),
        Loop(
            "i2", Const(4000), 4000,
            (
                Let("t5", Operation("|", items, moved)),
                Let("v1", Local("t5")),
                Let("t3", Operation("+", count, Const(1))),
                If(Local("i2"), (Let("v0", step),)),
                Let("v4", Operation("+", Local("v4"), Const(-2))),
            ),
        ),
    )  # fmt: skip
    found = intervals(body, {})
    assert found["v0"] == (2, 4003)  # one round more than there is
    assert found["v1"][0] == 0
    assert found["v1"][1].bit_length() == 3 * 4003
    assert found["v4"] == (-8002, 0)


def test_what_a_condition_leaves_of_a_number_is_known_where_it_is_chosen() -> None:
    body = (
        Let("t1", Operation("|", Operation("<", Local("x"), Const(0)),
                            Operation(">=", Local("x"), Const(9)))),
        Let("t2", Select(Local("t1"), Const(0), Local("x"))),
        Let("t3", Select(Operation(">", Const(5), Local("x")), Local("x"), Const(3))),
    )  # fmt: skip
    found = intervals(body, {"x": (-100, 100)})
    assert found["t2"] == (0, 8)
    assert found["t3"] == (-100, 4)
