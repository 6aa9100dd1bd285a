"""What no log is held against is refused before anything is read."""

from __future__ import annotations

from pathlib import Path

import pytest
from model_check.api.real_runs import monitor
from model_check.live.errors import LiveError

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
