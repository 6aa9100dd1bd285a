"""What a long log costs: so many readings as it has lines, and each kind of session once."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from live_runs import SPECS
from long_logs import long_log
from model_check.api.real_runs import monitor
from model_check.live.monitor import monitor as monitoring
from model_check.live.monitor import windows
from model_check.live.monitor.log_readings import LogReadings
from model_check.results.monitor import MonitorResult


def judged(log: Sequence[bytes], chunks: int, **more: object) -> MonitorResult:
    return monitor(
        SPECS / "legacy.yaml", [("log", log)], {"STORED": 0, "TOTAL": chunks}, reason=False,
        **more,  # type: ignore[arg-type]
    )  # fmt: skip


def test_readings_grow_with_lines_and_not_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    counts: list[int] = []
    search = LogReadings._search

    def counted(self: LogReadings) -> None:
        search(self)
        counts.append(self._count)

    monkeypatch.setattr(LogReadings, "_search", counted)
    found = []
    for chunks in (110, 220):
        assert judged(long_log(1, chunks), chunks).standing == "violated"
        found.append(max(counts))
        counts.clear()
    assert found[0] < 8 * 110
    assert found[1] < 2.2 * found[0]


def test_sessions_that_are_alike_are_judged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    judge = monitoring.judge_session

    def counted(*given: object) -> object:
        asked.append("")
        return judge(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(monitoring, "judge_session", counted)
    log = long_log(60, 5)
    together = judged(log, 5)
    assert len(asked) < 30 + 10  # 8 kinds, and some begin anew in a larger layout
    assert {each.standing for each in together.sessions} == {"violated", "holds"}
    for number in (0, 3, 30):
        name = f"{number:012x}"
        alone = judged([line for line in log if name.encode() in line], 5)
        mine = next(each for each in together.sessions if each.name == name)
        assert (mine.connections, mine.started, mine.ended, mine.standing) == (
            alone.sessions[0].connections, alone.sessions[0].started, alone.sessions[0].ended,
            alone.sessions[0].standing,
        )  # fmt: skip
        assert mine.properties == alone.sessions[0].properties


def test_a_reason_is_told_with_the_lines_of_its_own_session() -> None:
    log = long_log(16, 4)
    found = monitor(SPECS / "legacy.yaml", [("log", log)], {"STORED": 0, "TOTAL": 4})
    lost = [each for each in found.sessions if each.standing == "violated"]
    assert len(lost) == 4
    for session in lost:
        no_loss = next(each for each in session.properties if each.name == "no_loss")
        events = [event for race in no_loss.races for event in race.events]
        assert events
        for event in events:
            assert event.line is not None
            assert session.name.encode() in log[event.line - 1]


def test_a_space_too_large_for_a_reason_is_told_as_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "MOST_STATES", 400)
    constants = {"STORED": 0, "TOTAL": 30}
    found = monitor(SPECS / "legacy.yaml", [("log", long_log(1, 30))], constants)
    assert found.standing == "violated"
    assert found.notes == tuple(
        f"why {name}: {windows.TOO_LARGE}" for name in ("no_loss", "saved_is_shown")
    )
