"""Small models of what times mean, and random ones, in PRISM's language and as specs."""

from __future__ import annotations

import random
from collections.abc import Iterator

from likelihood.storm.pairs import Pair, spec_of


def models() -> Iterator[Pair]:
    for top, up, down in ((3, 10, 20), (6, 30, 10), (12, 7, 9)):
        yield ruin(top, up, down)
    yield from (waits(5, 3, 8), waits(2, 9, 4))
    yield from (again(10, 3), again(4, 11))
    yield from (begins(20, 5), begins(3, 8))
    yield from (retries(30), retries(5))
    for seed in range(10):
        yield random_rates(seed)
    for seed in range(8):
        yield random_chances(seed)


def ruin(top: int, up: int, down: int) -> Pair:
    """Two processes that pull, until one has won."""
    prism = f"""\
ctmc
module m
    n : [0..{top}] init 1;
    [] n>0 & n<{top} -> 1/{up} : (n'=n+1);
    [] n>0 & n<{top} -> 1/{down} : (n'=n-1);
endmodule
"""
    spec = spec_of(
        "ruin",
        f"""\
  up:
    run: |
      while True:
          wins:
              await 0 < n < {top}
              n += 1
  down:
    run: |
      while True:
          loses:
              await 0 < n < {top}
              n -= 1
""",
        {"up.wins": f"exp {up}ms", "down.loses": f"exp {down}ms"},
        {"won": f"n == {top}", "lost": "n == 0"},
        f"vars:\n  n: 0..{top} = 1\n",
    )
    formulas = {"won": f"P=? [F n={top}]", "lost": "P=? [F n=0]"}
    return Pair(f"ruin-{top}", prism, spec, formulas)


def waits(work: int, ready: int, other: int) -> Pair:
    """A step whose time is over before it can come, comes as soon as it can."""
    prism = f"""\
ctmc
module m
    open : bool init false;
    over : bool init false;
    done : [0..2] init 0;
    [] !open -> 1/{work} : (open'=true) & (done'=over?1:0);
    [] !over & !open -> 1/{ready} : (over'=true);
    [] open & done=0 -> 1/{ready} : (done'=1);
    [] open & done=0 -> 1/{other} : (done'=2);
endmodule
"""
    spec = spec_of(
        "waits",
        """\
  opener:
    run: |
      opens: open = True
      other: if first == 0: first = 2
  waiter:
    run: |
      goes:
          await open
          if first == 0: first = 1
""",
        {
            "opener.opens": f"exp {work}ms", "opener.other": f"exp {other}ms",
            "waiter.goes": f"exp {ready}ms",
        },
        {"one": "first == 1", "two": "first == 2"},
        "vars:\n  open: bool\n  first: 0..2 = 0\n",
    )  # fmt: skip
    formulas = {"one": "P=? [F done=1]", "two": "P=? [F done=2]"}
    return Pair(f"waits-{work}", prism, spec, formulas)


def again(every: int, between: int) -> Pair:
    """What comes `every` so often counts from when it came, whatever its process does meanwhile;
    the first time, it comes at once."""
    prism = f"""\
ctmc
module clock
    n : [1..4] init 1;
    waits : bool init false;
    over : bool init false;
    [] n<4 & !waits & !over -> 1/{every} : (over'=true);
    [] n<4 & !waits & !over -> 1/{between} : (waits'=true);
    [] n<4 & !waits & over -> 1/{between} : (n'=n+1) & (over'=false);
    [] n<4 & waits -> 1/{every} : (n'=n+1) & (waits'=false);
endmodule
module other
    beats : bool init false;
    [] !beats -> 1/30 : (beats'=true);
endmodule
"""
    spec = spec_of(
        "again",
        """\
  clock:
    run: |
      for n in range(1, 5):
          tick: if n == 4 and first == 0: first = 1
          works: pass
  other:
    run: |
      beats: if first == 0: first = 2
""",
        {
            "clock.tick": f"every exp {every}ms", "clock.works": f"exp {between}ms",
            "other.beats": "exp 30ms",
        },
        {"ticks": "first == 1", "beaten": "first == 2"},
        "vars:\n  first: 0..2 = 0\n",
    )  # fmt: skip
    formulas = {"ticks": "P=? [!beats U n=4]", "beaten": "P=? [n<4 U beats]"}
    return Pair(f"again-{every}", prism, spec, formulas)


def begins(begin: int, work: int) -> Pair:
    """Two alike that begin some time after the run does, against one that is there at once."""
    prism = f"""\
ctmc
module late1
    a : [0..2];
    [] a=0 -> 1/{begin} : (a'=1);
    [] a=1 -> 1/{work} : (a'=2);
endmodule
module late2 = late1 [a=b] endmodule
module soon
    c : [0..1];
    [] c=0 -> 1/{begin} : (c'=1);
endmodule
"""
    spec = spec_of(
        "begins",
        """\
  late:
    count: 2
    run: |
      works: if first == 0: first = 1
  soon:
    run: |
      works: if first == 0: first = 2
""",
        {"late": f"exp {begin}ms", "late.works": f"exp {work}ms", "soon.works": f"exp {begin}ms"},
        {"late": "first == 1", "soon": "first == 2"},
        "vars:\n  first: 0..2 = 0\n",
    )
    formulas = {"late": "P=? [c=0 U (a=2 | b=2)]", "soon": "P=? [(a<2 & b<2) U c=1]"}
    return Pair(f"begins-{begin}", prism, spec, formulas)


def retries(percent: int) -> Pair:
    """An attempt takes time and may fail; there is a deadline, and three attempts at most."""
    prism = f"""\
ctmc
module worker
    n : [0..3] init 0;
    ok : bool init false;
    [] n<3 & !ok -> 1/20 * {percent}/100 : (n'=n+1);
    [] n<3 & !ok -> 1/20 * {100 - percent}/100 : (ok'=true);
endmodule
module deadline
    late : bool init false;
    [] !late -> 1/50 : (late'=true);
endmodule
"""
    spec = spec_of(
        "retries",
        """\
  worker:
    vars: {n: 0..3 = 0, ok: bool}
    run: |
      while n < 3 and not ok:
          tries: pass
          either:
              fails:
                  n += 1
                  if n == 3 and ends == 0: ends = 1
          or:
              succeeds:
                  ok = True
                  if ends == 0: ends = 2
  deadline:
    run: |
      is_over: if ends == 0: ends = 3
""",
        {
            "worker.tries": "exp 20ms", "worker.fails": f"{percent}%",
            "worker.succeeds": f"{100 - percent}%", "deadline.is_over": "exp 50ms",
        },
        {"gave_up": "ends == 1", "sent": "ends == 2", "late": "ends == 3"},
        "vars:\n  ends: 0..3 = 0\n",
    )  # fmt: skip
    formulas = {
        "gave_up": "P=? [!late U n=3]", "sent": "P=? [!late U ok]",
        "late": "P=? [(n<3 & !ok) U late]",
    }  # fmt: skip
    return Pair(f"retries-{percent}", prism, spec, formulas)


def random_rates(seed: int) -> Pair:
    """States by number, each with a race to some others; from the last two nothing leads on."""
    source = random.Random(f"rates {seed}")
    count = source.randint(5, 12)
    jumps: list[tuple[int, int, int]] = []
    for state in range(count - 2):
        others = [each for each in range(count) if each != state]
        targets = {*source.sample(others, source.randint(1, 3)), (state + 1) % count}
        jumps += [(state, each, source.randint(1, 1000)) for each in sorted(targets)]
    commands = "".join(f"    [] s={a} -> 1/{mean} : (s'={b});\n" for a, b, mean in jumps)
    prism = f"ctmc\nmodule m\n    s : [0..{count - 1}];\n{commands}endmodule\n"
    steps = [
        f"              go_{a}_{b}:\n                  await s == {a}\n                  s = {b}\n"
        for a, b, _ in jumps
    ]
    spec = spec_of(
        "random",
        f"  walker:\n    vars: {{s: 0..{count - 1} = 0}}\n    run: |\n"
        f"      while s < {count - 2}:\n          either:\n" + "          or:\n".join(steps),
        {f"walker.go_{a}_{b}": f"exp {mean}us" for a, b, mean in jumps},
        {"last": f"walker.s == {count - 1}", "passed": "walker.s == 2"},
    )
    formulas = {"last": f"P=? [F s={count - 1}]", "passed": "P=? [F s=2]"}
    return Pair(f"rates-{seed}", prism, spec, formulas)


def branch(state: int, last: int) -> str:
    """The head of the branch for a state, of an `if` over all of them up to `last`."""
    if state == last > 0:
        return "else"
    return f"{'elif' if state else 'if'} s == {state}"


def random_chances(seed: int) -> Pair:
    """States by number, each with chances of some others; from the last two nothing leads on."""
    source = random.Random(f"chances {seed}")
    count = source.randint(4, 9)
    commands = loop = ""
    timing: dict[str, str] = {}
    for state in range(count - 2):
        others = [each for each in range(count) if each not in (state, state + 1)]
        targets = [state + 1, *source.sample(others, min(len(others), source.randint(1, 2)))]
        cuts = sorted(source.sample(range(1, 100), len(targets) - 1))
        chances = [b - a for a, b in zip([0, *cuts], [*cuts, 100], strict=True)]
        parts = [f"{p}/100 : (s'={t})" for p, t in zip(chances, targets, strict=True)]
        commands += f"    [] s={state} -> {' + '.join(parts)};\n"
        loop += f"          {branch(state, count - 3)}:\n              either:\n"
        loop += "              or:\n".join(
            f"                  go_{state}_{each}: s = {each}\n" for each in targets
        )
        for chance, each in zip(chances, targets, strict=True):
            timing[f"walker.go_{state}_{each}"] = f"{chance}%"
    prism = (
        f"dtmc\nmodule m\n    s : [0..{count - 1}];\n{commands}"
        f"    [] s>={count - 2} -> 1 : true;\nendmodule\n"
    )
    spec = spec_of(
        "random",
        f"  walker:\n    vars: {{s: 0..{count - 1} = 0}}\n    run: |\n"
        f"      while s < {count - 2}:\n{loop}",
        timing,
        {"last": f"walker.s == {count - 1}", "passed": "walker.s == 1"},
    )
    formulas = {"last": f"P=? [F s={count - 1}]", "passed": "P=? [F s=1]"}
    return Pair(f"chances-{seed}", prism, spec, formulas)
