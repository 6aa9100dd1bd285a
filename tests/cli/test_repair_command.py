"""`model-check repair` and `rests-on`: what they print, write and end with."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from unittest.mock import patch

import pytest
from cli_invoke import SPECS, Outcome, invoke, is_of_its_form
from model_check import check, repair, rests_on
from model_check.explore.limits import Limits
from model_check.language.draft import Draft
from model_check.repairs import changes, search
from model_check.results.repair import Repairs

LEGACY, FIX_ATOMIC = SPECS / "legacy.yaml", SPECS / "fix-atomic.yaml"
SMALL = ("--set", "STORED=1", "--set", "TOTAL=2")
"""Where it does not matter how long a stream is."""
COMMAND = (sys.executable, "-c", "from model_check.cli.main import main; main()")


def spec(folder: Path, text: str, name: str = "spec.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def run(tmp_path: Path, *words: object) -> Outcome:
    outcome = invoke(*words, "--out", tmp_path / "out")
    assert "Traceback" not in outcome.err
    return outcome


def applied(diff: list[str]) -> dict[str, str]:
    """What `patch` would make of the files that a unified diff names."""
    files: dict[str, list[str]] = {}
    path, place, shift = "", 0, 0
    for line in diff:
        if line.startswith("+++ "):
            path = line[4:]
            files[path] = Path(path).read_text(encoding="utf-8").split("\n")
            shift = 0
        elif match := re.match(r"@@ -(\d+)", line):
            place = int(match[1]) - 1 + shift
        elif line.startswith("-") and not line.startswith("---"):
            assert files[path].pop(place) == line[1:]
            shift -= 1
        elif line.startswith("+"):
            files[path].insert(place, line[1:])
            place, shift = place + 1, shift + 1
        elif line.startswith(" "):
            assert files[path][place] == line[1:]
            place += 1
    return {name: "\n".join(rows) for name, rows in files.items()}


@pytest.fixture(scope="module", autouse=True)
def honest() -> Iterator[Callable[..., Repairs]]:
    """Many tests are about what becomes of the same repairs: they are searched for once. Gives
    the search that remembers none."""
    honest = search.search_repairs
    known: dict[tuple[object, ...], Repairs] = {}

    def once(draft: Draft, names: Sequence[str], *, limits: Limits, **more: object) -> Repairs:
        key = (draft.sources, *draft.overrides.items(), *names, limits.max_states, more["minimal"])
        if key not in known or limits.budget.timeout is not None:
            known[key] = honest(draft, names, limits=limits, **more)  # type: ignore[arg-type]
        return known[key]

    with patch.object(search, "search_repairs", once):
        yield honest


# --- repairs ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "count", "size", "holding"),
    [
        (("--for", "no_loss"), 2, 2, {"no_loss"}),
        ((), 2, 3, {"no_loss", "no_duplicate", "in_order"}),
        (("--for", "no_loss", *SMALL), 2, 2, {"no_loss"}),
    ],
    ids=["no_loss", "all", "smaller"],
)
def test_every_repair_that_is_printed_is_a_spec_that_passes(
    words: tuple[str, ...], count: int, size: int, holding: set[str], tmp_path: Path
) -> None:
    outcome = run(tmp_path, "repair", LEGACY, *words)
    assert outcome.code == 0
    assert f"{count} smallest repairs among 6 changes: these are all; no set that weighs less" in (
        " ".join(outcome.out.split())
    )
    folder = tmp_path / "out" / "legacy" / "repairs"
    files = [folder / f"repair-{number}.yaml" for number in range(1, count + 1)]
    assert sorted(folder.iterdir()) == [*files, folder / "repairs.json"]
    told = json.loads((folder / "repairs.json").read_text(encoding="utf-8"))
    for path, each in zip(files, told["repairs"], strict=True):
        assert str(path) in "".join(outcome.out.split())
        assert all(change in outcome.out for change in each["changes"])
        assert len(each["changes"]) == size
        result = check(path, reason=False, allow_outside=True)
        assert result.exit_code == 0
        assert {name: result[name].verdict for name in each["verdicts"]} == each["verdicts"]
        assert {name for name in holding if result[name].verdict == "holds"} == holding
        assert all(line in outcome.out for line in each["diff"])
        # The diff makes the same of the broken spec itself.
        ((_, text),) = applied(each["diff"]).items()
        patched = check(spec(tmp_path, text), json_constants(words), reason=False)
        assert {r.name: r.verdict for r in patched} == each["verdicts"]
        assert patched.space.states == each["states"] == result.space.states


def json_constants(words: tuple[str, ...]) -> dict[str, int]:
    return {"STORED": 1, "TOTAL": 2} if "TOTAL=2" in words else {}


def test_a_repair_of_a_variant_shows_the_file_in_which_the_text_stands(tmp_path: Path) -> None:
    outcome = run(tmp_path, "repair", SPECS / "fix-subscribe-first.yaml")
    assert outcome.code == 0
    assert f"+++ {LEGACY}" in outcome.out  # the publisher is inherited
    for number in (1, 2):
        path = tmp_path / "out/fix-subscribe-first/repairs" / f"repair-{number}.yaml"
        assert check(path, reason=False, allow_outside=True).exit_code == 0


def test_comments_and_what_an_alternative_says_are_kept(tmp_path: Path) -> None:
    path = spec(tmp_path, (
        "model: kept\nvars: {open: bool, full: bool}\nprocesses:\n  p:\n    run: |\n"
        "      # opens it\n      go: open = True      # at once\n      put: full = True\n"
        "properties:\n  shut: {never: open and not full}\n"
        "alternatives:\n  'full: from the start':\n    about: Nobody fills it.\n"
        "    vars: {full: bool = True}\n"
    ))  # fmt: skip
    outcome = run(tmp_path, "repair", path)
    assert outcome.code == 0
    first, second = sorted((tmp_path / "out/kept/repairs").glob("*.yaml"))
    text = first.read_text(encoding="utf-8")
    assert (
        "      put: full = True\n      # opens it\n      go: open = True      # at once\n" in text
    )
    assert "  full: bool = True\n" in second.read_text(encoding="utf-8")
    assert "# also changed, see the written spec: vars.full" in outcome.out
    assert [
        check(each, reason=False, allow_outside=True).exit_code for each in (first, second)
    ] == [0, 0]


def test_repairs_of_an_earlier_search_are_removed_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "out" / "legacy" / "repairs"
    folder.mkdir(parents=True)
    for name in ("repair-1.yaml", "repair-7.yaml", "repair-mine.yaml"):
        (folder / name).write_text("mine\n", encoding="utf-8")
    run(tmp_path, "repair", LEGACY, "--for", "no_loss")
    assert sorted(path.name for path in folder.iterdir()) == [
        "repair-1.yaml", "repair-2.yaml", "repair-mine.yaml", "repairs.json",
    ]  # fmt: skip


def test_without_a_repair_the_best_candidate_is_shown_and_the_exit_code_is_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "lock_changes", lambda views: ())  # there is one with a lock
    outcome = run(tmp_path, "repair", SPECS / "fix-append-first.yaml")
    assert outcome.code == 1
    assert "no repair among 4 changes" in outcome.out
    assert "the best set of changes found: gateway: subscribe before read_history" in outcome.out
    assert "no_duplicate and in_order are violated; no_duplicate after 14 steps:" in outcome.out
    assert "PUBLISH chat:stream:{session} 7 -> 1 receiver" in outcome.out


EXAMPLES = SPECS.parent / "docs" / "examples"


@pytest.mark.parametrize(
    ("example", "told", "never"),
    [
        (
            "poll",
            [
                "no change that is looked for can be made, and the spec offers no alternatives",
                "no repair: nothing that is looked for can be changed here",
                "offer it in the spec, under `alternatives`: another program for worker or "
                "customer.",
            ],
            ["among 0 changes", "no set of changes"],
        ),
        (
            "initially",
            [
                "one_token is violated in an initial state:",
                "no repair among 1 change: each spec that it makes violates something",
                "under `alternatives`: other initial values.",
            ],
            ["after 0 steps", "another program", "each set"],
        ),
        (
            "faults",
            [
                "no repair among 1 change: each spec that it makes has a run that violates what "
                "is wanted, and all those found go through worker.take, worker.work, jobs.loses "
                "and 1 other step",
            ],
            ["other initial values"],
        ),
    ],
)
def test_where_there_is_no_repair_it_says_why_and_what_could_be_offered(
    example: str, told: list[str], never: list[str], tmp_path: Path
) -> None:
    outcome = run(tmp_path, "repair", EXAMPLES / f"{example}.yaml")
    assert outcome.code == 1
    text = " ".join(outcome.out.split())
    for each in told:
        assert each in text
    for each in never:
        assert each not in text


BEYOND = """\
model: beyond
vars: {x: 0..2, y: 0..3}
resources:
  s: {kind: 'redis.string[int]', initially: 1, expires: 1}
processes:
  p:
    run: |
      a: x = 1
      b: y = 1
properties:
  impossible: {possible: 1 == 2}
  kept: {always: s.value is not None}
  begun: {never: x == 0}
  placed: {never: "x == 0 and not done(p)"}
  at_last: {finally: y == 3}
"""


def test_what_no_other_program_helps_is_told_apart_and_none_is_offered(tmp_path: Path) -> None:
    spec = tmp_path / "beyond.yaml"
    spec.write_text(BEYOND, encoding="utf-8")
    text = " ".join(run(tmp_path, "repair", spec).out.split())
    assert "begun is violated in an initial state, before any program has done anything." in text
    assert "kept is violated by what may go wrong alone, before any program has done" in text
    assert "impossible is violated whatever is done, for what is asked reads nothing that a" in text
    assert "another program for" not in text
    # Nobody does anything: what is beyond all programs is violated then, too.
    idle = BEYOND.replace("      a: x = 1\n      b: y = 1\n", "      a: pass\n")
    spec.write_text(idle, encoding="utf-8")
    verdicts = check(spec, reason=False)
    assert all(verdicts[name].verdict == "violated" for name in ("impossible", "kept", "begun"))
    # Of these a program might: it says where processes stand, and how runs end.
    spec.write_text(BEYOND.replace("  begun: {never: x == 0}\n", ""), encoding="utf-8")
    for name, offered in (("placed", "another program"), ("at_last", "another program for p"),
                          ("kept", "other initial values, or less that may go wrong")):  # fmt: skip
        outcome = run(tmp_path, "repair", spec, "--for", name)
        assert f"under `alternatives`: {offered}." in " ".join(outcome.out.split())


def test_of_many_steps_that_all_runs_go_through_the_last_are_named_and_the_others_counted(
    tmp_path: Path,
) -> None:
    steps = "\n".join(f"      s{number}: x = {number}" for number in range(1, 6))
    spec = tmp_path / "steps.yaml"
    spec.write_text(
        f"model: steps\nvars: {{x: 0..5, y: 0..1}}\nprocesses:\n  p:\n    run: |\n{steps}\n"
        "  q:\n    run: |\n      t: y = 1\n      u: pass\n"
        "properties:\n  wanted: {finally: x == 0}\n",
        encoding="utf-8",
    )
    text = " ".join(run(tmp_path, "repair", spec).out.split())
    assert "all those found go through p.s5, q.t, q.u and 4 other steps" in text


def test_a_repair_of_one_change_needs_no_word_on_smaller_sets(tmp_path: Path) -> None:
    outcome = run(tmp_path, "repair", EXAMPLES / "lock.yaml")
    assert outcome.code == 0
    text = " ".join(outcome.out.split())
    assert "the only smallest repair among 4 changes (looked for:" in text
    assert "weighs less than 1" not in text


def test_a_spec_that_holds_has_nothing_to_repair(tmp_path: Path) -> None:
    outcome = run(tmp_path, "repair", SPECS / "fix-both.yaml")
    assert outcome.code == 0
    assert "nothing to repair: all that is wanted holds" in outcome.out


@pytest.mark.parametrize("name", ["repair", "rests-on"])
def test_a_limit_ends_undetermined(name: str, tmp_path: Path) -> None:
    outcome = run(tmp_path, name, SPECS / "fix-subscribe-first.yaml", "--timeout", "0")
    assert outcome.code == 3
    assert "the time limit of 0 s was reached" in outcome.out + outcome.err


@pytest.mark.parametrize("name", ["repair", "rests-on"])
def test_mistakes_of_the_command_line_are_told_as_such(name: str, tmp_path: Path) -> None:
    outcome = run(tmp_path, name, LEGACY, "--for", "no_los")
    assert (outcome.code, outcome.out) == (2, "")
    assert "no such property: no_los (did you mean no_loss?)" in outcome.err
    outcome = run(tmp_path, name, SPECS)
    assert (outcome.code, outcome.err) == (2, f"{SPECS}: this is a folder; name one spec\n")
    outcome = run(tmp_path, name, tmp_path / "none.yaml")
    assert outcome.code == 2
    assert "no such file" in outcome.err
    blocked = spec(tmp_path, "", "file")
    outcome = invoke(name, SPECS / "peterson.yaml", "--out", blocked / "out")
    assert outcome.code == 2
    assert "cannot write" in outcome.err


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT to send")
def test_ctrl_c_tells_what_is_known(tmp_path: Path) -> None:
    words = ["repair", str(SPECS / "legacy-two-nodes.yaml"), "--set", "TOTAL=12"]
    with subprocess.Popen(
        [*COMMAND, *words, "--out", str(tmp_path)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        progress = next(line for line in process.stderr if line.startswith("sets of"))
        process.send_signal(signal.SIGINT)
        printed, rest = process.communicate(timeout=120)
    assert re.match(
        r"sets of \d+ of \d+ changes: \d+ explored, \d+ refuted by known traces", progress
    )
    assert process.returncode == 3
    assert "The search was stopped: interrupted." in printed, rest
    assert "Traceback" not in rest


def test_ascii_prints_nothing_else(tmp_path: Path) -> None:
    assert run(tmp_path, "repair", LEGACY, "--for", "no_loss", "--ascii").out.isascii()


# --- what properties rest on --------------------------------------------------------------------


def test_fix_both_rests_on_both_orders(tmp_path: Path) -> None:
    outcome = run(tmp_path, "rests-on", SPECS / "fix-both.yaml")
    assert outcome.code == 0
    told = " ".join(outcome.out.split())
    assert (
        "no_loss holds because ai_service.save precedes publish, and gateway.subscribe precedes "
        "read_history, and gateway.subscribe is acknowledged before what follows it; no other "
        "order of steps within their blocks, and no other acknowledgement, matters"
    ) in told
    assert "with ai_service.publish before save, no_loss is violated after 20 steps:" in told
    assert "with gateway.read_history before subscribe, no_loss is violated after" in told
    assert "no_duplicate, in_order, no_deadlock and no_error hold in every program" in told


def test_rests_on_says_that_no_step_left_its_block(tmp_path: Path) -> None:
    # After the loop, `a` would break the property; but it is not tried there.
    text = (
        "model: m\nvars: {x: bool, y: bool}\nprocesses:\n  p:\n    run: |\n      a: x = True\n"
        "      for i in range(1):\n          b: y = True\n"
        "properties:\n  fine: {never: y and not x}\n"
    )
    path = tmp_path / "loop.yaml"
    path.write_text(text, encoding="utf-8")
    told = " ".join(run(tmp_path, "rests-on", path, "--for", "fine").out.split())
    assert "fine holds: there is nothing to relax (relaxed:" in told
    assert "nothing is moved out of its block)" in told
    assert "data flow leaves nothing" not in told


def test_rests_on_says_how_steps_that_it_took_apart_stand(tmp_path: Path) -> None:
    # With the flag before the write, the property breaks; but that order is not tried.
    text = (
        "model: m\nvars: {x: bool, bad: bool}\nresources:\n  log: {kind: 'redis.list[0..1]'}\n"
        "processes:\n  p:\n    run: |\n      with atomic:\n          save: log.rpush(1)\n"
        "          flag: x = True\n  q:\n    run: |\n      look: if x:\n"
        "          read: bad = log.llen() == 0\nproperties:\n  fine: {never: bad}\n"
    )
    path = tmp_path / "joined.yaml"
    path.write_text(text, encoding="utf-8")
    told = " ".join(run(tmp_path, "rests-on", path, "--for", "fine").out.split())
    assert "fine holds in every program that was made of these steps (relaxed:" in told
    assert "taken apart and stay next to each other in their order" in told


def test_what_is_violated_rests_on_nothing_and_is_exit_code_1(tmp_path: Path) -> None:
    outcome = run(tmp_path, "rests-on", LEGACY, "--for", "no_loss")
    assert outcome.code == 1
    assert "no_loss is violated: it rests on nothing" in outcome.out


# --- for programs -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "schema", "file"),
    [
        (("repair", "legacy", "--for", "no_loss"), "repair", "legacy/repairs/repairs.json"),
        (("repair", "fix-append-first", *SMALL), "repair", "fix-append-first/repairs/repairs.json"),
        (
            ("repair", "fix-append-first", "--max-states", "9"),
            "repair",
            "fix-append-first/repairs/repairs.json",
        ),
        (("rests-on", "fix-atomic", *SMALL), "rests-on", "fix-atomic/rests-on.json"),
        (("rests-on", "legacy", "--for", "in_order", *SMALL), "rests-on", "legacy/rests-on.json"),
    ],
)
def test_json_is_of_its_documented_form_and_what_is_written(
    words: tuple[str, ...], schema: str, file: str, tmp_path: Path
) -> None:
    name, model, *options = words
    outcome = run(tmp_path, name, SPECS / f"{model}.yaml", *options, "--json")
    printed = json.loads(outcome.out)
    assert printed["exit_code"] == outcome.code
    is_of_its_form(printed, schema)
    written = json.loads((tmp_path / "out" / file).read_text(encoding="utf-8"))
    for each in (*printed.get("repairs", ()), *written.get("repairs", ())):
        each["file"] = Path(each["file"]).name
    assert printed == written


def test_the_same_command_prints_the_same_but_for_the_seconds(
    tmp_path: Path, honest: Callable[..., Repairs], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "search_repairs", honest)
    seconds = re.compile(r"[\d.]+ s$", re.MULTILINE)
    for words in (("repair", LEGACY), ("rests-on", FIX_ATOMIC)):
        words = (*words, "--for", "no_loss", *SMALL)
        first, second = (seconds.sub("", run(tmp_path, *words).out) for _ in range(2))
        assert first == second


def test_python_gets_what_the_command_prints(tmp_path: Path) -> None:
    found = repair(LEGACY, ["no_loss"])
    assert found
    assert (found.exit_code, found.complete, len(found.repairs)) == (0, True, 2)
    assert "+          save: history.rpush(chunk)" in found.diff(0)
    kept = found.write(tmp_path)
    assert kept.found.files == tuple(
        str(tmp_path / "legacy" / "repairs" / f"repair-{n}.yaml") for n in (1, 2)
    )
    assert "written:" in kept.text()
    assert "written:" not in found.text()
    rests = rests_on(SPECS / "fix-both.yaml", ["no_loss"], {"STORED": 1, "TOTAL": 2})
    assert rests
    assert [str(need.fact) for need in rests["no_loss"].needs] == [
        "ai_service.save precedes publish", "gateway.subscribe precedes read_history",
        "gateway.subscribe is acknowledged before what follows it",
    ]  # fmt: skip
    with pytest.raises(KeyError, match="no property in_order; there is no_loss"):
        rests["in_order"]


IN_BRACES = """\
model: in-braces
resources:
  lock: {kind: "redis.string[0..1]", key: lock, expires: 1}
vars: {head: 0..1?, body: 0..1?}
processes:
  node:
    count: 2
    vars: {tries: 0..1}
    run: |
      take: await lock.setnx(self)
      write_head: head = self
      write_body: body = self
      free: lock.delete()
properties: {whole: {finally: head == body}}
"""


def test_what_is_added_to_a_section_in_braces_stands_in_them(tmp_path: Path) -> None:
    path = spec(tmp_path, IN_BRACES)
    (whole,) = applied(repair(path).diff(0).split("\n")).values()
    assert "vars: {head: 0..1?, body: 0..1?, lock_highest: int}\n" in whole
    assert "    vars: {tries: 0..1, lock_token: int}\n" in whole
    assert check(spec(tmp_path, whole, "repaired.yaml"), reason=False)["whole"].verdict == "holds"
    # What is inherited stands in a file of its own, and its braces are not this file's.
    other = spec(tmp_path, "extends: spec.yaml\nmodel: other\nvars: {more: bool}\n", "other.yaml")
    diff = repair(other).diff(0)
    assert "# also changed, see the written spec: vars.lock_highest" in diff
