"""Random specs whose every choice Hypothesis makes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from .specs import spec_text

__all__ = ["SPECS", "drawn_specs"]

SPECS = st.randoms(use_true_random=False).map(spec_text)
"""Texts of specs."""
BATCH = 25
"""Specs of one run of Hypothesis; it draws some of them twice."""


def drawn_specs(first: int) -> Iterator[tuple[int, str]]:
    """Different specs without end, each with the number that its run of Hypothesis began
    with: the same `first` gives the same ones."""
    known: set[str] = set()
    for number in count(first):
        for text in _batch(number):
            if text not in known:
                known.add(text)
                yield number, text


def _batch(number: int) -> list[str]:
    texts: list[str] = []

    @seed(number)
    @settings(
        max_examples=BATCH, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(SPECS)
    def keep(text: str) -> None:
        texts.append(text)

    keep()
    return texts
