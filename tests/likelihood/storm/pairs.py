"""A model in PRISM's language, and the same as a spec."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Pair:
    """`formulas`: of each property of the spec, PRISM's formula of how likely it is broken."""

    name: str
    prism: str
    spec: str
    formulas: Mapping[str, str]


def spec_of(
    name: str,
    processes: str,
    timing: Mapping[str, str],
    never: Mapping[str, str],
    above: str = "",
) -> str:
    """The text of a spec of these processes, with `never` as its properties."""
    times = "".join(f"  {step}: {time}\n" for step, time in timing.items())
    asked = "".join(f"  {each}:\n    never: {text}\n" for each, text in never.items())
    return f"model: {name}\n{above}processes:\n{processes}properties:\n{asked}timing:\n{times}"
