"""Commands that a server refuses, and transactions that fail: what of them makes no sense."""

from __future__ import annotations

from pathlib import Path

import pytest
from model_check import check
from model_check.language import SpecError, load

KIND = """\
my.box:
  parameters: [T]
  joins: box
  state: {value: T?}
  commands:
    put:
      parameters: {new: T}
      run: |
        if value is not None:
            refuse "FULL there is something in it"
        value = new
      wire: PUT {key} {new}
      answer: OK
    look:
      run: return value
      wire: LOOK {key}
      answer: "{result}"
"""


def written(folder: Path, run: str, kind: str = KIND, more: str = "") -> Path:
    (folder / "kinds.yaml").write_text(kind, encoding="utf-8")
    path = folder / "spec.yaml"
    inside = "".join(f"      {line}\n" for line in run.splitlines())
    path.write_text(
        "model: refused\nkinds: kinds.yaml\nresources:\n  box: my.box[1..2]\n"
        "  key: redis.string[0..2]\n"
        f"processes:\n  p:\n{more}    run: |\n{inside}properties:\n  no_deadlock: {{}}\n",
        encoding="utf-8",
    )
    return path


def told(path: Path) -> list[str]:
    """What is wrong, and what is warned of."""
    try:
        found = load(path).warnings
    except SpecError as error:
        found = tuple(error.diagnostics)
    return [f"{each.position.line}: {each.message}" for each in found]


CAUGHT = "try:\n    a: box.put(1)\n    b: box.put(2)\nexcept refused:\n    c: pass"


def test_a_refused_command_does_nothing_and_leads_to_its_handler(tmp_path: Path) -> None:
    result = check(written(tmp_path, CAUGHT), reason=False)
    assert [each.verdict for each in result.properties] == ["holds"] * len(result.properties)
    assert result.space.states == 4


def test_one_that_nobody_catches_is_an_error_told_with_the_words_of_the_server(
    tmp_path: Path,
) -> None:
    result = check(written(tmp_path, "a: box.put(1)\nb: box.put(2)"), reason=False)
    trace = result.trace("no_error")
    assert trace.error == "box.put is refused: FULL there is something in it"
    assert trace.steps[-1].calls[-1].answer == "(error) FULL there is something in it"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "        value = new\n      wire: PUT", "        value = new\n"
            "        if new == 2:\n            refuse \"LATE\"\n      wire: PUT",
            "13: what is refused has changed something before",
        ),
        (
            "        value = new\n      wire: PUT", "            value = new\n      wire: PUT",
            "10: what stands behind refuse is never done",
        ),
        ('refuse "FULL there is something in it"', 'refuse ""', "10: refuse needs the error"),
    ],
)  # fmt: skip
def test_what_a_kind_refuses_makes_sense(tmp_path: Path, old: str, new: str, message: str) -> None:
    (found,) = told(written(tmp_path, CAUGHT, KIND.replace(old, new)))
    assert found.startswith(message)


@pytest.mark.parametrize(
    ("run", "message"),
    [
        ('a: refuse "ERR"', "9: refuse stands in the commands of a kind only"),
        ('refuse "ERR"', "9: refuse stands in the commands of a kind only"),
        ("a: touch", "9: `touch` stands in the commands of a kind only"),
        (
            "a: box.put(1, wait=False)",
            "9: box.put may be refused: FULL there is something in it",
        ),
        (
            "try:\n    a:\n        box.look()\n        box.put(1)\nexcept refused:\n    c: pass",
            "12: box.put() may be refused, and stands beside another command in one step",
        ),
        (
            "try:\n    a: box.look()\nexcept refused:\n    c: pass",
            "9: nothing in this try is ever refused",
        ),
        (
            "try:\n    a: key.get()\nexcept changed:\n    c: pass",
            "9: no transaction in this try watches anything",
        ),
        (
            "a: with atomic(watch=[key]):\n    key.set(1)",
            "9: p never calls key.watch(): nothing is watched",
        ),
        ("a: with atomic(watch=[box]):\n    box.look()", "9: box cannot be watched"),
        ("a: with atomic(watch=[nobody]):\n    box.look()", "9: nobody cannot be watched"),
        ("a: with atomic(key):\n    box.look()", "9: `atomic` names the keys that are watched"),
        ("a: with lock:\n    box.look()", "9: the only `with` is `with atomic:`"),
    ],
)
def test_what_makes_no_sense_is_told_at_its_place(tmp_path: Path, run: str, message: str) -> None:
    assert any(each.startswith(message) for each in told(written(tmp_path, run))), told(
        written(tmp_path, run)
    )


def test_over_a_named_connection_each_transaction_may_fail_and_says_so(tmp_path: Path) -> None:
    run = "a: key.watch()\nb:\n    key.get()\n    key.set(1)"
    assert told(written(tmp_path, run)) == []
    (found,) = told(written(tmp_path, run, more="    connection: main\n"))
    assert found == "11: over the connection main this is a transaction that may fail, too"


def test_a_time_to_live_that_is_never_over_is_warned_of(tmp_path: Path) -> None:
    assert told(written(tmp_path, "a: key.set(1, ex=10)")) == [
        "5: key has a time to live, and it is never over"
    ]
    assert told(written(tmp_path, "a: key.set(1)")) == []
