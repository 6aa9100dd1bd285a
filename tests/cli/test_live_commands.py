"""`model-check replay` and `model-check record` as a user starts them."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from cli_invoke import REPOSITORY, SPECS, invoke, is_of_its_form

LIVE_SPECS = REPOSITORY / "tests" / "live" / "specs"


def test_a_replay_shows_its_steps_what_was_measured_and_the_checklist() -> None:
    done = invoke("replay", SPECS / "legacy.yaml")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    head, _, server = lines[0].partition("  on ")
    assert head == f"legacy  {SPECS / 'legacy.yaml'}"
    assert re.fullmatch(r"(Redis|Valkey) [\d.]+, started for this", server)
    assert "  client.shown really shows  1-6, 8-10" in lines
    assert "  history really holds       1-10" in lines
    assert "  missing                    {7}" in lines
    assert [line[:6] for line in lines if line.startswith("  ✓")] == [
        f"  ✓ {number}." for number in range(1, 7)
    ]
    assert lines[-1].startswith("replayed once, in ")
    assert lines[-1].endswith(" s: lost 7")


def test_two_replays_differ_in_nothing_but_their_times() -> None:
    first, second = (invoke("replay", SPECS / "fix-both.yaml", "--ascii").out for _ in range(2))
    assert first.splitlines()[:-1] == second.splitlines()[:-1]
    assert first.isascii()


def test_a_spec_that_holds_is_replayed_in_complete_schedules() -> None:
    done = invoke("replay", SPECS / "fix-stream.yaml", "--schedules", "every")
    assert done.code == 0
    assert "279 of 279 transitions" in done.out
    assert "none loses anything\n  no_loss: true at the end of each\n" in done.out


def test_a_disagreement_is_exit_code_1() -> None:
    done = invoke("replay", LIVE_SPECS / "miscounting.yaml")
    assert done.code == 1
    last = done.out.rpartition("\n\n")[2]
    assert " ".join(last.split()) == (
        "the model and the server disagree at step 2 (writer.push[2]):"
        " RPUSH log 2 -> 2, the model has 3"
    )


def test_json_holds_every_step_and_what_was_measured() -> None:
    found = json.loads(invoke("replay", SPECS / "legacy.yaml", "--repeat", 3, "--json").out)
    assert found["schema"] == "model-check/replay/1"
    assert (found["times"], found["same"], found["disagreement"]) == (3, 3, None)
    (screen,) = found["screens"]
    assert screen["missing"] == [7]
    assert all(line["ticked"] for line in screen["checklist"])
    steps = found["run"]["steps"]
    assert len(steps) == 23
    assert steps[0]["calls"][0]["answer"] == "0 receivers"
    is_of_its_form(found, "replay")
    many = json.loads(invoke("replay", SPECS / "fix-both.yaml", "--schedules", 5, "--json").out)
    is_of_its_form(many, "replay")
    assert (many["schedules"], many["losing"], many["violated_at_the_end"]) == (
        5,
        0,
        {"no_loss": 0},
    )


@pytest.mark.parametrize("name", ["no_loss.itf.json", "result.json"])
def test_a_trace_that_a_check_wrote_can_be_replayed(name: str, tmp_path: Path) -> None:
    invoke(SPECS / "legacy.yaml", "--no-reason", "--no-draw", "--out", tmp_path)
    trace = tmp_path / "legacy" / name
    done = invoke("replay", SPECS / "legacy.yaml", "--trace", trace)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-1].endswith(" s: lost 7")
    other = invoke("replay", SPECS / "fix-both.yaml", "--trace", trace)
    assert other.code == 2
    assert "trace" in other.err


def test_a_trace_whose_steps_were_swapped_is_none_of_the_model(tmp_path: Path) -> None:
    invoke(SPECS / "legacy.yaml", "--no-reason", "--no-draw", "--out", tmp_path)
    path = tmp_path / "legacy" / "no_loss.itf.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    states = document["states"]
    states[3], states[4] = states[4], states[3]
    path.write_text(json.dumps(document), encoding="utf-8")
    done = invoke("replay", SPECS / "legacy.yaml", "--trace", path)
    assert done.code == 2
    assert done.err == (
        "step 3 of this trace, gateway.subscribe, is none that the model can take\n"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "trace.json: this is no JSON"),
        ("[]", "trace.json: $: this must be an object, it is []"),
        ("{}", "holds no trace of ours"),
        ('{"states": 3}', "trace.json: $.vars is missing"),
        ("[" * 100_000, "trace.json: this is nested deeper than 100 levels"),
        ('{"properties": []}', "no property has a trace there"),
    ],
)
def test_a_file_without_a_trace_is_refused(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "trace.json"
    path.write_text(text, encoding="utf-8")
    done = invoke("replay", SPECS / "legacy.yaml", "--trace", path)
    assert done.code == 2
    assert said in done.err


@pytest.mark.parametrize("place", ["/dev/zero", "pipe", "."])
@pytest.mark.parametrize("command", ["replay", "compare"])
def test_a_trace_that_is_no_regular_file_is_refused(
    command: str, place: str, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe")
    both = (SPECS / "fix-both.yaml",) if command == "compare" else ()
    done = invoke(command, SPECS / "legacy.yaml", *both, "--trace", tmp_path / place)
    assert done.code == 2
    assert "this is not a regular file" in done.err or "this is a directory" in done.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((SPECS / "legacy.yaml", "--schedules", "0"), "write 200, or every"),
        ((SPECS / "legacy.yaml", "--schedules", "5", "--repeat", "2"), "--schedules goes without"),
        ((SPECS / "legacy.yaml", "--redis", "redis://[::1", "--port", "1"), "--port is for"),
        ((SPECS / "legacy.yaml", "--redis", "redis://[::1"), "--redis: no URL of a server"),
        ((SPECS / "legacy.yaml", "--property", "nothing"), "there is one of no_loss"),
        ((SPECS / "fix-both.yaml", "--property", "no_loss"), "nothing in this spec is violated"),
        (("nowhere.yaml",), "nowhere.yaml"),
    ],
)
def test_a_wrong_command_line_is_exit_code_2(words: tuple[object, ...], said: str) -> None:
    done = invoke("replay", *words)
    assert done.code == 2
    assert said in done.err


def test_a_recording_is_a_table_with_a_line_for_each_spec() -> None:
    words = ("--connections", 8, "--interval", "10ms", "--window", "15ms")
    done = invoke("record", SPECS / "legacy.yaml", SPECS / "fix-both.yaml", *words)
    assert (done.code, done.err) == (0, "")
    rows = {line.split()[0]: line.split() for line in done.out.splitlines() if "%" in line[20:]}
    assert rows["fix-both"][1:3] == ["0", "0.0%"]
    assert rows["legacy"][1] != "0"


def test_a_recording_that_judged_nothing_is_undetermined() -> None:
    done = invoke("record", LIVE_SPECS / "silent.yaml", "--connections", 1)
    assert (done.code, done.err) == (3, "")
    assert "nothing was judged" in done.out
    assert "0.0%" not in done.out


def test_a_recording_as_json() -> None:
    words = ("--connections", 2, "--interval", "5ms", "--json")
    document = json.loads(invoke("record", SPECS / "fix-stream.yaml", *words).out)
    is_of_its_form(document, "record")
    assert document["schema"] == "model-check/record/1"
    (found,) = document["recordings"]
    assert (found["connections"], found["losing"], found["interval"]) == (2, 0, 0.005)


def test_a_recording_writes_how_long_steps_took_for_from_log(tmp_path: Path) -> None:
    times = tmp_path / "times.json"
    words = ("--connections", 2, "--interval", "5ms", "--timing", times)
    done = invoke("record", SPECS / "legacy.yaml", *words)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-1] == f"times of 9 steps and processes in 2 sessions: {times}"
    spec = tmp_path / "spec.yaml"
    spec.write_text(
        f"extends: {SPECS / 'legacy.yaml'}\n"
        "model: measured\n"
        "timing: {gateway: from log, gateway.subscribe: from log, ai_service.publish: from log}\n"
    )
    words = ("--timing", times, "--property", "no_loss", "--allow-outside", "--out", tmp_path)
    done = invoke("likelihood", spec, *words)
    assert (done.code, done.err) == (0, "")
    several = invoke("record", SPECS / "legacy.yaml", SPECS / "fix-both.yaml", "--timing", times)
    assert several.code == 2
    assert "--timing is of one SPEC" in several.err


@pytest.mark.parametrize("text", ["50", "fast", "-1ms", "2h", "7200s"])
def test_a_time_is_milliseconds_or_seconds(text: str) -> None:
    done = invoke("record", SPECS / "legacy.yaml", "--interval", text)
    assert done.code == 2
    assert "write 50ms or 0.5s" in done.err
