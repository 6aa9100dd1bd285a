"""From what is asked of a check to where its searches are kept, and the command that goes on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ..budget.memory import MEGABYTE
from .options import CheckOptions

if TYPE_CHECKING:
    from ..explore.space import Space
    from ..explore.stored.checkpoint import Checkpoints
    from ..language.tree.spec import Spec
    from ..verify.judgement import Judgement
    from .explaining import Stage

__all__ = ["goes_on", "kept_searches", "reached", "trouble_with"]

MEMORY = "the memory limit"
"""How a search says that it ended there."""


@contextmanager
def kept_searches(spec: Spec, asked: CheckOptions, stage: Stage) -> Iterator[Checkpoints | None]:
    """Where the searches of a check are written down; None where nobody asked for that. Raises
    StoredError, and ValueError where two directories are named."""
    path = asked.kept_in
    if path is None:
        yield None
        return
    # Loaded late: most checks are over before the first one would be written.
    from ..explore.stored.checkpoint import Checkpoints
    from ..explore.stored.subject import Subject

    options = {
        "--keep-dead": asked.keep_dead, "--reduce": asked.reduce, "--group-by": asked.group_by
    }  # fmt: skip
    kept = Checkpoints(
        path,
        Subject.of(spec, faults=asked.faults, options=options),
        resumes=asked.resume is not None,
        begins=asked.checkpoint is not None or (asked.disk is not None and asked.resume is None),
        every=asked.every,
        say=stage,
    )
    try:
        yield kept
    finally:
        kept.close()


def trouble_with(checkpoints: Checkpoints | None) -> tuple[str, ...]:
    """What there is to know of a checkpoint that could not be written."""
    if checkpoints is None or not checkpoints.trouble:
        return ()
    return (f"the last checkpoint in {checkpoints.path} was not written: {checkpoints.trouble}",)


def reached(asked: CheckOptions, states: int, stopped: str) -> frozenset[str]:
    """The limits, by their words on the command line, that would end a search at once that goes on
    from where it had so many states, and was `stopped`."""
    found = set()
    if asked.max_states is not None and states >= asked.max_states:
        found.add("--max-states")
    if stopped.startswith(MEMORY):
        found.add("--max-memory")
    return frozenset(found)


def goes_on(
    path: Path | str,
    asked: CheckOptions,
    checkpoints: Checkpoints | None,
    space: Space,
    judgement: Judgement,
) -> str:
    """The command line that goes on from where a limit ended a check; "" where none does. The limit
    is not in it where it would end the search at once."""
    if checkpoints is None or not (checkpoints.goes_on or (space.complete and judgement.stopped)):
        return ""
    ending = reached(asked, len(space.states), space.stopped)
    words = ["--group-by", asked.group_by] if asked.group_by else []
    words += ["--keep-dead"] if asked.keep_dead else []
    words += ["--reduce", asked.reduce] if asked.reduce != "auto" else []
    words += ["--engine", asked.engine] if asked.engine != "auto" else []
    words += ["--memory-lean"] if asked.lean else []
    words += ["--first"] if asked.first_violation else []
    words += ["--check", "bounded"] if asked.bounded else []
    words += ["--all-traces"] if asked.all_traces else []
    words += [] if asked.reason else ["--no-reason"]
    if asked.max_states is not None and "--max-states" not in ending:
        words += ["--max-states", str(asked.max_states)]
    if asked.max_memory is not None and "--max-memory" not in ending:
        words += ["--max-memory", f"{asked.max_memory // MEGABYTE}MB"]
    if asked.timeout is not None:
        words += ["--timeout", f"{asked.timeout:g}"]
    words += ["--disk", os.fspath(checkpoints.path)] if asked.disk is not None else []
    resumed = ("--resume", os.fspath(checkpoints.path))
    return asked.command(path, *words, *asked.outside, after=resumed)
