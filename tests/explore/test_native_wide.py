"""Values of hundreds and thousands of bits: compiled code against the portable engine.

`python -m tests.fuzz --native --wide` goes on with other seeds.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from fuzz.compare import SkippedError, native_differences
from fuzz.repair import load_text, repaired
from fuzz.wide_specs import random_wide
from model_check.explore.native import multiword_values
from model_check.explore.native.compiled import QUICK, Code
from model_check.explore.native.expressions import ExpressionWriter
from model_check.explore.native.multiword_values import MultiwordWriter
from model_check.explore.native.ranges import Interval, interval_of
from model_check.explore.search import SearchOptions, explore
from model_check.language import load
from model_check.machine.ir import BitCount, Const, Expr, Local, Operation, Operator, Select
from model_check.machine.ir_builder import apply

SEEDS = (0, 1, 3, 4, 6, 8, 10, 11)

# --- one operation after the other ---------------------------------------------------------------

EDGES = (1, 63, 64, 65, 127, 128, 129, 192, 200, 320, 321, 700)
OPERATORS: Sequence[Operator] = (
    "+", "-", "*", "<<", ">>", "&", "|", "^", "==", "!=", "<", "<=", ">", ">=",
)  # fmt: skip


class _Drawn:
    """A random expression over some locals, with the values that these have."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.values: dict[str, int] = {}

    def number(self) -> int:
        bits = self.draw.choice(EDGES)
        value = self.draw.choice((self.draw.getrandbits(bits), (1 << bits) - 1, 1 << (bits - 1), 0))
        return -value if self.draw.random() < 0.2 else value

    def local(self) -> Local:
        name = f"v{len(self.values)}"
        self.values[name] = self.number()
        return Local(name)

    def count(self) -> Expr:
        name = f"k{len(self.values)}"
        self.values[name] = self.draw.choice((0, 1, 5, 63, 64, 65, 128, 130, 300, 900))
        return self.draw.choice((Local(name), Const(self.values[name])))

    def expr(self, depth: int) -> Expr:
        draw = self.draw
        if depth == 0 or draw.random() < 0.1:
            return draw.choice((self.local(), Const(self.number())))
        if draw.random() < 0.1:
            return Select(self.expr(1), self.expr(depth - 1), self.expr(depth - 1))
        if draw.random() < (0.6 if depth > 2 else 0.2):
            # What is read of a packed list, and what is put into one.
            few = Const((1 << draw.choice((1, 5, 64, 100, 127))) - 1)
            if draw.random() < 0.5:
                return Operation("&", Operation(">>", self.expr(depth - 1), self.count()), few)
            put = Operation("<<", draw.choice((few, self.expr(0))), self.count())
            return Operation(draw.choice(("|", "^", "&")), self.expr(depth - 1), put)
        if draw.random() < 0.1:
            divisor = Select(Operation("==", other := self.local(), Const(0)), Const(-7), other)
            return Operation(draw.choice(("//", "%")), self.expr(depth - 1), divisor)
        operator = draw.choice(OPERATORS)
        if operator in ("<<", ">>"):
            return Operation(operator, self.expr(depth - 1), self.count())
        if operator == "&" and draw.random() < 0.5:
            return Operation("&", self.expr(depth - 1), Const((1 << draw.choice(EDGES)) - 1))
        return Operation(operator, self.expr(depth - 1), self.expr(depth - 1))


def value_of(expr: Expr, values: dict[str, int]) -> int:
    """What Python gives."""
    match expr:
        case Const(value):
            return value
        case Local(name):
            return values[name]
        case Operation(operator, left, right):
            return apply(operator, value_of(left, values), value_of(right, values))
        case Select(test, then, orelse):
            return value_of(then if value_of(test, values) else orelse, values)
        case BitCount(value):
            return value_of(value, values).bit_count()


def compiled(exprs: Sequence[Expr], values: dict[str, int], known: dict[str, Interval]) -> int:
    """How many of some expressions have other values in compiled code, each in its own locals and
    given back to a local that it may be read from."""
    writer = ExpressionWriter(known)
    for name, value in values.items():
        writer.let(name, Const(value))
        writer.release()
    wrong = "0"
    for number, expr in enumerate(exprs):
        name = f"r{number}"
        writer.let(name, Const(0))
        writer.let(name, expr)
        writer.release()
        differs = writer.truth(Operation("!=", Local(name), Const(value_of(expr, values))))
        wide = writer.compute(f"zext i1 {differs} to i64")
        wrong = writer.compute(f"add i64 {wrong}, {wide}")
        writer.release()
    text = [
        *writer.constants, "define i64 @wrong() {", "entry:", *writer.allocas, *writer.lines,
        f"  ret i64 {wrong}", "}",
    ]  # fmt: skip
    code = Code(QUICK, "\n".join(text))
    return code.function("wrong", 0)()


def wrong_of(seed: int) -> int:
    """How many of some random expressions have other values in compiled code."""
    drawn = _Drawn(seed)
    exprs = [drawn.expr(3) for _ in range(30)]
    known: dict[str, Interval] = {}
    for name, value in drawn.values.items():
        # As wide as the value needs, or wider, or of either sign.
        more = drawn.draw.choice((value, 1 << drawn.draw.choice(EDGES)))
        if name[0] == "k":
            known[name] = (0, drawn.draw.choice((value, 1000)))
            continue
        known[name] = (min(value, drawn.draw.choice((0, value, -more))), max(value, more))
    for number, expr in enumerate(exprs):
        known[f"r{number}"] = interval_of(expr, known)
        low, high = known[f"r{number}"]
        known[f"r{number}"] = (min(low, 0), max(high, 0))
    return compiled(exprs, drawn.values, known)


@pytest.mark.parametrize("seed", range(12))
def test_long_numbers_are_computed_as_python_computes_them(seed: int) -> None:
    assert wrong_of(seed) == 0


def test_bits_are_put_in_place_and_read_again() -> None:
    known = {"x": (0, (1 << 300) - 1), "k": (0, 299)}
    values = {"x": 1 << 299 | 5, "k": 130}
    writer = ExpressionWriter(known)
    writer.let("x", Const(values["x"]))
    writer.let("k", Const(values["k"]))
    put = Operation("<<", Const(0b1011), Local("k"))
    writer.let("x", Operation("|", Local("x"), put))
    writer.let("x", Operation("^", Local("x"), Operation("&", Local("x"), put)))
    writer.let("x", Operation("|", Operation(">>", Local("x"), Const(1)), put))
    count = writer.lower(writer.expr(BitCount(Local("x"))), 64)
    text = ["define i64 @f() {", *writer.allocas, *writer.lines, f"  ret i64 {count}", "}"]
    code = Code(QUICK, "\n".join([*writer.constants, *text]))
    expected = values["x"]
    expected |= 0b1011 << 130
    expected ^= expected & (0b1011 << 130)
    expected = expected >> 1 | 0b1011 << 130
    assert code.function("f", 0)() == expected.bit_count()


# --- whole specs ---------------------------------------------------------------------------------


def differences(seed: int, workers: Sequence[int] = (1,)) -> list[str]:
    text = repaired(random_wide(seed))
    assert text is not None
    return native_differences(load_text(text), workers=workers)


@pytest.mark.parametrize("seed", SEEDS)
def test_specs_of_wide_values_are_explored_alike(seed: int) -> None:
    assert differences(seed, (1, 2) if seed % 4 == 0 else (1,)) == []


def is_seen() -> bool:
    """Whether some of the specs, or the expressions, shows a mistake that was put in."""
    if any(wrong_of(seed) for seed in range(6)):
        return True
    for seed in SEEDS:
        try:
            if differences(seed):
                return True
        except SkippedError:
            continue
    return False


def _without_second_word(right: Callable[..., str]) -> Callable[..., str]:
    return lambda self, name, *given: right(self, "xor" if name == "or" else name, *given)


def _moved_fetch(right: Callable[..., str]) -> Callable[..., str]:
    def wrong(self: MultiwordWriter, whole: object, count: str, index: int = 0) -> str:
        return right(self, whole, count, index + (index > 0))

    return wrong


@pytest.mark.parametrize(
    ("name", "mistake"),
    [
        ("call", _without_second_word),
        ("bits_at", _moved_fetch),
        ("fill", lambda right: lambda self, number: "0"),
        ("masked", lambda right: lambda self, a, mask, found: right(self, a, mask, (0, 1 << 60))),
        ("upper", lambda right: lambda self, value: "0"),
    ],
)
def test_a_mistake_in_long_numbers_is_seen(
    monkeypatch: pytest.MonkeyPatch, name: str, mistake: Callable[..., Callable[..., str]]
) -> None:
    right = getattr(MultiwordWriter, name)
    monkeypatch.setattr(MultiwordWriter, name, mistake(right))
    assert is_seen()


def test_a_wrong_size_of_long_numbers_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    right = multiword_values.words_for
    monkeypatch.setattr(multiword_values, "words_for", lambda each: right((each[0], each[1] >> 1)))
    assert is_seen()


@pytest.mark.parametrize(
    "run",
    [
        "while True:\n    add:\n        n = choose(range(3000))\n"
        "        await n % 1000 == 7\n        s.add(n)",
        "while True:\n    either:\n        put: s = s | {2999, n}\n    or:\n"
        "        next: n = (n * 2 + 1) % 3000 if n < 4 else 0\n    or:\n"
        "        take:\n            n = choose(s)\n            s.remove(n)",
    ],
)
def test_a_set_of_thousands_is_compiled(tmp_path: Path, run: str) -> None:
    path = tmp_path / "made.yaml"
    lines = "\n".join("      " + line for line in run.split("\n"))
    path.write_text(
        f"model: made\nvars: {{n: 0..2999, s: 'set[0..2999]'}}\n"
        f"processes:\n  p:\n    run: |\n{lines}\n",
        "utf-8",
    )
    spec = load(path)
    spaces = [explore(spec, options=SearchOptions(engine=each)) for each in ("python", "native")]
    assert list(spaces[0].states) == list(spaces[1].states)
    assert spaces[0].transitions == spaces[1].transitions
    assert spaces[0].errors == spaces[1].errors
