"""What is refused of crashes, faults, timeouts, failovers and commands that are only sent."""

from __future__ import annotations

from pathlib import Path

import pytest
from model_check.language import SpecError, load

SPEC = """\
model: m
SERVERS
resources:
  jobs: {kind: "queue[0..1]"JOBS}
  log: {kind: "redis.list[0..1]"LOG}
  bell: {kind: "redis.pubsub[0..1]"}
vars: {x: 0..9}
processes:
  p:
    vars: {seen: 0..9}
    WORKER
    run: |
      RUN
"""


def spec(**parts: str) -> str:
    text = SPEC
    for name in ("SERVERS", "JOBS", "LOG", "WORKER", "RUN"):
        text = text.replace(name, parts.get(name.lower(), "a: x = 1" if name == "RUN" else ""))
    return "\n".join(line for line in text.splitlines() if line.strip()) + "\n"


def told(folder: Path, text: str) -> list[str]:
    """The mistakes and warnings of a spec, each with its place and hint."""
    path = folder / "m.yaml"
    path.write_text(text, encoding="utf-8")
    try:
        found = load(path).warnings
    except SpecError as error:
        found = tuple(error.diagnostics)
    return [
        f"{each.position.line}:{each.position.column}: {each.message} ({each.hint})"
        for each in found
    ]


WAITS = "b: x = jobs.get()"
EITHER = "either:\n          BRANCH\n      or timeout:\n          late: pass"


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"worker": "crashes: on"}, "no such name: on (did you mean true?)"),
        ({"worker": "crashes: Yes"}, "no such name: Yes (did you mean true?)"),
        ({"jobs": ", loses: off"}, "no such name: off (did you mean false?)"),
        (
            {"worker": "crashes: 1\n    keeps: [sen]"},
            "p has no variable sen that it could keep (did you mean seen?)",
        ),
        (
            {"worker": "crashes: 1\n    keeps: x"},
            "p has no variable x that it could keep "
            "(a shared variable is in no process: no crash touches it)",
        ),
        (
            {"worker": "keeps: seen"},
            "p keeps seen, and never crashes (crashes: 1 says that it may)",
        ),
        (
            {"worker": "crashes: x"},
            "x is shared (crashes is a constant)",
        ),
        (
            {"worker": "crashes: -1"},
            "constant out of range: crashes is -1 (0 to 1,000, or true: as often as it can)",
        ),
        (
            {"worker": "crashes: [1]"},
            "crashes says how often p may (a number of times, or true: as often as it can)",
        ),
        (
            {"worker": "crashes: 1", "run": "crashes: x = 1"},
            "crashes is what a crash of p is called (give the step crashes another label)",
        ),
        ({"jobs": ", looses: 1"}, "unknown key in the resource jobs: looses (did you mean loses?)"),
        (
            {"jobs": ", loses: 1001"},
            "constant out of range: loses is 1001 (0 to 1,000, or true: as often as it can)",
        ),
        (
            {"run": EITHER.replace("BRANCH", "b: x = 2")},
            "nothing waits here that could wait too long (`or timeout:` follows a branch that "
            "begins with a step that waits, such as x = inbox.get())",
        ),
        (
            {"run": f"{EITHER}\n      or:\n          c: pass".replace("BRANCH", WAITS)},
            "`or timeout:` comes last (put it behind the others)",
        ),
        (
            {
                "run": "either:\n          b: x = jobs.get()\n      or timeout:\n"
                "          for seen_now in range(3):\n              c: x = seen_now"
            },
            "a timeout begins with a step (label: pass, and then the rest)",
        ),
        (
            {"servers": "timeouts: lst"},
            "timeouts come at any moment, or last, not lst (did you mean last?)",
        ),
        ({"servers": "servers: {rediss: {failover: 1}}"},
         "no resource is on a server rediss (did you mean redis?)"),
        (
            {"servers": "servers: {redis: {loses_last: 1}}"},
            "redis loses nothing: it never fails over (failover: 1 says that it may)",
        ),
        (
            {"servers": "servers: {redis: {failover: 1, loses_last: 9}}"},
            "constant out of range: loses_last is 9 (0 to 8)",
        ),
        (
            {"servers": "servers: {redis: {failover: 1, loses_last: true}}"},
            "loses_last says how many of the last writes may be gone "
            "(a number of writes, 0 to 8)",
        ),
        ({"run": "a: log.rpush(1, wait=x)"}, "wait is True or False ()"),
        (
            {"run": "a: jobs.put(1, wait=False)"},
            "jobs.put is on no server: nothing is sent that could be waited for ()",
        ),
        (
            {"run": "a: x = bell.get_message(wait=False)"},
            "bell.get_message is done in the process's own memory: nothing is sent ()",
        ),
        (
            {"run": "a: x = log.blpop(wait=False)"},
            "log.blpop waits: without its answer there is nothing to do ()",
        ),
        (
            {"run": "a: with atomic:\n          b: log.rpush(1, wait=False)\n          c: x = 1"},
            "what is joined in one step is answered together "
            "(take wait=False away, or the command out of the step)",
        ),
        (
            {"run": "a:\n          log.rpush(1, wait=False)\n          x = log.llen()"},
            "llen would come behind the rpush that this step only sends "
            "(put it into a step of its own, or wait for rpush)",
        ),
        (
            {"run": "a:\n          if x > 0:\n              log.rpush(1, wait=False)\n"
             "          if log.llen() > 0:\n              x = 1"},
            "llen would come behind the rpush that this step only sends "
            "(put it into a step of its own, or wait for rpush)",
        ),
        (
            {"servers": "types: {N: 0..1}",
             "run": "a:\n          for n in N:\n              x = log.llen()\n"
             "              log.rpush(1, wait=False)"},
            "llen would come behind the rpush that this step only sends "
            "(put it into a step of its own, or wait for rpush)",
        ),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_at_its_place(
    tmp_path: Path, parts: dict[str, str], message: str
) -> None:
    found = [each.partition(": ")[2] for each in told(tmp_path, spec(**parts))]
    assert [each for each in found if not each.startswith("nobody reads")] == [message]


def test_what_is_only_sent_answers_nothing(tmp_path: Path) -> None:
    (mistake,) = told(tmp_path, spec(run="a: x = log.rpush(1, wait=False)"))
    assert mistake.startswith("11:14: this command answers nothing, so there is no value to use")


def test_a_crash_loses_no_value_that_only_initially_knows(tmp_path: Path) -> None:
    text = spec(worker="crashes: 1") + "initially: |\n  p.seen = 3\n"
    assert told(tmp_path, text) == [
        "14:3: a crash of p would lose seen, which is set here "
        "(let p keep it, or give it its value where it is declared)"
    ]
    kept = told(tmp_path, text.replace("crashes: 1", "crashes: 1\n    keeps: seen"))
    assert not any("would lose" in each for each in kept)


def test_what_stands_beside_a_crash_is_checked_without_faults_too(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(spec(worker="crashes: 1\n    keeps: sen"), encoding="utf-8")
    with pytest.raises(SpecError, match="no variable sen"):
        load(path, faults=False)
