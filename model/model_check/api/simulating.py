"""How a simulation is asked for: in Python, and on a command line."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from ..explore.walks.tally import MOST_STEPS, MOST_WALKS
from .options import DEPTH, Amount, CheckOptions

if TYPE_CHECKING:
    from ..budget.spending import Ask
    from ..explore.limits import Limits
    from ..explore.walks.simulate import Simulation

__all__ = ["MOST_SEED", "amount_of", "asked_for_reasons", "refusals", "simulation_of", "words_of"]

REASONS = 0.5
"""Where walks were given a time and all has none, reasons may take this share of that ..."""
LEAST = 5.0
"""... and so many seconds in any case."""

MOST_SEED = (1 << 63) - 1
_UNITS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0}
_TIME = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)\s*(ms|s|min|h)")
_WALKS = re.compile(r"\d{1,3}(?:[_,]?\d{3})*|\d+")


def amount_of(asked: Amount) -> tuple[int | None, float | None]:
    """The number of walks, and the seconds, each None where nothing says so. Raises ValueError for
    what is no amount."""
    if asked is True:
        return None, None
    text = str(asked).strip()
    if found := _TIME.fullmatch(text):
        return None, float(found[1]) * _UNITS[found[2]]
    if _WALKS.fullmatch(text) and 0 < (walks := int(re.sub("[_,]", "", text))) <= MOST_WALKS:
        return walks, None
    raise ValueError(
        f"{text!r} is neither a number of walks nor a time: write --simulate=100000 or"
        " --simulate=30s"
    )


def refusals(options: CheckOptions) -> list[str]:
    """What is asked for beside a simulation, or without one, and cannot be: words of a command
    line, each with why."""
    if options.simulate is False:
        given = {"--seed": options.seed != 0, "--depth": options.depth != DEPTH}
        return [f"{name}: this is of a simulation (--simulate)" for name, is_so in given.items()
                if is_so]  # fmt: skip
    kept = "a simulation keeps no states"
    given = {
        "--max-states": options.max_states is not None,
        "--memory-lean": options.lean,
        "--keep-dead": options.keep_dead,
        "--reduce": options.reduce != "auto",
        "--group-by": bool(options.group_by),
        "--checkpoint": options.checkpoint is not None,
        "--resume": options.resume is not None,
        "--disk": options.disk is not None,
        "--cluster": bool(options.cluster),
    }
    found = [f"{name}: {kept}" for name, is_so in given.items() if is_so]
    if options.bounded:
        found.append("--check bounded: a simulation gives no verdicts on all runs to judge again")
    return found


def simulation_of(options: CheckOptions) -> Simulation | None:
    """The simulation that is asked for; None where there is none. Raises ValueError for what cannot
    be."""
    if wrong := refusals(options):
        raise ValueError(wrong[0])
    if options.simulate is False:
        return None
    from ..explore.walks.simulate import Simulation

    walks, seconds = amount_of(options.simulate)
    if not 0 <= options.seed <= MOST_SEED or not 1 <= options.depth <= MOST_STEPS:
        raise ValueError(f"a seed is 0 to {MOST_SEED}, a depth 1 to {MOST_STEPS}")
    return Simulation(walks, seconds, options.seed, options.depth)


def asked_for_reasons(simulation: Simulation | None, limits: Limits) -> Ask:
    """What says why reasons are to end, from now on: a limit of all, or, behind walks that were
    given a time (or none was said), a share of that where all has none."""
    if simulation is None or simulation.walks is not None or limits.timeout is not None:
        return limits.interrupted
    if limits.budget.timeout is not None:
        return limits.interrupted
    from ..explore.walks.simulate import SECONDS

    seconds = max(REASONS * (simulation.seconds or SECONDS), LEAST)
    end = time.monotonic() + seconds
    over = f"the {seconds:g} s for reasons were over (--timeout gives all of it more)"
    return lambda: over if time.monotonic() >= end else limits.interrupted()


def words_of(options: CheckOptions, walks: int) -> list[str]:
    """The words that ask for the same walks again."""
    if options.simulate is False:
        return []
    words = [f"--simulate={walks}"]
    words += [f"--seed={options.seed}"] if options.seed else []
    return words + ([f"--depth={options.depth}"] if options.depth != DEPTH else [])
