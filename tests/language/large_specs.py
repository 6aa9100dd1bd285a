"""Specs that are large in one direction: each direction makes the text of one of a size."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["DIRECTIONS"]

INDENT = "    "


def _spec(run: str, *, shared: str = "n: int", extra: str = "", formula: str = "True") -> str:
    lines = "".join(f"      {line}\n" for line in run.splitlines())
    return (
        f"model: large\nvars:\n  {shared}\nprocesses:\n  p:\n    vars:\n      x: 0..5 = 3\n"
        f'    run: |\n{lines}properties:\n  asked: {{always: "{formula}"}}\n{extra}'
    )


def _shared(size: int, kind: str) -> str:
    return "\n  ".join(f"v{i}: {kind}" for i in range(size))


def _nested(opening: str, inside: str, size: int) -> str:
    lines = [f"{INDENT * i}{opening.format(i)}" for i in range(size)]
    return "\n".join([*lines, f"{INDENT * size}{inside}"])


def _chain(size: int, label: str) -> str:
    tests = [f"{'if' if i == 0 else 'elif'} x == {i % 6}:\n{INDENT}{label.format(i)}"
             for i in range(size)]  # fmt: skip
    return "\n".join(tests)


def _within(text: str) -> str:
    return "a:\n" + "\n".join(INDENT + line for line in text.splitlines())


DIRECTIONS: dict[str, Callable[[int], str]] = {
    "single choices in a step": lambda n: _spec(_within("\n".join(["x = choose([1])"] * n))),
    "first values chosen": lambda n: _spec("a: pass", shared=_shared(n, "bool = choose([True])")),
    "elif around steps": lambda n: _spec(_chain(n, "a{}: pass")),
    "elif inside a step": lambda n: _spec(_within(_chain(n, "x = 1"))),
    "elif of a labelled if": lambda n: _spec(
        "a: " + _chain(n, "b{}: pass").replace("\n", "\n    ").replace("\n    elif", "\nelif")
    ),
    "tests one after the other": lambda n: _spec(
        "\n".join(f"if x == {i % 3}:\n    if x == 2:\n        a{i}: pass" for i in range(n // 4))
    ),
    "if in if": lambda n: _spec(_within(_nested("if x > 0:", "x = 1", n))),
    "for in for": lambda n: _spec(_within(_nested("for i{} in range(1):", "x = 1", n))),
    "for in for around a step": lambda n: _spec(_nested("for i{} in range(1):", "a: x = 1", n)),
    "either in either": lambda n: _spec(
        "\n".join(
            f"{INDENT * i}either:\n{INDENT * (i + 1)}a{i}: pass\n{INDENT * i}or:" for i in range(n)
        )
        + f"\n{INDENT * n}b: pass"
    ),
    "branches of an either": lambda n: _spec(
        "either:\n    a: pass\n" + "".join(f"or:\n    b{i}: x = {i % 6}\n" for i in range(n))
    ),
    "variables": lambda n: _spec("a: v0 = 1", shared=_shared(n, "int")),
    "variables that change": lambda n: _spec(
        _within("\n".join(f"v{i} = x" for i in range(n))), shared=_shared(n, "int")
    ),
    "steps": lambda n: _spec("\n".join(f"a{i}: x = {i % 6}" for i in range(n))),
    "statements of a step": lambda n: _spec(_within("\n".join(["x = 5 - x"] * n))),
    "lists in lists": lambda n: _spec("a: pass", shared=f"v: {'list[' * n}0..1{']' * n}"),
    "options in records": lambda n: _spec("a: pass", shared=f"v: '{'{a: ' * n}int?{'}' * n}'"),
    "fields of a record": lambda n: _spec(
        "a: w = v",
        shared="v: '{"
        + ", ".join(f"f{i}: 0..3" for i in range(n))
        + "}'\n  w: '{"
        + ", ".join(f"f{i}: 0..3" for i in range(n))
        + "}'",
        formula="v == w",
    ),
    "members of an enum": lambda n: _spec(
        "a: e = m0",
        shared="e: enum(" + ", ".join(f"m{i}" for i in range(n)) + ")",
    ),
    "keys of a dict": lambda n: _spec(
        "a: d[n] = 1", shared=f"d: dict[0..{n}, int]\n  n: 0..{n}", formula="d[n] < 9"
    ),
    "values of a type": lambda n: _spec(
        "a: n = 1", extra=f"types: {{T: 1..{n}}}\n", formula="all(k > 0 for k in T)"
    ),
    "a wide range": lambda n: _spec("a: m = 1", shared=f"m: 0..{10 ** min(n, 9)}"),
    "operands of and": lambda n: _spec(
        "a: pass", formula=" and ".join(["(n < 9 or 5 // n > 0)"] * n)
    ),
    "summands": lambda n: _spec("a: pass", formula=" + ".join(["n"] * n) + " == 0"),
    "factors": lambda n: _spec("a: n = 3", formula=" * ".join(["n"] * n) + " >= 0"),
    "brackets": lambda n: _spec("a: pass", formula="(" * n + "n" + " + n)" * n + " == 0"),
    "values in values": lambda n: _spec(
        "a: pass", formula="(1 if n == 7 else " * n + "0" + ")" * n + " == 0"
    ),
    "loops in loops": lambda n: _spec(
        "a: pass", formula="all(" * n + "n == 0" + "".join(f" for k{i} in [1])" for i in range(n))
    ),
    "items of a list": lambda n: _spec("a: n = [" + "x, " * n + "1][0]"),
    "items of a set": lambda n: _spec("a: n = len({" + "x, " * n + "1})"),
    "properties": lambda n: _spec(
        "a: pass", extra="".join(f"  q{i}: {{always: n == 0}}\n" for i in range(n))
    ),
    "defines": lambda n: _spec(
        "a: pass",
        extra="define:\n  d0: n\n" + "".join(f"  d{i + 1}: d{i} + d{i}\n" for i in range(n)),
        formula=f"d{n} == 0",
    ),
    "instances": lambda n: (
        _spec("a: pass")
        .replace("    vars:\n", f"    count: {n}\n    vars:\n")
        .replace("a: pass", "await self == 0\n          x = 1")
        .replace("      await", "      a:\n          await")
    ),
    "processes": lambda n: _spec("a: pass").replace(
        "processes:\n",
        "processes:\n" + "".join(f"  q{i}: {{run: 'a: await n > 0'}}\n" for i in range(n)),
    ),
}
