"""Logs of programs of published packages, and what these programs measured themselves.

`python -m tests.packages --sessions 6 --logs tests/live/logs_of_packages` records them anew; what
is large, because each connection sends whole scripts, is packed by `xz -9`.
"""

from __future__ import annotations

import json
import lzma
from pathlib import Path

import pytest
from model_check.api.real_runs import monitor

HERE = Path(__file__).parent
LOGS = HERE / "logs_of_packages"
SPECS = HERE.parent / "packages" / "specs"
ALL = sorted((*LOGS.glob("*.log"), *LOGS.glob("*.log.xz")))


def stem(log: Path) -> str:
    """The name of a program, and how it ran."""
    return log.name.partition(".")[0]


def test_each_program_has_a_log_with_loss_and_one_without() -> None:
    assert {stem(each).rpartition("-")[2] for each in ALL} == {"loses", "keeps"}
    programs = {stem(each).rpartition("-")[0] for each in ALL}
    assert programs == {each.stem for each in SPECS.glob("*.yaml")}
    assert len(programs) * 2 == len(ALL)


@pytest.mark.parametrize("log", ALL, ids=stem)
def test_of_each_session_it_is_told_what_the_program_measured(log: Path) -> None:
    spec = SPECS / f"{stem(log).rpartition('-')[0]}.yaml"
    lost = json.loads((LOGS / f"{stem(log)}.json").read_text(encoding="utf-8"))
    with lzma.open(log) if log.suffix == ".xz" else log.open("rb") as file:
        found = monitor(spec, [(log.name, file)], reason=False)
    told = {each.name.partition("/")[0]: each.standing for each in found.sessions}
    assert told == {name: "violated" if each else "holds" for name, each in lost.items()}
    assert any(lost.values()) == stem(log).endswith("-loses")
