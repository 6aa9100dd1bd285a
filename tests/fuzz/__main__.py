"""Compare the tool with the interpreter on new random specs, for a bounded time.

    python -m tests.fuzz --seconds 60 [--specs 300] [--first SEED]
                         [--native | --bounded | --races | --orderings | --forget | --repairs |
                          --bugs | --runs | --reduced | --disk | --steer] [--faults]

`--native` compares native code, with one thread and with several, with the portable search
instead, on specs that Hypothesis makes; `--bounded` the search with z3; `--races` what is said
of small specs' races with all of their runs; `--orderings` z3's answers about their orderings with
the search; `--forget` a space with dead values forgotten with
the one that has them; `--repairs` what `repair` and `rests-on` say with exploring all that they
speak of; `--bugs` the same of `repair`, on specs of bugs that everybody knows; `--runs` what is
said of runs that never end, and the lassos that are shown, with all
lassos up to a length and with a fixed point, in Python, in native code, and with dead values
forgotten; `--reduced` what is said of a spec from whose space much is left out with what is said of
all of it; `--disk` a search whose older states lie on disk with one that has all of them in
memory; `--steer` what comes of the processes of specs, when they are steered on a real server, with
what the model says. With `--wide` (beside `--native`), values are long. With `--faults`,
something may go wrong in each spec: processes crash, and resources lose what their kinds can lose.
Ends after so many seconds, or once so many specs were
alike. Prints each disagreement with its seed and the smallest spec that still shows one; exit
code 1 if there was any.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

from model_check.cache import CACHE_SWITCH
from model_check.language import Spec, SpecError

from .advice import misadvised, misrepaired
from .advice_specs import random_advice
from .bounded import contradictions
from .bug_specs import random_bug
from .compare import (
    Differing,
    NoMachineError,
    SkippedError,
    differences,
    native_differences,
)
from .constructs import constructs_of
from .disk import disk_differences
from .drawn import drawn_specs
from .faulty import faulty, with_faults
from .first_states import first_differences, random_beginning
from .forgetting import forgetting_differences
from .late import LateError, ending_after
from .race_specs import random_race
from .races import disagreements, mistold
from .reason_specs import random_calm, random_reason
from .reduced import reduced_differences
from .reduced_specs import random_reducible, small_reducible
from .repair import load_text, repaired, shrunk
from .run_comparison import run_differences
from .run_specs import random_runs
from .specs import beside_spec, random_spec, union_spec
from .steered import missteered, random_steered
from .wide_specs import random_wide

__all__ = ["main", "problems"]

LONGEST = 20
"""CPU seconds for one spec."""
MOST_LINES = 110
"""Of a spec; side by side, longer ones have too many states, or take minutes to compile."""
SHRINKING = 60.0
"""Seconds to make one disagreement small."""


Compare = Callable[[Spec], list[str]] | Callable[[str], list[str]]
"""Of a spec, or of its text: `misadvised` and `misrepaired` make other specs of it."""


WAYS: dict[str, tuple[Compare, str]] = {
    "native": (native_differences, "compare native code with the portable search"),
    "bounded": (
        contradictions, "compare the search with z3, for runs of a bounded number of steps",
    ),
    "races": (mistold, "hold what is told of races and points of no return against all runs"),
    "orderings": (
        disagreements, "compare z3's answers about orderings with the search, of specs with races",
    ),
    "forget": (
        forgetting_differences,
        "compare a space with dead values forgotten with the one that has them",
    ),
    "repairs": (
        misadvised,
        "hold what is said of repairs and of what properties rest on against all programs",
    ),
    "bugs": (
        misrepaired, "hold repairs of bugs that everybody knows against all sets of changes",
    ),
    "beginnings": (
        first_differences, "compare the first states of specs that make them in many ways",
    ),
    "runs": (
        run_differences,
        "compare verdicts on runs that never end, and the lassos that are shown, with brute force",
    ),
    "reduced": (
        reduced_differences, "leave out what can be left out, and compare with the whole space",
    ),
    "disk": (
        disk_differences,
        "compare a search whose older states lie on disk with one that has all in memory",
    ),
    "steer": (
        missteered, "steer the processes of specs, and hold what comes of it against the model",
    ),
}  # fmt: skip
"""What can be compared."""


def problems(text: str, compare: Compare = differences) -> list[str]:
    """What the two disagree about in a spec's text; a crash is a disagreement as well.

    Raises SkippedError where the spec is too large, SpecError where it is wrong.
    """
    subject: Any = text if compare in (misadvised, misrepaired) else load_text(text)
    try:
        with ending_after(LONGEST):
            return compare(subject)
    except SkippedError:
        raise
    except LateError as late:
        frames = traceback.extract_tb(late.__traceback__)
        if not any("model_check" in Path(each.filename).parts for each in frames):
            raise SkippedError from None  # it is the judge that takes so long
        return ["crash: " + traceback.format_exc(limit=-3)]
    except Exception:
        return ["crash: " + traceback.format_exc(limit=-3)]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--specs", type=int, help="enough of them; without it, time is the bound")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    for name, (compare, told) in WAYS.items():
        parser.add_argument(
            f"--{name}", dest="compare", action="store_const", const=compare,
            default=differences, help=told,
        )  # fmt: skip
    parser.add_argument("--faults", action="store_true", help="let something go wrong in each spec")
    parser.add_argument("--beside", action="store_true", help="do several things at once in each")
    parser.add_argument("--unions", action="store_true", help="use unions in each")
    parser.add_argument("--wide", action="store_true", help="have long values in each")
    asked = parser.parse_args()
    # Nobody comes back to a random spec.
    os.environ[CACHE_SWITCH] = "off"
    end = time.monotonic() + asked.seconds
    counts: Counter[str] = Counter()
    of_kinds: Counter[str] = Counter()
    last = asked.first
    made = union_spec if asked.unions else beside_spec if asked.beside else None
    made = random_wide if asked.wide else made
    for seed, text in _texts(asked.compare, asked.first, faults=asked.faults, made=made):
        if time.monotonic() > end or counts["alike"] == asked.specs:
            break
        result, kinds = _one(seed, text, asked.compare)
        counts[result] += 1
        of_kinds.update(kinds)
        last = seed
    print(f"seeds {asked.first} to {last}: {_counted(counts)}")
    if of_kinds:
        print(f"of those that were compared: {_counted(of_kinds)}")
    return 1 if counts["different"] else 0


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{n} {what}" for what, n in sorted(counts.items()))


def _texts(
    compare: Compare, first: int, *, faults: bool, made: Callable[[int], str] | None
) -> Iterator[tuple[int, str]]:
    """Specs for a comparison, each with its seed; `faults`: something may go wrong in them;
    `made`: by what; None: as suits the comparison."""
    wanted = made
    if compare is native_differences and wanted is None:
        for number, (seed, text) in enumerate(drawn_specs(first)):
            yield seed, with_faults(text, number) if faults else text
    made = random_race if compare is disagreements else random_spec
    if compare is mistold:
        made = random_calm if faults else random_reason
    if compare is misadvised:
        made = random_advice
    if compare is misrepaired:
        made = random_bug
    if compare is first_differences:
        made = random_beginning
    if compare is run_differences:
        made = random_runs
    if compare is missteered:
        made = random_steered
    if compare is disk_differences:
        made = random_reducible
    if compare is reduced_differences:
        made = small_reducible if faults else random_reducible
    made = wanted or made
    if faults:
        made = faulty(made)
    for seed in count(first):
        yield seed, made(seed)


def _one(seed: int, wild: str, compare: Compare) -> tuple[str, tuple[str, ...]]:
    """What came of a spec, and of which kinds it is."""
    text = repaired(wild)
    if text is None:
        return "without a right spec", ()
    if text.count("\n") > MOST_LINES:
        return "too large", ()
    try:
        found = problems(text, compare)
    except NoMachineError as error:
        print(f"--- seed {seed}: not compared, for want of room on this machine: {error}")
        return "without room on this machine", ()
    except SkippedError:
        return "too large", ()
    kinds = found.kinds if isinstance(found, Differing) else ()
    kinds = (*kinds, *constructs_of(load_text(text)))
    if not found:
        return "alike", kinds
    small = shrunk(text, _still_differs(found, compare, time.monotonic() + SHRINKING))
    print(
        f"--- seed {seed}", *found, "--- smallest spec", small, *problems(small, compare), sep="\n"
    )
    sys.stdout.flush()
    return "different", kinds


def _still_differs(found: list[str], compare: Compare, end: float) -> Callable[[str], bool]:
    wanted = _topics(found)

    def differs(text: str) -> bool:
        if time.monotonic() > end:
            return False
        try:
            return bool(_topics(problems(text, compare)) & wanted)
        except (SkippedError, SpecError):
            return False

    return differs


def _topics(found: list[str]) -> set[str]:
    """What problems are about, so that shrinking does not end at another one."""
    return {each.partition(":")[0] for each in found[:2]}


if __name__ == "__main__":
    sys.exit(main())
