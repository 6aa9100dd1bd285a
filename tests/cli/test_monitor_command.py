"""`model-check monitor`: what it prints, its exit codes, and wrong input."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cli_invoke import invoke, is_of_its_form
from click.testing import CliRunner, Result
from model_check.cli.monitor import command
from model_check.report.documents.timing import read_times
from model_check.report.text import monitor
from model_check.verify.show import printable

ROOT = Path(__file__).parent.parent.parent
LEGACY = ROOT / "specs" / "legacy.yaml"
LOGS = ROOT / "tests" / "live" / "logs"
LOST = LOGS / "legacy-replay-redis.log"
CALM = LOGS / "fix-both-schedules-redis.log"


def run(*words: str | Path, text: str | None = None) -> Result:
    return CliRunner().invoke(command, [str(word) for word in words], input=text)


def without(log: Path, *words: str) -> str:
    """A log without the first line that has all these words."""
    lines = log.read_text(encoding="utf-8").splitlines()
    at = next(i for i, line in enumerate(lines) if all(word in line for word in words))
    return "\n".join([*lines[:at], *lines[at + 1 :], ""])


def test_a_loss_is_told_with_its_chunk_its_lines_and_its_window() -> None:
    done = run(LEGACY, LOST, "--property", "no_loss")
    assert done.exit_code == 1, done.output
    for part in (
        "no_loss is violated", "missing = {7}",
        "because ai_service.publish[7] comes before gateway.subscribe, and",
        "2 of 2 sessions lost something",
    ):  # fmt: skip
        assert part in done.output
    assert re.search(
        r"line 14 +\+\d+\.\d{3} ms  gateway.read_history +the window opens", done.output
    )
    assert re.search(r"line 15 .* the window closes, after \d+\.\d{3} ms", done.output)


def test_a_fix_loses_nothing() -> None:
    done = run(ROOT / "specs" / "fix-both.yaml", CALM)
    assert done.exit_code == 0, done.output
    assert "4 of 4 sessions fit the model, and no property is violated" in done.output


def test_a_log_that_fits_no_behaviour_is_told_with_the_line_and_what_was_expected() -> None:
    done = run(LEGACY, "-", "--no-reason", text=without(LOST, "PUBLISH", "chunk8"))
    assert done.exit_code == 1
    assert "10 of its 17 lines fit, then comes" in done.output
    assert "standard input:17" in done.output
    assert re.search(r"ai_service\.publish\s+PUBLISH chat:stream:", done.output)


def test_the_document_says_the_same() -> None:
    done = run(LEGACY, LOST, "--json")
    found = json.loads(done.stdout)
    is_of_its_form(found, "monitor")
    assert (found["schema"], found["verdict"]) == ("model-check/monitor/1", "violated")
    (lost,) = (p for p in found["sessions"][0]["properties"] if p["name"] == "no_loss")
    assert lost["endings"] == [{"missing": [7]}]
    window = lost["races"][0]["window"]
    assert (window["opened"]["line"], window["closed"]["line"]) == (14, 15)
    unfit = run(LEGACY, "-", "--json", "--no-reason", text=without(LOST, "PUBLISH", "chunk10"))
    is_of_its_form(json.loads(unfit.stdout), "monitor")
    (first, *_) = json.loads(unfit.stdout)["sessions"]
    assert first["verdict"] == "unfit"
    assert first["mismatch"]["words"][0] == "RPUSH"
    assert [each["step"] for each in first["mismatch"]["expected"]] == ["publish"]


def test_several_logs_are_those_of_several_clocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lines = LOST.read_text(encoding="utf-8").splitlines()
    session = next(m[1] for line in lines if (m := re.search(r"history:(\w+)", line)))
    mine = [line for line in lines if session in line]
    gateway = [line for line in mine if re.search(r'"(SUBSCRIBE|LRANGE)"', line)][:2]
    a, b = Path("service.log"), Path("gateway.log")
    a.write_text("\n".join(line for line in mine if line not in gateway) + "\n")
    b.write_text("\n".join(gateway) + "\n")
    certain = run(LEGACY, a, b, "--skew", "1ms")
    assert certain.exit_code == 1
    assert "whatever the order that the clocks leave open (z3 and search)" in certain.output
    unknown = run(LEGACY, a, b, "--skew", "10ms", "--property", "no_loss")
    assert unknown.exit_code == 3
    assert "the clocks leave it open" in unknown.output
    assert "it happened if\n      gateway.read_history (" in unknown.output
    assert "or if\n      ai_service.publish[8] (" in unknown.output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((LEGACY,), "name a LOG, or a server to listen to with --redis"),
        ((LEGACY, LOST, "--redis", "redis://127.0.0.1:1"), "name a LOG, or a server"),
        ((LEGACY, LOST, "--for", "1s"), "--for and --allow-remote are for listening"),
        ((LEGACY, "-", "-"), "standard input can be one LOG only"),
        ((LEGACY, LOST, "--skew", "5"), "write 50ms or 0.5s"),
        ((LEGACY, "nowhere.log"), "nowhere.log: no such file"),
        ((LEGACY, LOGS), "this is a directory"),
        ((LEGACY, "/dev/zero"), "this is not a regular file; a log that is still written can be"),
        (("nowhere.yaml", LOST), "nowhere.yaml"),
        ((LEGACY, LEGACY), "legacy.yaml:1: this is no line of MONITOR: model: legacy"),
        ((LEGACY, LOST, "--property", "loss"), "legacy has no property loss"),
        ((ROOT / "specs" / "peterson.yaml", LOST), "has nothing on a Redis server"),
        ((LEGACY, "--redis", "redis://127.0.0.1:1"), "no server listens there"),
        ((LEGACY, "--redis", "redis://192.0.2.1"), "--allow-remote"),
    ],
)
def test_wrong_input_is_told_and_ends_with_2(words: tuple[str | Path, ...], message: str) -> None:
    done = run(*words)
    assert done.exit_code == 2, done.output
    assert message in done.output
    assert "Traceback" not in done.output


@pytest.mark.parametrize("text", ["", "OK\n", '1.000000 [0 a:1] "PING"\n'])
def test_a_log_with_nothing_of_the_spec_is_no_pass(text: str) -> None:
    done = run(LEGACY, "-", text=text)
    assert done.exit_code == 2
    assert "standard input" in done.output


def test_what_a_log_holds_cannot_change_the_terminal() -> None:
    line = r'1.000000 [0 a:1] "RPUSH" "chat:history:\x1b[31mred" "\x1b]0;title\x07"'
    done = run(LEGACY, "-", text=line + "\n")
    assert done.exit_code == 1
    assert "\x1b" not in done.output
    assert "\x07" not in done.output


def test_of_a_long_line_only_its_ends_are_made_printable(monkeypatch: pytest.MonkeyPatch) -> None:
    """One SUBSCRIBE to very many channels is told in the session of each."""
    longest = 0

    def seen(text: str) -> str:
        nonlocal longest
        longest = max(longest, len(text))
        return printable(text)

    monkeypatch.setattr(monitor, "printable", seen)
    channels = " ".join(f'"chat:stream:{n}"' for n in range(1000))
    done = run(
        LEGACY, "-", "--max-sessions", "2", text=f'1.000000 [0 a:1] "SUBSCRIBE" {channels}\n'
    )
    assert "SUBSCRIBE chat:stream:0 " in done.output
    assert "chat:stream:999\n" in done.output
    assert longest < 5000


def test_the_command_is_found_and_helps() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "model_check", "monitor", "--help"],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert "redis-cli monitor" in done.stdout
    assert "3 undetermined" in done.stdout


def test_a_verdict_that_cannot_be_written_is_no_verdict() -> None:
    words = [sys.executable, "-m", "model_check", "monitor", str(LEGACY), str(LOST), "--no-reason"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.endswith("standard output: No space left on device\n")
    assert "Traceback" not in done.stderr


def test_a_limit_ends_undetermined_and_says_nothing_of_what_was_not_read() -> None:
    for words, why in (
        (("--timeout", "0"), "the time limit of 0 s was reached"),
        (("--max-lines", "1"), "the limit of 1 lines was reached"),
    ):
        outcome = invoke("monitor", LEGACY, LOST, *words)
        assert outcome.code == 3
        assert why in outcome.out + outcome.err
        assert "no command in it" not in outcome.out + outcome.err
        assert "nothing in" not in outcome.err


def test_the_times_of_steps_are_written_where_that_is_asked(tmp_path: Path) -> None:
    path = tmp_path / "times.json"
    done = run(LEGACY, LOGS / "legacy-record-redis.log", "--no-reason", "--timing", path)
    assert done.exit_code == 1, done.output
    assert done.output.endswith(f"times of 5 steps and processes in 12 sessions: {path}\n")
    document = json.loads(path.read_text(encoding="utf-8"))
    is_of_its_form(document, "timing")
    counts = {(each["step"], each["since"]): each["count"] for each in document["steps"]}
    assert counts == {
        ("ai_service", "begin"): 12, ("ai_service.publish", "step"): 36,
        ("ai_service.publish", "same"): 36, ("ai_service.save", "step"): 48,
        ("ai_service.save", "same"): 36, ("gateway", "begin"): 12,
        ("gateway.subscribe", "step"): 12,
    }  # fmt: skip
    assert read_times(path).times["gateway.subscribe", "step"]
    # With --json, nothing but the document is printed.
    path.unlink()
    done = run(LEGACY, LOST, "--no-reason", "--timing", path, "--json")
    assert json.loads(done.output)["model"] == "legacy"
    assert read_times(path).times["gateway.subscribe", "step"]


def test_where_the_times_cannot_be_written_that_is_told(tmp_path: Path) -> None:
    there = tmp_path / "none" / "times.json"
    done = run(LEGACY, LOST, "--no-reason", "--timing", there)
    assert done.exit_code == 2
    assert str(tmp_path / "none") in done.output
    assert run(LEGACY, LOST, "--timing", tmp_path).exit_code == 2
