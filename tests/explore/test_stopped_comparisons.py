"""A search that stopped is told as one that stopped, and not as one that finds something else; what
this machine had no room for is counted, and no mistake of the tool.
"""

from __future__ import annotations

import errno
import os

import pytest
from fuzz.compare import NoMachineError, stops, where_unlike
from fuzz.disk import disk_differences
from fuzz.late import LateError, ending_after
from fuzz.repair import load_text
from model_check.explore.limits import Limits
from model_check.explore.native.disk import run as disk_run
from model_check.explore.search import explore
from model_check.language.records import replace

WALK = """
model: walk
processes:
  walker:
    vars: {place: 0..2000 = 0}
    run: |
      while True:
          go: place = (place + 1) % 2001
"""
FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
BROKEN = OSError(errno.EBADF, os.strerror(errno.EBADF))


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """The table of a search on disk cannot grow."""

    def refuse(_: disk_run.DiskRun) -> None:
        raise request.param

    monkeypatch.setattr(disk_run.DiskRun, "_make_table_room", refuse)


@pytest.mark.usefixtures("refused")
@pytest.mark.parametrize("refused", [BROKEN], indirect=True)
def test_a_search_that_stopped_is_told_with_why_and_how_far_it_came() -> None:
    (found,) = disk_differences(load_text(WALK), (1,))
    assert found.startswith("the search on disk with 1 threads stops: the disk has no room (")
    assert f"{os.strerror(errno.EBADF)})" in found
    assert found.endswith(" of 2,001 states)")


@pytest.mark.usefixtures("refused")
@pytest.mark.parametrize("refused", [FULL], indirect=True)
def test_a_full_disk_of_this_machine_is_no_difference() -> None:
    with pytest.raises(NoMachineError, match="the disk is full"):
        disk_differences(load_text(WALK), (1,))


def test_the_memory_of_this_machine_is_no_difference() -> None:
    space = explore(load_text(WALK), Limits(max_states=20))
    (found,) = stops(space, "the tool", 2001)
    assert found.startswith("the tool stops: the limit of 20 states was reached (")
    scarce = replace(space, stopped="the memory limit of 7 MB was reached")
    with pytest.raises(NoMachineError, match="7 MB"):
        stops(scarce, "the tool", 2001)
    assert stops(replace(space, stopped=""), "the tool", 2001) == []


def test_it_is_told_where_two_searches_differ_first() -> None:
    assert where_unlike([1, 2, 3], [1, 4]) == "number 1 is 4, not 2 (2 and 3 there)"
    assert where_unlike([1, 2], [1]) == "1, not 2; those that both have are the same"
    assert where_unlike(3, 4) == "4, not 3"


def work_for_ever() -> str:
    try:
        while True:
            pass
    except (OSError, Exception) as error:  # as whatever has something to do with files
        return f"the disk has no room: {error}"


def test_what_takes_too_long_is_not_taken_for_a_full_disk() -> None:
    with ending_after(0.05), pytest.raises(LateError):
        work_for_ever()
