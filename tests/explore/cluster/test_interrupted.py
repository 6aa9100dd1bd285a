"""Ctrl-C, or a kill, while the parts of a search are begun: what is known is told, and nothing is
left behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from model_check.budget.spending import StopNow
from model_check.explore import search
from model_check.explore.cluster.fleet import LocalCluster, LocalFleet
from model_check.explore.cluster.temporary import TemporaryFolder
from model_check.explore.search import SearchOptions, explore
from model_check.explore.stored.checkpoint import Checkpoints
from model_check.explore.stored.subject import Subject
from model_check.language import load

LEGACY = Path(__file__).parents[3] / "specs" / "legacy.yaml"
SUBJECT = Subject(
    {
        "model": "", "version": "", "bytes": "little", "files": [], "constants": {},
        "faults": True, "options": {},
    }
)  # fmt: skip
PATIENCE = 20.0
"""Seconds until a folder must be gone."""
MAKES = """
import sys, time
from model_check.explore.cluster.temporary import TemporaryFolder
folder = TemporaryFolder("model-check-test-")
(folder.path / "ray").mkdir()
print(folder.path, flush=True)
if sys.argv[1] == "leaves":
    folder.leave()
else:
    time.sleep(60)
"""


class Struck(LocalFleet):
    """Ctrl-C is pressed while parts are asked to begin."""

    def ask(
        self, name: str, given: Sequence[Sequence[Any]], answers: int = 1
    ) -> list[tuple[Any, ...]]:
        raise StopNow("interrupted")


class StruckCluster(LocalCluster):
    def __init__(self) -> None:
        super().__init__(2)
        self._fleet = Struck(2)


def test_what_was_known_before_the_parts_began_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "NATIVE_FROM", 300)
    searches = Checkpoints(tmp_path / "kept", SUBJECT, resumes=False, begins=True, every=3600)
    options = SearchOptions(cluster=StruckCluster(), forget_from=None)
    space = explore(load(LEGACY), options=options, checkpoint=searches.search())
    assert space.stopped == "interrupted"
    assert 300 <= len(space.states) < 1398
    assert space.goes_round is False
    assert searches.goes_on
    searches.close()
    again = Checkpoints(tmp_path / "kept", SUBJECT, resumes=True, begins=False, every=3600)
    gone_on = explore(
        load(LEGACY), options=SearchOptions(forget_from=None), checkpoint=again.search()
    )
    again.close()
    assert gone_on.complete
    assert list(gone_on.states) == list(explore(load(LEGACY)).states)


def maker(way: str) -> tuple[subprocess.Popen[str], Path]:
    """A process with a temporary folder."""
    words = [sys.executable, "-c", MAKES, way]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def is_gone(path: Path) -> bool:
    end = time.monotonic() + PATIENCE
    while path.exists() and time.monotonic() < end:
        time.sleep(0.05)
    return not path.exists()


def test_a_killed_process_leaves_no_folder() -> None:
    process, path = maker("stays")
    with process:
        assert (path / "ray").is_dir()
        process.send_signal(signal.SIGKILL)
    assert is_gone(path)


def test_what_is_written_while_a_process_ends_is_removed_too() -> None:
    process, path = maker("leaves")
    with process:
        assert process.wait(timeout=PATIENCE) == 0
    assert is_gone(path)
    (path / "ray").mkdir(parents=True)
    assert is_gone(path)


def test_ctrl_c_on_a_terminal_does_not_reach_who_removes_it() -> None:
    folder = TemporaryFolder("model-check-test-")
    assert folder.path.is_dir()
    session = subprocess.run(
        ["ps", "-o", "sess=", "-p", str(folder._sweeper.pid)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert int(session.stdout) == folder._sweeper.pid
    folder.close()
    assert not folder.path.exists()
    assert folder._sweeper.wait(timeout=PATIENCE) == 0
