"""What a simulation was, and what it is worth, in words: the terminal, the page and a notebook's
cell say the same."""

from __future__ import annotations

from ...results.check import PropertyResult, SpaceSummary
from ...results.simulation import SimulationSummary
from ...verify.show import printable
from .columns import counted

__all__ = ["share_text", "simulated_text", "simulation_texts", "walks_text"]

NAMES_TOLD = 12
"""Steps that no walk took which are named."""


def simulated_text(found: SimulationSummary) -> str:
    """How much was walked: `20,000 walks at random (seed 0), 438,737 steps, the longest 25`."""
    return (
        f"{counted(found.walks, 'walk')} at random (seed {found.seed}), "
        f"{counted(found.steps, 'step')}, the longest walk {found.longest:,}"
    )


def walks_text(result: PropertyResult, space: SpaceSummary) -> str:
    """On how many walks a property was violated, or shown to be possible; "" where nobody counted,
    or nothing was seen."""
    found = space.simulation
    if found is None or not result.walks or result.verdict == "undetermined":
        return ""
    told = "possible" if result.form.somewhere else "violated"
    share = share_text(result.walks, found.walks)
    return f"{told} on {result.walks:,} of {counted(found.walks, 'walk')} ({share})"


def share_text(part: int, whole: int) -> str:
    """A part of a whole: `49 %`, `0.03 %`; not rounded to none or all where it is neither."""
    percent = 100 * part / max(whole, 1)
    if part in (0, whole):
        return f"{percent:.0f} %"
    if percent < 0.001:
        return "below 0.001 %"
    if percent > 99.9:
        return "above 99.9 %"
    return f"{percent:.2g} %" if percent < 10 else f"{percent:.3g} %"


def simulation_texts(found: SimulationSummary) -> list[str]:
    """What it is worth, a sentence or two each."""
    ended = [
        (found.final, "ended with every process done or at rest"),
        (found.deadlocks, "ended in a deadlock"),
        (found.failed, "ended with a run-time error"),
        (found.outside, "left what `within` bounds"),
        (found.cut, f"{'was' if found.cut == 1 else 'were'} cut off after {found.depth:,} steps"
                    " (--depth)"),
        (found.limited, f"met a limit of this tool: {printable(found.limit)}"),
    ]  # fmt: skip
    told = "; ".join(f"{count:,} {text}" for count, text in ended if count)
    faults = "; how often something goes wrong is drawn for each walk" if found.faults else ""
    texts = [
        "This was a simulation: walks at random, each step drawn evenly from those that can be "
        f"taken{faults}. That no walk violates a property says nothing of other runs.",
        f"Of {counted(found.walks, 'walk')}, {told}." if told else "No walk came to an end.",
    ]
    if found.late_steps:
        texts.append(
            f"About {counted(found.states, 'different state')} {_were(found.states)} seen; of the"
            f" last {counted(found.late_steps, 'step')}, {_late_text(found)}."
        )
    if found.untaken:
        texts.append(_untaken_text(found))
    return texts


def _late_text(found: SimulationSummary) -> str:
    """How many of the late steps led to something new."""
    if not found.late_states:
        return "hardly any led to one that was new"
    share = share_text(min(found.late_states, found.late_steps), found.late_steps)
    return f"{share if share.startswith('below') else f'about {share}'} led to one that was new"


def _untaken_text(found: SimulationSummary) -> str:
    names = [f"{printable(each.name)} (line {each.line})" for each in found.untaken]
    more = f" and {len(names) - NAMES_TOLD:,} more" if len(names) > NAMES_TOLD else ""
    return f"No walk took {', '.join(names[:NAMES_TOLD])}{more}."


def _were(count: int) -> str:
    return "was" if count == 1 else "were"
