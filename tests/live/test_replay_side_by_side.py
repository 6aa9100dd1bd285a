"""A process that does several things at once, carried out by one worker."""

from __future__ import annotations

from pathlib import Path

import pytest
from live_runs import explored, replayed
from model_check.live.brokers.server import Server
from model_check.live.errors import LiveError
from model_check.live.runs.replaying import replay_schedules, run_live

ROOT = Path(__file__).parents[2]
BOTH = ROOT / "docs/examples/both.yaml"
BACKGROUND = ROOT / "docs/examples/background.yaml"

WAITS = """\
model: waits
resources:
  news: {kind: "redis.stream[0..1]"}
vars: {heard: "list[0..1]"}
processes:
  p:
    run: |
      both:
          wait: heard = [e.value for e in news.xread("$")]
      and:
          add: news.xadd(1)
properties:
  ends: {possible: done(p)}
"""


def test_a_history_that_is_read_beside_the_subscription_loses_for_real(server: Server) -> None:
    found = replayed(BOTH, server, "nothing_lost", times=3)
    assert found.disagreement is None
    assert (found.times, found.same) == (3, 3)


@pytest.mark.parametrize("path", [BOTH, BACKGROUND])
def test_all_orders_of_branches_are_carried_out_for_real(path: Path, server: Server) -> None:
    space, _ = explored(path)
    found = run_live(replay_schedules(space, server, number=None, patience=5.0))
    assert found.disagreement is None
    assert found.taken == found.transitions == space.transitions


def test_what_waits_on_the_connection_that_others_use_is_refused(
    server: Server, tmp_path: Path
) -> None:
    path = tmp_path / "waits.yaml"
    path.write_text(WAITS, encoding="utf-8")
    with pytest.raises(LiveError, match="what runs beside it would wait with it"):
        replayed(path, server, "ends", times=1)
