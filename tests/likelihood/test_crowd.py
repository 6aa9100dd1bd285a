"""Work that threads share: what is told of it does not depend on which of them was faster."""

from __future__ import annotations

import threading

import pytest
from model_check.budget.spending import never
from model_check.likelihood.coming import Endless, EndlessRunError
from model_check.likelihood.crowd import Crowd, Stop


@pytest.mark.parametrize("slow", [0, 1])
def test_of_two_that_fail_the_first_piece_of_work_is_told(slow: int) -> None:
    begun, failed = threading.Barrier(2, timeout=60), threading.Event()

    def do(member: str, work: int, stop: Stop) -> None:
        begun.wait()  # each member has one of the two
        try:
            if work == slow:
                assert failed.wait(60)
            raise EndlessRunError(work, Endless.LONG)
        finally:
            failed.set()

    with pytest.raises(EndlessRunError) as raised:
        Crowd(["a", "b"], never).do(do, [0, 1])
    assert raised.value.step == 0
