"""A log that was cut off where the model may go on for ever, or fail: nothing of the ends is
certain that such a run does not share."""

from __future__ import annotations

from pathlib import Path

import pytest
from model_check import monitor

SPEC = """
model: forever
vars: {{bad: bool = False, flip: bool = False, empty: "list[int]"}}
resources: {{box: {{kind: "redis.list[1..3]", key: "box:{{session}}"}}}}
processes:
  p:
    run: |
      one: box.rpush(1)
      either:
        two: box.rpush(2)
      or:
        trap: bad = True
{rest}
properties:
  good: {{always: not bad}}
  short: {{finally: len(box.items) == 1}}
  small: {{always: len(box.items) < 3}}
  empty: {{finally: len(box.items) == 0}}
"""
GOES_ROUND = """
        while True:
          spin: flip = not flip
"""
FAILS = """
        fail: flip = empty[0] == 1
"""


def told(spec: Path, rest: str) -> dict[str, str]:
    spec.write_text(SPEC.format(rest=rest.strip("\n")), encoding="utf-8")
    raw = [b'1.000000 [0 a:1] "RPUSH" "box:s" "1"\n']
    (session,) = monitor(spec, [("log", raw)], reason=False).sessions
    return {each.name: each.verdict for each in session.properties}


@pytest.mark.parametrize("rest", [GOES_ROUND, FAILS], ids=["for ever", "an error"])
def test_what_only_ends_share_is_not_certain(rest: str, tmp_path: Path) -> None:
    """Every end has two items, and no end is bad: a run that falls into the trap has no end."""
    assert told(tmp_path / "forever.yaml", rest) == {
        "good": "undetermined", "short": "undetermined", "small": "holds", "no_deadlock": "holds",
        "empty": "undetermined",
    }  # fmt: skip


def test_without_such_a_run_it_is(tmp_path: Path) -> None:
    found = told(tmp_path / "forever.yaml", "        three: box.rpush(3)")
    assert (found["empty"], found["small"]) == ("violated", "holds")


def test_whoever_never_comes_back_is_not_accused_of_what_would_come(tmp_path: Path) -> None:
    """Every continuation of the model puts more into the box: one that never comes, does not."""
    found = told(tmp_path / "forever.yaml", "        three: box.rpush(3)")
    assert found["short"] == "undetermined"
