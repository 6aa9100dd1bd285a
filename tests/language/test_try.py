"""`try` and `disconnects`: what is read, what is refused, and what is warned of."""

from __future__ import annotations

from pathlib import Path

import pytest
from model_check.language import Spec, SpecError, load
from model_check.language.tree import statements as stmts

SPEC = """\
model: m
resources:
  bell: {kind: "redis.pubsub[0..1]"BELL}
  jobs: {kind: "queue[0..1]"JOBS}
vars: {x: 0..9}
processes:
  p:
    WORKER
    vars: {seen: 0..9}
    run: |
      RUN
"""
TRY = "try:\n          a: bell.publish(1)\n      except disconnected:\n          b: pass"


def spec(**parts: str) -> str:
    text = SPEC.replace("RUN", parts.get("run", TRY))
    for name in ("BELL", "JOBS", "WORKER"):
        text = text.replace(name, parts.get(name.lower(), ""))
    return "\n".join(line for line in text.splitlines() if line.strip()) + "\n"


def loaded(folder: Path, text: str, *, faults: bool = True) -> Spec:
    path = folder / "m.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path, faults=faults)


def told(folder: Path, text: str) -> list[str]:
    """The mistakes and warnings of a spec, each with its place and hint."""
    try:
        found = loaded(folder, text).warnings
    except SpecError as error:
        found = tuple(error.diagnostics)
    return [
        f"{each.position.line}:{each.position.column}: {each.message} ({each.hint})"
        for each in found
        if "nobody reads" not in each.message
    ]


BREAKS = ", disconnects: 1"
CATCHES = "`except` is followed by disconnected, refused or changed"
WHAT = (
    "it catches a connection that breaks, or a command that the server answers with an"
    " error, or a transaction whose watched keys were touched"
)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (
            {"run": TRY.replace("disconnected", "ValueError")},
            f"12:14: {CATCHES} ({WHAT})",
        ),
        (
            {"run": TRY.replace("disconnected", "disconnceted")},
            f"12:14: {CATCHES} (did you mean disconnected?)",
        ),
        (
            {"run": TRY.replace(" disconnected", "")},
            f"12:7: {CATCHES} ({WHAT})",
        ),
        (
            {"run": f"{TRY}\n      except disconnected:\n          c: pass"},
            "14:7: this is caught already, in the `except` above ()",
        ),
        (
            {"run": f"{TRY}\n      else:\n          c: pass"},
            "14:7: `try` has no `else` (put it at the end of what is tried)",
        ),
        (
            {"run": f"{TRY}\n      finally:\n          c: pass"},
            "14:7: `finally` is not part of the language ()",
        ),
        (
            {"run": "try:\n          a: bell.publish(1)\n      c: pass"},
            "10:7: `try:` needs an `except disconnected:` under it ()",
        ),
        (
            {"run": "a: pass\n      except disconnected:\n          b: pass"},
            "11:7: `except` without `try` before it ()",
        ),
        ({"run": f"c: {TRY}"}, "10:10: `try` takes no label (label what is in it)"),
        (
            {"run": "c:\n          try:\n              a: bell.publish(1)\n"
             "          except disconnected:\n              b: pass"},
            "11:11: try stands around steps, not in one (label the steps inside it instead)",
        ),
        (
            {"run": TRY.replace("bell.publish(1)", "x = 1")},
            "10:7: no command is called in this try: nothing is raised "
            "(put the steps in it that call one)",
        ),
        (
            {"run": TRY},
            "10:7: nothing in this try is ever disconnected "
            "(disconnects: 1 says that a connection to bell may break)",
        ),
        (
            {"run": TRY.replace("bell.publish(1)", "jobs.put(1)"), "bell": BREAKS},
            "10:7: nothing in this try is ever disconnected "
            "(none of what it calls has a connection)",
        ),
        (
            {"jobs": BREAKS},
            "4:31: a queue has no connection that could break "
            "(its kind does not say what becomes of it then (disconnected))",
        ),
        (
            {"bell": ", disconnects: -1"},
            "constant out of range: disconnects is -1 (0 to 1,000, or true: as often as it can)",
        ),
        (
            {"bell": ", disconects: 1"},
            "unknown key in the resource bell: disconects (did you mean disconnects?)",
        ),
        (
            {"worker": "keeps: [seen]", "bell": BREAKS},
            "p keeps seen, and never crashes (crashes: 1 says that it may)",
        ),
        (
            {"run": "try:\n          a: bell.publish(1)\n          while True:\n"
             "              s: bell.publish(1)\n      except disconnected:\n          while True:\n"
             "              t: pass\n      c: pass", "bell": BREAKS},
            "17:7: this is never reached (what stands before it goes on for ever or leaves)",
        ),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_told_at_its_place(
    tmp_path: Path, parts: dict[str, str], message: str
) -> None:
    found = told(tmp_path, spec(**parts))
    assert len(found) == 1, found
    assert message in found[0], found


@pytest.mark.parametrize(
    "parts",
    [
        {"bell": BREAKS},
        {"bell": ", disconnects: 0"},
        {"bell": BREAKS, "worker": "keeps: [seen]", "run": "a: bell.publish(1)"},
        {"bell": BREAKS, "worker": "keeps: [seen]", "run": TRY.replace("pass", "bell.publish(1)")},
    ],
)
def test_what_makes_sense_is_not_warned_of(tmp_path: Path, parts: dict[str, str]) -> None:
    assert told(tmp_path, spec(**parts)) == []


def test_control_may_leave_what_is_tried_and_what_catches(tmp_path: Path) -> None:
    run = (
        "while True:\n          try:\n              for n in range(2):\n"
        "                  a: bell.publish(n)\n              break\n"
        "          except disconnected:\n              continue\n      c: pass"
    )
    found = loaded(tmp_path, spec(bell=BREAKS, run=run)).process("p")
    assert found.crashes is None
    loop, step = found.run
    assert isinstance(loop, stmts.While)
    assert isinstance(step, stmts.Step)
    (tried,) = loop.body
    assert isinstance(tried, stmts.Try)
    assert isinstance(tried.body[1], stmts.Break)
    assert isinstance(tried.handlers[0][1][0], stmts.Continue)


def test_a_handler_without_a_step_makes_no_silent_round(tmp_path: Path) -> None:
    run = "while True:\n          try:\n              a: bell.publish(1)\n" + (
        "          except disconnected:\n              if seen > 0:\n                  b: pass"
    )
    assert told(tmp_path, spec(bell=BREAKS, run=run)) == []
    silent = run.replace("a: bell.publish(1)", "if seen > 0:\n                  a: bell.publish(1)")
    assert told(tmp_path, spec(bell=BREAKS, run=silent)) == [
        "10:7: a round of this loop can pass without any step "
        "(put a step on every path through it, or label the while)"
    ]


def test_without_faults_nothing_breaks_and_nothing_is_warned_of(tmp_path: Path) -> None:
    found = loaded(tmp_path, spec(bell=BREAKS), faults=False)
    assert found.resource("bell").disconnects is None
    assert [each.message for each in found.warnings if "disconnected" in each.message] == []
