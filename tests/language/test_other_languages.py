"""What people write who come from Python and its client libraries: each is told what to write
instead; and the short forms that they try first."""

from __future__ import annotations

from pathlib import Path

import pytest
from model_check.language import SpecError, load
from model_check.verify.checking import check_spec

SPEC = """\
model: m
types: {Job: 1..2}
resources:
  cache:
    kind: redis.string[bool]
vars:
  v: bool
  items: list[Job]
  table: dict[Job, int]
  flags: dict[0..2, bool]
processes:
  other:
    vars:
      queue: list[Job]
    run: |
      take: queue = []
  p:
    vars:
      x: bool?
    run: |
"""


def told(folder: Path, text: str) -> list[str]:
    path = folder / "m.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SpecError) as error:
        load(path)
    return [f"{each.message} ({each.hint})" for each in error.value.diagnostics]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("a: cache.get(ex=60)", "cache.get has no parameter ex (a model has no clock: "),
        ("a: x = await cache.get()", "await is a statement of its own (a command waits by itself"),
        ("a: return", "return stands in the commands of a kind only (a process ends behind"),
        ("a: v = choose(bool)", "bool is a type, and no value ([False, True] are all of it)"),
        (
            "a: table = {j: 0 for j in range(2)}",
            "the keys of a dict are all values of a type (for j in Job",
        ),
        (
            "a: table = {j: 0 for j in [1, 2]}",
            "the keys of a dict are all values of a type (for j in Job",
        ),
        (
            "a: flags = {i: v for i in range(3)}",
            "the keys of a dict are all values of a type (give the"
            " key's type a name, types: {Key: 0..2}, and write for i in Key)",
        ),
        (
            "a: table = {j + 1: 0 for j in Job}",
            "the key is the loop's variable, j (write {j: ... for j in Job}",
        ),
        (
            "a: v = all(n == 0 for n in table)",
            "`for` goes through a list or a set, this is "
            "dict[1..2, int] (a dict has all its keys: for k in T, with the type T of the key)",
        ),
        (
            "a: v = any(i == 0 for i in 0..3)",
            "a range such as 0..9 is a type, not an expression ("
            "numbers from 0 on are range(0, ...), or a type that has a name)",
        ),
        ("a: sleep(1)", "no such function: sleep (no time passes in a model"),
        ("a: print(v)", "no such function: print (a trace shows every change"),
        ("a: items.insert(0, 1)", "list[1..2] has no insert() (items = [x] + items"),
        ("a: items.remove(1)", "list[1..2] has no remove() (items = [x for x in items if x != y])"),
        ("a: v = table.get(1) == 0", "dict[1..2, int] has no get() (a dict has all its keys"),
        ("a: v = 1 in table", "in looks into a list or a set, this is dict[1..2, int] (a dict has"),
        ("a: other.queue.append(1)", "queue belongs to other: only other changes it (make it a"),
        ("a: other.queue = [1]", "queue belongs to other: only other changes it (make it a shared"),
        ("a: other = 1", "other is a process: it cannot be set ()"),
        ("a: cache.publish(True)", "redis.string[bool] has no command publish (there is get, set"),
    ],
)
def test_a_line_of_python_is_answered_with_what_to_write(
    tmp_path: Path, line: str, message: str
) -> None:
    assert told(tmp_path, f"{SPEC}      {line}\n")[0].startswith(message)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["with cache:", "    a: v = True"], "the only `with` is `with atomic:` (a lock is taken"),
        (["a:", "    while not v:", "        pass"], "a step cannot loop with while (`await x`"),
    ],
)
def test_a_block_of_python_is_answered_as_well(
    tmp_path: Path, lines: list[str], message: str
) -> None:
    text = SPEC + "".join(f"      {line}\n" for line in lines)
    assert told(tmp_path, text)[0].startswith(message)


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ("s: str", "no such type: str (there are no texts in a model: enum(hello, bye)"),
        ("s: float", "no such type: float (numbers are integers"),
        ("s: {kind: enum(a, b)}", "this `(` is never closed (in a [list] or {mapping} on one line"),
    ],
)
def test_a_type_of_python_is_answered_with_one_of_a_model(
    tmp_path: Path, declared: str, message: str
) -> None:
    text = f"model: m\nvars:\n  {declared}\nprocesses: {{p: {{run: 'a: pass'}}}}\n"
    assert told(tmp_path, text)[0].startswith(message)


def test_a_kind_and_what_always_holds_can_stand_alone(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(
        "model: m\nresources:\n  cache: redis.string[0..1]\nvars: {n: 0..1}\n"
        "processes:\n  p:\n    run: |\n      a: cache.set(1)\n      b: n += 1\n"
        "properties:\n  small: n <= 1\n  none: cache.value is None\n",
        encoding="utf-8",
    )
    found = check_spec(load(path))[1].results
    assert {each.name: (each.kind, each.verdict) for each in found[:2]} == {
        "small": ("always", "holds"), "none": ("always", "violated"),
    }  # fmt: skip


def test_a_dict_is_a_finite_type_like_others(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(
        "model: m\ntypes: {D: 'dict[1..2, bool]'}\nvars:\n  d: D\n  seen: set[D]\n"
        "  times: 'dict[D, 0..3]'\nprocesses:\n  p:\n    run: |\n      a: d = choose(D)\n"
        "      for each in D:\n          b:\n              seen.add(each)\n"
        "              times[each] += 1\n"
        "properties:\n  every: {finally: 'seen == set(D) and all(times[x] == 1 for x in D)'}\n"
        "  mine: {finally: d in seen}\n  few: {always: len(seen) < 3}\n",
        encoding="utf-8",
    )
    space, judgement = check_spec(load(path))
    assert len(space.states) == 1 + 4 * 5
    verdicts = {each.name: each.verdict for each in judgement.results}
    assert (verdicts["every"], verdicts["mine"], verdicts["few"]) == ("holds", "holds", "violated")
    trace = next(each.trace for each in judgement.results if each.name == "few")
    assert trace is not None
    assert str(trace.steps[1].event) == "p.b[{1: False, 2: False}]"
    (seen,) = trace.steps[1].state.variables["seen"]
    assert seen == {1: False, 2: False}
