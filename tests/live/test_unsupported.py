"""What no log, and no free run, is held against is refused before anything is read."""

from __future__ import annotations

from pathlib import Path

import pytest
from live_runs import explored
from model_check.api.real_runs import monitor
from model_check.live.brokers.server import Server
from model_check.live.errors import LiveError
from model_check.live.runs.places import Pace
from model_check.live.runs.record import record
from model_check.live.runs.replaying import run_live

FAULTY = Path(__file__).parents[2] / "specs" / "faults" / "worker-crash.yaml"
SENT = Path(__file__).parents[2] / "docs" / "examples" / "sent.yaml"
BOTH = Path(__file__).parents[2] / "docs" / "examples" / "both.yaml"


def test_a_log_of_a_spec_with_faults_is_refused_with_what_to_do() -> None:
    with pytest.raises(LiveError) as refused:
        monitor(FAULTY, [("log", [b"nobody reads this\n"])])
    assert str(refused.value).endswith(
        ": worker.crashes may happen, and how a log shows that is not known;"
        " --no-faults leaves out what may go wrong"
    )
    assert "worker-crash.yaml:" in str(refused.value)


def test_a_log_of_a_spec_that_does_not_wait_is_refused() -> None:
    with pytest.raises(LiveError, match=r"sent and not waited for, .*; leave out wait=False"):
        monitor(SENT, [("log", [b"nobody reads this\n"])])


def test_a_log_and_a_free_run_of_what_runs_side_by_side_are_refused(any_server: Server) -> None:
    with pytest.raises(LiveError, match="beside other steps of its process, and a log of this"):
        monitor(BOTH, [("log", [b"nobody reads this\n"])])
    space, _ = explored(BOTH)
    with pytest.raises(LiveError, match="beside other steps of its process, and a free run"):
        run_live(record(space, any_server, Pace(0.01, 0.0, 0.01), connections=1, patience=1.0))
