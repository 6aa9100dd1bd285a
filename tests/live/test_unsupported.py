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

BOTH = Path(__file__).parents[2] / "docs" / "examples" / "both.yaml"


GIVEN_UP = """\
model: given-up
resources:
  jobs:
    kind: redis.list[1..2]
processes:
  worker:
    run: |
      either:
          take: jobs.blpop()
      or timeout:
          give_up: pass
"""


def test_a_log_of_a_command_that_is_given_up_at_the_server_is_refused(tmp_path: Path) -> None:
    spec = tmp_path / "given-up.yaml"
    spec.write_text(GIVEN_UP, encoding="utf-8")
    with pytest.raises(LiveError, match=r"given-up.yaml:9:\d+: blpop waits at the server and may"):
        monitor(spec, [("log", [b"nobody reads this\n"])])


def test_a_free_run_of_what_runs_side_by_side_is_refused(any_server: Server) -> None:
    space, _ = explored(BOTH)
    with pytest.raises(LiveError, match="beside other steps of its process, and a free run"):
        run_live(record(space, any_server, Pace(0.01, 0.0, 0.01), connections=1, patience=1.0))
