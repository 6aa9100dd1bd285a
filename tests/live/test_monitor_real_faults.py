"""Logs of a real server while things go wrong for real, read as what they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from model_check.api.live_options import Where
from model_check.api.real_runs import monitor, record, replay
from model_check.live.brokers.server import Server
from model_check.results.monitor import MonitorResult
from record_logs import monitored

FAULTS = Path(__file__).parents[2] / "specs" / "faults"


def log_of(run: Callable[[Where], object], spec: str, server: Server, at: Path) -> MonitorResult:
    """What a log says that was written while something ran."""
    with monitored(server, at):
        run(Where(redis=server.url))
    return monitor(FAULTS / spec, [(at.name, at.open("rb"))], reason=False)


@pytest.mark.parametrize(
    ("spec", "standing", "certain", "worse"),
    [
        # The trace ends where the worker has begun anew and asks for nothing yet.
        ("worker-crash", "undetermined", (), "no_order_lost"),
        ("worker-crash-handover", "undetermined", ("worker.crashes",), "charged_once"),
        # Which of the workers was slow is in no log.
        ("lease-lock", "undetermined", (), "no_update_lost"),
        ("reconnect", "violated", ("socket.disconnects",), "no_loss"),
        ("lost-wakeup", "violated", None, "all_handled"),
    ],
)
def test_the_log_of_a_replayed_loss_is_explained(
    spec: str,
    standing: str,
    certain: tuple[str, ...] | None,
    worse: str,
    any_server: Server,
    tmp_path: Path,
) -> None:
    path = f"{spec}.yaml"
    found = log_of(lambda at: replay(FAULTS / path, where=at), path, any_server, tmp_path / "log")
    (session,) = found.sessions
    assert (session.standing, session.mismatch) == (standing, None)
    assert (session.faults.certain if session.faults else None) == certain
    verdicts = {each.name: each for each in session.properties}
    assert verdicts[worse].verdict == standing
    # Without faults, nothing is lost; it is where something went wrong.
    if session.faults is not None:
        assert verdicts[worse].faults_violating == 1


def test_without_faults_a_log_of_a_crash_fits_no_behaviour(
    any_server: Server, tmp_path: Path
) -> None:
    spec = FAULTS / "worker-crash-handover.yaml"
    log = tmp_path / "log"
    log_of(lambda at: replay(spec, where=at), spec.name, any_server, log)
    found = monitor(spec, [("log", log.open("rb"))], faults=False)
    assert [each.standing for each in found.sessions] == ["unfit"]


@pytest.mark.parametrize("spec", ["worker-crash", "lease-lock-fencing", "reconnect-both"])
def test_logs_of_free_runs_with_faults_fit(spec: str, any_server: Server, tmp_path: Path) -> None:
    path = f"{spec}.yaml"
    found = log_of(
        lambda at: record(FAULTS / path, where=at, connections=3, interval=0.01, faults=True),
        path, any_server, tmp_path / "log",
    )  # fmt: skip
    assert len(found.sessions) == 3
    assert all(each.mismatch is None for each in found.sessions)
    if spec != "worker-crash":
        assert {each.standing for each in found.sessions} == {"holds"}
