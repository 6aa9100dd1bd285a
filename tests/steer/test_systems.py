"""A webhook receiver behind uvicorn that knows nothing of the tool, and two deliveries at once."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from model_check.api.steer import steer

WEBHOOK = Path(__file__).parent / "systems" / "webhook"
DRIVER = (sys.executable, "-m", "tests.steer.systems.webhook.drive")
LOST, KEPT = 1, 0


@pytest.fixture(autouse=True)
def _where_the_driver_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])


def test_a_real_receiver_charges_twice_as_the_schedule_says() -> None:
    result = steer(WEBHOOK / "legacy.yaml", DRIVER, listen="127.0.0.1:0")
    (run,) = result.runs
    assert run.status == LOST
    assert run.course == "carried out"
    assert run.verdict("charged_once") == "violated"


def test_the_mended_receiver_charges_once_in_every_order() -> None:
    mended = (*DRIVER, "--mended")
    result = steer(WEBHOOK / "mended.yaml", mended, listen="127.0.0.1:0", schedules=2)
    assert [run.status for run in result.runs] == [KEPT] * 2
    assert [run.verdict("charged_once") for run in result.runs] == ["holds"] * 2
    assert len({tuple(each.event for each in run.turns) for run in result.runs}) == 2


def test_the_mended_receiver_is_no_behaviour_of_the_broken_one() -> None:
    mended = (*DRIVER, "--mended")
    result = steer(WEBHOOK / "legacy.yaml", mended, listen="127.0.0.1:0", patience=0.5)
    (run,) = result.runs
    assert run.course == "departed"
    assert run.status == KEPT
    assert result.exit_code == 1
