"""What was measured, as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from .rows import Row

__all__ = [
    "LARGE", "TITLES", "Ratios", "between", "markdown", "ratios", "speed_up", "times", "told",
]  # fmt: skip

TITLES = {
    "python": "Python",
    "native 1": "native, 1 worker",
    "native 2": "native, 2 workers",
    "spin": "SPIN, 1 core",
}
LARGE = 1_000_000
"""States from which on memory is that of the states, not of Python and LLVM."""
HEADS = (
    ("engine", 18), ("states/s", 12), ("a CPU s", 12), ("bytes/state", 12), ("compile", 9),
    ("search", 9), ("process", 9),
)  # fmt: skip


def told(row: Row) -> Iterator[str]:
    """The lines of one row: its space, its engines, and how they compare."""
    constants = " ".join(f"{name}={value}" for name, value in row.constants.items())
    yield (
        f"{row.family} {constants}: {row.states:,} states, {row.transitions:,} transitions, "
        f"depth {row.depth}, {row.bits} bits in {8 * row.words} bytes; no violation"
    )
    yield "  " + "".join(
        f"{head:{'<' if head == 'engine' else '>'}{width}}" for head, width in HEADS
    )
    for engine in row.engines:
        values = (
            f"{row.states / engine.wall:,.0f}", f"{row.states / engine.cpu:,.0f}",
            f"{engine.memory / row.states:,.0f}" if row.states >= LARGE else "-",
            f"{engine.compile:.2f} s" if engine.compile else "-",
            f"{engine.wall:.2f} s", f"{engine.process:.2f} s",
        )  # fmt: skip
        cells = zip(values, HEADS[1:], strict=True)
        yield f"  {TITLES[engine.name]:18}" + "".join(f"{v:>{w}}" for v, (_, w) in cells)
    compared = ratios(row)
    if compared is not None:
        yield (
            f"  SPIN's time to ours, 1 worker: warm {times(compared.warm)} (CPU time of the search "
            f"alone; {times(compared.fresh)} in fresh memory),"
        )
        yield (
            f"    cold {times(compared.cold)} (CPU time of whole processes), with gcc "
            f"{times(compared.with_gcc)}"
        )
    if row.engine("native 2") is not None:
        yield f"  2 workers to 1: {speed_up(row):.2f} by the clock"


def times(ratio: float) -> str:
    """A ratio with as many digits as it is worth."""
    return f"{ratio:.1f}" if ratio >= 1 else f"{ratio:.2f}"


@dataclass(frozen=True, slots=True)
class Ratios:
    """How often our time goes into SPIN's, with one worker. `warm`: CPU time of the search
    alone, in memory that is there; `fresh`: in memory that the system must clear first;
    `cold`: of whole processes, without `gcc`; `with_gcc`: SPIN pays for compiling as we do.
    CPU time, because the clock of a busy machine tells of its other work."""

    warm: float
    fresh: float
    cold: float
    with_gcc: float


def ratios(row: Row) -> Ratios | None:
    """How a row's engines compare; None where SPIN did not run."""
    ours, spin = row.engine("native 1"), row.engine("spin")
    if ours is None or spin is None:
        return None
    return Ratios(
        spin.cpu / ours.cpu,
        spin.cpu / ours.fresh,
        spin.process_cpu / ours.process_cpu,
        (spin.process_cpu + spin.compile) / ours.process_cpu,
    )


def speed_up(row: Row) -> float:
    """How much faster two workers search than one, by the clock."""
    one, two = row.engine("native 1"), row.engine("native 2")
    if one is None or two is None:
        raise ValueError("a row has both")
    return one.wall / two.wall


def markdown(
    heads: Iterable[str], rows: Iterable[Iterable[str]], measured_with: Mapping[str, str]
) -> Iterator[str]:
    """The lines of a page's table, and what was measured with."""
    heads = tuple(heads)
    yield f"| {' | '.join(heads)} |"
    yield f"| --- |{' --: |' * (len(heads) - 1)}"
    for cells in rows:
        yield f"| {' | '.join(cells)} |"
    yield ""
    tools = (f"{name}: {value}" for name, value in measured_with.items())
    yield f"Measured with {'; '.join(tools)}."


def between(page: str, begin: str, end: str, lines: Iterable[str]) -> str:
    """A page with other lines between two marks."""
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    text = "".join(f"{line}\n" for line in lines)
    return f"{before}{begin}{text}{end}{after}"
