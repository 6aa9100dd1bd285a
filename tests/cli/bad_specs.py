"""A good spec to be spoiled, and what is true of the way in which every wrong one is refused."""

from __future__ import annotations

import re
from pathlib import Path

from cli_invoke import Outcome, invoke

GOOD = """\
model: good
constants:
  TOTAL: 3
types:
  Chunk: 1..TOTAL
vars:
  latest: Chunk
resources:
  history:
    kind: redis.list[Chunk]
processes:
  writer:
    vars:
      mine: Chunk
    run: |
      save: history.rpush(1)
      note: latest = 2
properties:
  fine:
    always: latest < 3
"""
PLACE = re.compile(r"^(?P<path>.+?):(?P<line>\d+):(?P<column>\d+): (?P<message>.+)$", re.MULTILINE)


def refused(path: Path, *words: object) -> Outcome:
    """Check a spec that is wrong, and that it is refused as every wrong spec is."""
    outcome = invoke(path, "--out", path.parent / "out", *words)
    assert outcome.code == 2, outcome
    assert outcome.out == ""
    assert "Traceback" not in outcome.err
    assert not (path.parent / "out").exists()
    return outcome


def messages(outcome: Outcome) -> list[tuple[int, int, str]]:
    return [
        (int(each["line"]), int(each["column"]), each["message"])
        for each in PLACE.finditer(outcome.err)
    ]
