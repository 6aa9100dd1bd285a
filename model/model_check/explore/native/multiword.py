"""Numbers of several 64-bit words, in the restricted Python that `restricted` compiles.

A number is its words in memory, the lowest first, in two's complement, or without a sign where it
is never negative. `fill` is what stands beyond its last word: 0, or -1 for a negative one. What
machines compute with such numbers calls these: packed lists and sets are mostly read and written
a few bits at a time.
"""

from __future__ import annotations

from .words import SIGN, load, logical, population, store, trailing

__all__ = ["INLINED"]

INLINED = ("multi_word", "multi_fetch", "multi_below")
"""Put in where they are called; the others are functions of their own."""


def multi_word(number: int, words: int, fill: int, index: int) -> int:
    """One word; beyond the last, what fills."""
    if index < words:
        return load(number + index * 8)
    return fill


def multi_fetch(number: int, words: int, fill: int, shift: int) -> int:
    """64 bits, from bit number `shift` on."""
    index = logical(shift, 6)
    bits = shift & 63
    low = multi_word(number, words, fill, index)
    high = multi_word(number, words, fill, index + 1)
    return logical(low, bits) | ((high << 1) << (63 - bits))


def multi_or(number: int, words: int, shift: int, value: int) -> int:
    """Put the one bits of a 64-bit number into another, from bit number `shift` on."""
    index = logical(shift, 6)
    bits = shift & 63
    place = number + index * 8
    if index < words:
        store(place, load(place) | (value << bits))
    if index + 1 < words:
        store(place + 8, load(place + 8) | logical(logical(value, 1), 63 - bits))
    return 0


def multi_xor(number: int, words: int, shift: int, value: int) -> int:
    """Turn the bits that a 64-bit number has, from bit number `shift` on."""
    index = logical(shift, 6)
    bits = shift & 63
    place = number + index * 8
    if index < words:
        store(place, load(place) ^ (value << bits))
    if index + 1 < words:
        store(place + 8, load(place + 8) ^ logical(logical(value, 1), 63 - bits))
    return 0


def multi_copy(number: int, words: int, fill: int, target: int, wanted: int) -> int:
    """The number in so many words; they may be its own."""
    i = 0
    while i < wanted:
        store(target + i * 8, multi_word(number, words, fill, i))
        i += 1
    return 0


def multi_left(source: int, words: int, fill: int, shift: int, target: int, wanted: int) -> int:
    """`number << shift`; it may be put in its own place."""
    index = logical(shift, 6)
    bits = shift & 63
    i = wanted - 1
    while i >= 0:
        low = 0
        high = 0
        if i >= index:
            high = multi_word(source, words, fill, i - index)
        if i > index:
            low = multi_word(source, words, fill, i - index - 1)
        store(target + i * 8, (high << bits) | logical(logical(low, 1), 63 - bits))
        i -= 1
    return 0


def multi_right(source: int, words: int, fill: int, shift: int, target: int, wanted: int) -> int:
    """`number >> shift`; it may be put in its own place."""
    i = 0
    while i < wanted:
        store(target + i * 8, multi_fetch(source, words, fill, shift + i * 64))
        i += 1
    return 0


def multi_both(a: int, b: int, target: int, words: int) -> int:
    """`a & b`."""
    i = 0
    while i < words * 8:
        store(target + i, load(a + i) & load(b + i))
        i += 8
    return 0


def multi_either(a: int, b: int, target: int, words: int) -> int:
    """`a | b`."""
    i = 0
    while i < words * 8:
        store(target + i, load(a + i) | load(b + i))
        i += 8
    return 0


def multi_unlike(a: int, b: int, target: int, words: int) -> int:
    """`a ^ b`."""
    i = 0
    while i < words * 8:
        store(target + i, load(a + i) ^ load(b + i))
        i += 8
    return 0


def multi_below(a: int, b: int) -> int:
    """Whether one word is less than another, without signs."""
    return (a ^ SIGN) < (b ^ SIGN)


def multi_add(a: int, b: int, target: int, words: int) -> int:
    """`a + b`."""
    carry = 0
    i = 0
    while i < words * 8:
        first = load(a + i)
        part = first + load(b + i)
        whole = part + carry
        carry = multi_below(part, first) | multi_below(whole, part)
        store(target + i, whole)
        i += 8
    return 0


def multi_subtract(a: int, b: int, target: int, words: int) -> int:
    """`a - b`."""
    borrow = 0
    i = 0
    while i < words * 8:
        first = load(a + i)
        part = first - load(b + i)
        whole = part - borrow
        borrow = multi_below(first, part) | multi_below(part, whole)
        store(target + i, whole)
        i += 8
    return 0


def multi_product(a: int, b: int) -> int:
    """The upper 64 bits of the product of two words without signs."""
    a_low = a & 4294967295
    a_high = logical(a, 32)
    b_low = b & 4294967295
    b_high = logical(b, 32)
    middle = a_high * b_low + logical(a_low * b_low, 32)
    other = a_low * b_high + (middle & 4294967295)
    return a_high * b_high + logical(middle, 32) + logical(other, 32)


def multi_multiply(a: int, b: int, target: int, words: int) -> int:
    """`a * b`, in as many words; not in the place of either."""
    i = 0
    while i < words:
        store(target + i * 8, 0)
        i += 1
    i = 0
    while i < words:
        first = load(a + i * 8)
        carry = 0
        j = 0
        while i + j < words:
            second = load(b + j * 8)
            place = target + (i + j) * 8
            before = load(place)
            part = before + first * second
            whole = part + carry
            carry = multi_product(first, second) + multi_below(part, before)
            carry += multi_below(whole, part)
            store(place, whole)
            j += 1
        i += 1
    return 0


def multi_negate(number: int, words: int) -> int:
    """Turn the sign of a number."""
    carry = 1
    i = 0
    while i < words * 8:
        whole = (load(number + i) ^ -1) + carry
        carry = carry & (whole == 0)
        store(number + i, whole)
        i += 8
    return 0


def multi_divide(a: int, b: int, quotient: int, rest: int, words: int) -> int:
    """`a // b` and `a % b` of two numbers with signs, which are lost; bit by bit."""
    a_sign = load(a + words * 8 - 8) < 0
    b_sign = load(b + words * 8 - 8) < 0
    if a_sign:
        multi_negate(a, words)
    if b_sign:
        multi_negate(b, words)
    i = 0
    while i < words * 8:
        store(quotient + i, 0)
        store(rest + i, 0)
        i += 8
    i = words * 64 - 1
    while i >= 0:
        multi_left(rest, words, 0, 1, rest, words)
        word = logical(i, 6) * 8
        store(rest, load(rest) | (logical(load(a + word), i & 63) & 1))
        if multi_less(rest, b, words, SIGN) == 0:
            multi_subtract(rest, b, rest, words)
            store(quotient + word, load(quotient + word) | (1 << (i & 63)))
        i -= 1
    if a_sign != b_sign:
        # Python rounds down.
        if multi_some(rest, words):
            multi_subtract(b, rest, rest, words)
            i = 0
            carry = 1
            while i < words * 8:
                whole = load(quotient + i) + carry
                carry = carry & (whole == 0)
                store(quotient + i, whole)
                i += 8
        multi_negate(quotient, words)
    if b_sign:
        multi_negate(rest, words)
    return 0


def multi_equal(a: int, b: int, words: int) -> int:
    """Whether two numbers are the same."""
    i = 0
    while i < words * 8:
        if load(a + i) != load(b + i):
            return 0
        i += 8
    return 1


def multi_less(a: int, b: int, words: int, flip: int) -> int:
    """Whether one number is less than another; `flip`: SIGN where neither has a sign, else 0."""
    i = words * 8 - 8
    first = load(a + i) ^ flip
    second = load(b + i) ^ flip
    while i > 0:
        if first != second:
            return first < second
        i -= 8
        first = load(a + i) ^ SIGN
        second = load(b + i) ^ SIGN
    return first < second


def multi_some(number: int, words: int) -> int:
    """Whether a number is not 0."""
    i = 0
    while i < words * 8:
        if load(number + i) != 0:
            return 1
        i += 8
    return 0


def multi_count(number: int, words: int) -> int:
    """How many bits are one, of a number that is not negative."""
    found = 0
    i = 0
    while i < words * 8:
        found += population(load(number + i))
        i += 8
    return found


def multi_next(number: int, words: int, start: int, none: int) -> int:
    """The first one bit from `start` on, of a number that is not negative, or `none`."""
    index = logical(start, 6)
    if index >= words:
        return none
    rest = load(number + index * 8) & (-1 << (start & 63))
    while rest == 0:
        index += 1
        if index >= words:
            return none
        rest = load(number + index * 8)
    return index * 64 + trailing(rest)


def multi_take(state: int, words: int, offset: int, width: int, target: int) -> int:
    """Read so many bits of a state of so many words, from one on."""
    i = 0
    left = width
    while left > 0:
        word = multi_fetch(state, words, 0, offset + i * 64)
        if left < 64:
            word = word & logical(-1, 64 - left)
        store(target + i * 8, word)
        left -= 64
        i += 1
    return 0


def multi_put(state: int, offset: int, width: int, source: int) -> int:
    """Write so many bits of a state, from one on."""
    i = 0
    left = width
    bits = offset & 63
    while left > 0:
        mask = -1
        if left < 64:
            mask = logical(-1, 64 - left)
        value = load(source + i * 8) & mask
        place = state + (logical(offset, 6) + i) * 8
        store(place, (load(place) & ((mask << bits) ^ -1)) | (value << bits))
        over = logical(logical(mask, 1), 63 - bits)
        if over != 0:
            above = logical(logical(value, 1), 63 - bits)
            store(place + 8, (load(place + 8) & (over ^ -1)) | above)
        left -= 64
        i += 1
    return 0
