"""Where the locals of a long body lie is found in a time that grows with its length alone."""

from __future__ import annotations

import time

from model_check.explore.native.ranges import intervals
from model_check.machine.ir import Const, If, Let, Local, Loop, Operation, Statement

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
