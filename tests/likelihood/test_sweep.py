"""A time that is swept: it keeps its form, and its mean is what was asked."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from model_check.language.source.diagnostics import Position, Source, SpecError
from model_check.language.tree.timing import (
    MOST_TIME,
    Distribution,
    Exponential,
    Fixed,
    FromLog,
    Normal,
    StepTime,
    Uniform,
)
from model_check.likelihood.sweep import Sweep, mean_of, read_sweep, with_mean

MS = 1_000_000
AT = Position(Source("spec.yaml", ""), 1, 1)
SWEEP = read_sweep("gateway.subscribe=1ms..50ms")


def entry(time: Distribution | None, number: int | None = None, every: bool = False) -> StepTime:
    chance = Fraction(1, 2) if every else None
    return StepTime("gateway", number, "subscribe", time, every, chance, "as written", AT)


def test_a_sweep_names_a_step_and_two_times() -> None:
    assert (SWEEP.low, SWEEP.high) == (MS, 50 * MS)
    assert SWEEP.step.name == "gateway.subscribe"
    one = read_sweep("gateway[1].subscribe = 500us..2ms")
    assert (one.step.number, one.low, one.high) == (1, 500_000, 2 * MS)
    assert read_sweep("gateway=1..2s").step.label == ""
    assert read_sweep("news.disconnects[gateway]=1..2h").step.label == "disconnects[gateway]"


def test_a_sweep_goes_from_a_time_to_a_longer_one_and_no_further_than_any_may() -> None:
    with pytest.raises(SpecError, match="the second time is the longer one"):
        read_sweep("gateway=5ms..5ms")
    assert read_sweep("gateway=0ms..8796.093022208s").high == MOST_TIME
    with pytest.raises(SpecError, match="this time is too long"):
        read_sweep("gateway=0ms..8796.093022209s")


def test_its_times_are_as_many_as_asked_with_both_ends() -> None:
    assert SWEEP.times(50) == tuple(n * MS for n in range(1, 51))
    assert SWEEP.times(2) == (MS, 50 * MS)
    few = Sweep(SWEEP.step, 1, 3)
    assert few.times(9) == (1, 2, 3)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Fixed(5 * MS), Fixed(20 * MS)),
        (None, Fixed(20 * MS)),
        (Fixed(0), Fixed(20 * MS)),
        (Uniform(0, 10 * MS), Uniform(0, 40 * MS)),
        (Uniform(2 * MS, 8 * MS), Uniform(8 * MS, 32 * MS)),
        (Exponential(3 * MS), Exponential(20 * MS)),
        (Normal(10**6 * MS, MS), Normal(20 * MS, 20)),
        (FromLog((MS, 3 * MS)), FromLog((10 * MS, 30 * MS))),
        (FromLog((0, 0)), Fixed(20 * MS)),
    ],
)
def test_a_time_keeps_its_form(before: Distribution | None, after: Distribution) -> None:
    (found,) = with_mean([entry(before)], SWEEP, 20 * MS)
    assert found.time == after
    assert found.text == "as written"


def test_a_mean_of_nothing_is_no_time() -> None:
    (found,) = with_mean([entry(Exponential(MS))], SWEEP, 0)
    assert found.time == Fixed(0)


def test_a_normal_time_that_is_cut_off_has_the_mean_that_was_asked() -> None:
    (found,) = with_mean([entry(Normal(MS, 4 * MS))], SWEEP, 20 * MS)
    assert isinstance(found.time, Normal)
    assert found.time.deviation == pytest.approx(4 * found.time.mean, rel=1e-5)
    chance = random.Random(1)
    drawn: list[float] = []
    while len(drawn) < 200_000:
        value = chance.gauss(found.time.mean, found.time.deviation)
        if value >= 0:
            drawn.append(value)
    assert sum(drawn) / len(drawn) == pytest.approx(20 * MS, rel=0.01)
    assert float(mean_of(found.time)) == pytest.approx(20 * MS, rel=1e-5)


def test_what_else_is_said_of_a_step_stays() -> None:
    (found,) = with_mean([entry(Fixed(MS), every=True)], SWEEP, 7 * MS)
    assert (found.every, found.chance, found.time) == (True, Fraction(1, 2), Fixed(7 * MS))


def test_one_instance_is_swept_apart_and_takes_its_form_from_all() -> None:
    one = read_sweep("gateway[1].subscribe=1ms..5ms")
    of_all = entry(Exponential(MS))
    others, found = with_mean([of_all], one, 4 * MS)
    assert others == of_all
    assert (found.number, found.time) == (1, Exponential(4 * MS))
    apart = entry(Fixed(9 * MS), number=1)
    kept, all_of_them = with_mean([of_all, apart], SWEEP, 4 * MS)
    assert kept == apart
    assert (all_of_them.number, all_of_them.time) == (None, Exponential(4 * MS))


def test_a_time_that_would_be_too_long_is_refused() -> None:
    long = Sweep(SWEEP.step, MS, MOST_TIME)
    assert with_mean([entry(Fixed(MS))], long, MOST_TIME)
    with pytest.raises(SpecError, match=r"--sweep:1:1: .*takes too long where it takes longest"):
        with_mean([entry(Uniform(0, MS))], long, MOST_TIME)
