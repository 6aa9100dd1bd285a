"""Logs of programs of published packages, and what these programs measured themselves.

`python -m tests.packages --sessions 6 --logs tests/live/logs_of_packages` records them anew.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from model_check.api.real_runs import monitor

HERE = Path(__file__).parent
LOGS = HERE / "logs_of_packages"
SPECS = HERE.parent / "packages" / "specs"
ALL = sorted(LOGS.glob("*.log"))


def test_each_program_has_a_log_with_loss_and_one_without() -> None:
    assert {each.stem.rpartition("-")[2] for each in ALL} == {"loses", "keeps"}
    assert len({each.stem.rpartition("-")[0] for each in ALL}) * 2 == len(ALL)


@pytest.mark.parametrize("log", ALL, ids=lambda log: log.stem)
def test_of_each_session_it_is_told_what_the_program_measured(log: Path) -> None:
    spec = SPECS / f"{log.stem.rpartition('-')[0]}.yaml"
    lost = json.loads(log.with_suffix(".json").read_text(encoding="utf-8"))
    with log.open("rb") as file:
        found = monitor(spec, [(log.name, file)], reason=False)
    told = {each.name.partition("/")[0]: each.standing for each in found.sessions}
    assert told == {name: "violated" if each else "holds" for name, each in lost.items()}
    assert any(lost.values()) == log.stem.endswith("-loses")
