"""Random times, in the restricted Python that `explore.native.restricted` compiles.

Whole numbers alone, so that Python and the processor compute the same. An exponential time is drawn
by comparing (von Neumann, Various techniques used in connection with random digits, 1951): uniform
numbers fall one after the other, from x on, an odd number of times with the probability exp(-x).
A normal one is made of such comparisons, too (Karney, Sampling exactly from the normal
distribution, ACM Transactions on Mathematical Software 42, 2016, algorithm N). Both are exact but
for what is less than 2 ** -32 of a mean or a deviation.
"""

from __future__ import annotations

from ...explore.native.words import load, store
from ...explore.walks.draws import next_draw
from .places import (
    DRAW,
    EXPONENTIAL,
    FIXED,
    LISTED,
    MASK,
    NORMAL,
    SCALE,
    SHIFT,
    TIME,
    TIMES,
    UNIFORM,
)

__all__ = ["INLINED", "TIME_CONSTANTS"]

INLINED = ("drawn",)
"""Put in where it is called; the others are functions of their own."""

LOW = 4294967295
LOWER = 2147483647
HALF = 2147483648
TIME_CONSTANTS = {"LOW": LOW, "LOWER": LOWER, "HALF": HALF}


def drawn(run: int) -> int:
    """32 random bits."""
    draw = next_draw(load(run + DRAW))
    store(run + DRAW, draw)
    return (draw & LOW) ^ (draw >> 32)


def drawn_wide(run: int) -> int:
    """63 random bits."""
    high = drawn(run)
    return ((high >> 1) << 32) | drawn(run)


def drawn_below(run: int, count: int, mask: int) -> int:
    """A number from 0 to before `count`, each as likely; `mask`: all bits of `count - 1`."""
    found = count
    while found >= count:
        found = drawn(run)
        if mask > LOW:
            found = ((found >> 1) << 32) | drawn(run)
        found = found & mask
    return found


def drawn_time(run: int, clock: int) -> int:
    """How long a clock runs this time."""
    kind = load(clock + TIME)
    shift = load(clock + SHIFT)
    if kind == FIXED:
        return shift
    scale = load(clock + SCALE)
    if kind == EXPONENTIAL:
        return scaled(scale, exponential(run))
    if kind == UNIFORM:
        return shift + drawn_below(run, scale, load(clock + MASK))
    if kind == LISTED:
        return load(load(clock + TIMES) + drawn_below(run, scale, load(clock + MASK)) * 8)
    if kind == NORMAL:
        found = -1
        while found < 0:
            found = scaled(scale, normal(run))
            if drawn(run) & 1:
                found = 0 - found
            found = found + shift
        return found
    return 0


def scaled(scale: int, number: int) -> int:
    """`scale` times a number that counts in parts of 2 ** 32."""
    part = number & LOW
    whole = scale * (number >> 32)
    return whole + (((scale >> 31) * part) >> 1) + (((scale & LOWER) * part) >> 32)


def exponential(run: int) -> int:
    """An exponential time of mean 1, in parts of 2 ** 32."""
    whole = 0
    while whole >= 0:
        first = drawn(run)
        if falls_odd(run, first):
            return (whole << 32) | first
        whole = whole + 1
    return 0


def falls_odd(run: int, first: int) -> int:
    """Whether numbers that fall, this the first, are odd in number: with the probability of e to
    the power of minus the first one."""
    last = first
    odd = 1
    falling = 1
    while falling:
        following = drawn(run)
        if following < last:
            last = following
            odd = odd ^ 1
        else:
            falling = 0
    return odd


def normal(run: int) -> int:
    """How far off its mean a normal number is, in parts of 2 ** 32 of its deviation."""
    while run:
        whole = 0
        while falls_odd(run, HALF):
            whole = whole + 1
        taken = 1
        left = whole * (whole - 1)
        while left > 0:
            left = left - 1
            if falls_odd(run, HALF) == 0:
                taken = 0
                left = 0
        if taken:
            part = drawn(run)
            left = whole + 1
            while left > 0:
                left = left - 1
                if is_near(run, whole, part) == 0:
                    taken = 0
                    left = 0
            if taken:
                return (whole << 32) | part
    return 0


def is_near(run: int, whole: int, part: int) -> int:
    """1 with the probability of e to the power of minus x (2 k + x) / (2 k + 2): k is `whole`, and
    x the `part`."""
    last = part
    even = 1
    falling = 1
    while falling:
        falling = 0
        following = drawn(run)
        if following < last:
            last = following
            one_of = (drawn(run) * (2 * whole + 2)) >> 32
            if one_of < 2 * whole:
                falling = 1
            if one_of == 2 * whole:  # noqa: SIM102
                if drawn(run) < part:
                    falling = 1
            even = even ^ falling
    return even
