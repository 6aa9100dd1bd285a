"""Random numbers of walks, in the restricted Python that `native.restricted` compiles: plain Python
takes the same walks, for it runs the same functions.

A walk has a stream of its own, made of a seed and the number of the walk, so that it is the same,
whoever takes it, and whatever other walks there are. The stream is a multiply-with-carry generator
(Marsaglia, Random number generators, Journal of Modern Applied Statistical Methods 2, 2003): of a
state the upper 31 bits are carried, and the lower 32, mixed with them, are the number drawn. The
first state is mixed from seed and number by a finalizer (Wellons, Prospecting for hash functions,
2018). No number here is negative, nor larger than 63 bits: Python and the processor compute the
same.
"""

from __future__ import annotations

__all__ = [
    "DRAW_CONSTANTS", "INLINED", "below", "fault_rate", "first_draw", "is_fault", "mixed",
    "next_draw",
]  # fmt: skip

INLINED = ("mixed", "first_draw", "next_draw", "below", "fault_rate", "is_fault")
"""Put in where they are called."""

LOW = 4294967295
CARRIED = 2147483085  # times 2 ** 32, less 1, a safe prime: half of that is the period
ONE = 569420461  # odd numbers, so that what is mixed is told apart by its place
TWO = 1935289751
THREE = 1402024253
MIX = 2146121005  # 0x7feb352d and 0x846ca68b: see Wellons
REMIX = 2221713035

RATES = 8  # of faults: every second step, every fourth, ... every 256th
OFTEN = 2147483648  # of 2 ** 32: every second step

DRAW_CONSTANTS = {
    name: value
    for name, value in dict(globals()).items()
    if name.isupper() and isinstance(value, int)
}
"""All of them, for the compiler."""


def mixed(number: int) -> int:
    """32 well mixed bits of 32 bits."""
    number = number ^ (number >> 16)
    number = (number * MIX) & LOW
    number = number ^ (number >> 15)
    number = (number * REMIX) & LOW
    return number ^ (number >> 16)


def first_draw(seed: int, walk: int) -> int:
    """Where the stream of a walk begins; nothing is drawn yet."""
    low = mixed((seed & LOW) ^ ONE)
    low = mixed(low ^ ((seed >> 32) & LOW))
    low = mixed((low + (walk & LOW)) & LOW)
    low = mixed(low ^ ((walk >> 32) & LOW))
    high = mixed((low + TWO) & LOW)
    # The carry is below the multiplier, and 0 only with a number that is not.
    return ((high % (CARRIED - 1) + 1) << 32) | mixed(high ^ THREE)


def next_draw(draw: int) -> int:
    """The next state of a stream."""
    return (draw & LOW) * CARRIED + (draw >> 32)


def below(draw: int, count: int) -> int:
    """Of a state that was drawn: a number from 0 to before `count`, which is at most 2 ** 31; each
    as likely as the others, but for `count` in 2 ** 32."""
    return (((draw & LOW) ^ (draw >> 32)) * count) >> 32


def fault_rate(draw: int) -> int:
    """Of a state that was drawn: how often something goes wrong in a walk, of 2 ** 32. Nobody knows
    how long a walk is when what goes wrong tells most, so that differs from walk to walk."""
    return OFTEN >> below(draw, RATES)


def is_fault(draw: int, rate: int) -> int:
    """Of a state that was drawn: whether something goes wrong now, if something can."""
    return ((draw & LOW) ^ (draw >> 32)) < rate
