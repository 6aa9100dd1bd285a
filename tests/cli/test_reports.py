"""`--report`: what other programs read of a folder in which verdicts are expected, not expected
and not known, one spec is broken, and the run is interrupted."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
from cli_invoke import REPOSITORY, Outcome, invoke
from jsonschema import Draft4Validator
from model_check import Result
from model_check.budget.spending import StopNow
from model_check.cli import check as command
from reports_folder import SPECS, stopping_at, written

SCHEMA = Path(__file__).parent / "schemas" / "sarif-2.1.0.json"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the specs in a folder, and all reports of it."""
    root = tmp_path_factory.mktemp("reports")
    (root / ".git").mkdir()
    written(root / "specs")
    return root


@pytest.fixture(scope="module")
def run(folder: Path) -> Outcome:
    words = ("specs", *(w for each in ("junit", "sarif", "github", "markdown=sum/up.md")
                        for w in ("--report", each)))  # fmt: skip
    before = Path.cwd()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "check", stopping_at("f-stopped.yaml"))
        patch.chdir(folder)
        outcome = invoke(*words)
    assert Path.cwd() == before
    return outcome


def line_of(name: str, text: str) -> int:
    """The line of a spec in which this stands."""
    return next(n for n, line in enumerate(SPECS[name].splitlines(), 1) if text in line)


def test_a_report_changes_neither_the_text_nor_the_exit_code(
    run: Outcome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "check", stopping_at("f-stopped.yaml"))
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "specs")
    plain = invoke("specs")
    assert (run.code, run.err) == (plain.code, plain.err)
    assert run.code == 2
    text = run.out.partition("\n")[2].partition("\n::")[0]
    assert _timeless(text) == _timeless(plain.out.rstrip())


def _timeless(text: str) -> str:
    return re.sub(r"[\d.]+ s\b", "", text)


def test_junit_has_a_test_for_each_property_and_an_error_for_what_is_not_known(
    run: Outcome, folder: Path
) -> None:
    root = Xml.parse(folder / "out" / "junit.xml").getroot()
    verdicts = {
        (suite.get("name"), case.get("name")): [
            (each.tag, each.get("type")) for each in case if each.tag != "system-out"
        ]
        for suite in root
        for case in suite.iter("testcase")
    }
    assert {name: found for name, found in verdicts.items() if found} == {
        ("b-unexpected", "one_is_read"): [("failure", "violated")],
        ("b-unexpected", "one_at_last"): [("failure", "holds")],
        ("c-open", "some"): [("error", "undetermined")],
        ("c-open", "no_deadlock"): [("error", "undetermined")],
        ("c-open", "no_error"): [("error", "undetermined")],
        ("specs/d-broken.yaml", "the spec"): [("error", "mistake")],
        ("e-faults", "never_ready"): [("failure", "violated")],
        ("e-faults", "never_ready (without faults)"): [("failure", "violated")],
        ("specs/f-stopped.yaml", "the spec"): [("error", "unchecked")],
        ("specs/g-unchecked.yaml", "the spec"): [("error", "unchecked")],
    }
    for each in (root, *root):
        cases = list(each.iter("testcase"))
        counted = Counter(child.tag for case in cases for child in case)
        told = {key: int(each.get(key, "-1")) for key in ("tests", "failures", "errors")}
        assert told == {
            "tests": len(cases), "failures": counted["failure"], "errors": counted["error"],
        }  # fmt: skip
    failure = root.find(".//failure[@type='violated']")
    assert failure is not None
    for told in (
        "one_is_read is violated after 3 steps", "exactly when",
        "page: out/b-unexpected/report.html",
        "reproduce with: model-check specs/b-unexpected.yaml",
    ):  # fmt: skip
        assert told in str(failure.text), failure.text
    passed = root.find(".//testcase[@name='zero']/system-out")
    assert passed is not None
    told = "violated, as expected: zero is violated after step 1, p.set_x"
    assert str(passed.text).startswith(told)
    case = root.find(".//testcase[@name='one_at_last']")
    assert case is not None
    assert case.get("file") == "specs/b-unexpected.yaml"
    assert case.get("classname") == "specs.b-unexpected"
    assert case.get("line") == str(line_of("b-unexpected.yaml", "one_at_last"))


def test_sarif_is_of_its_schema_and_points_at_the_property_and_the_step(
    run: Outcome, folder: Path
) -> None:
    document = json.loads((folder / "out" / "results.sarif").read_text(encoding="utf-8"))
    Draft4Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(document)
    (found,) = document["runs"]
    shown = [(_place(each["locations"][0]), each["ruleId"], each["kind"], each["level"])
             for each in found["results"]]  # fmt: skip
    here = {name: line_of(name, text) for name, text in (
        ("b-unexpected.yaml", "one_is_read:"), ("c-open.yaml", "some:"),
        ("d-broken.yaml", "nobody"),
        ("e-faults.yaml", "never_ready:"),
    )}  # fmt: skip
    b, c, d, e = (f"specs/{name}:{line}" for name, line in here.items())
    assert shown == [
        (b, "violated", "fail", "error"),
        (f"specs/b-unexpected.yaml:{here['b-unexpected.yaml'] + 1}", "holds", "fail", "error"),
        (
            f"specs/b-unexpected.yaml:{line_of('b-unexpected.yaml', 'unread')}",
            "warning",
            "fail",
            "warning",
        ),
        (c, "undetermined", "open", "none"),
        ("specs/c-open.yaml:1", "undetermined", "open", "none"),
        ("specs/c-open.yaml:1", "undetermined", "open", "none"),
        (d, "mistake", "fail", "error"),
        (e, "violated", "fail", "error"),
        (e, "violated", "fail", "error"),
    ]
    violated = found["results"][0]
    (related,) = violated["relatedLocations"]
    step = f"specs/b-unexpected.yaml:{line_of('b-unexpected.yaml', 'read:')}"
    assert _place(related) == step
    assert "[See step 1](1)" in violated["message"]["text"]
    steps = violated["codeFlows"][0]["threadFlows"][0]["locations"]
    assert [each["executionOrder"] for each in steps] == [1, 2, 3]
    assert _place(steps[0]["location"]) == step
    assert steps[0]["location"]["message"]["text"].startswith("1. reader: read")
    rules = found["tool"]["driver"]["rules"]
    assert all(rules[each["ruleIndex"]]["id"] == each["ruleId"] for each in found["results"])
    marks = [each["partialFingerprints"]["finding/v1"] for each in found["results"]]
    assert len(set(marks)) == len(marks)
    (invocation,) = found["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 2)
    notes = invocation["toolExecutionNotifications"]
    assert [_place(each["locations"][0]) for each in notes] == [
        "specs/f-stopped.yaml:1", "specs/g-unchecked.yaml:1",
    ]  # fmt: skip


def _place(location: Any) -> str:
    place = location["physicalLocation"]
    assert place["artifactLocation"]["uriBaseId"] == "%SRCROOT%"
    return f"{place['artifactLocation']['uri']}:{place['region']['startLine']}"


def test_annotations_come_after_the_text_in_which_nothing_is_a_command(run: Outcome) -> None:
    first, *lines = run.out.splitlines()
    token = first.removeprefix("::stop-commands::")
    assert re.fullmatch("[0-9a-f]{32}", token)
    place = lines.index(f"::{token}::")
    assert any("not as expected" in line for line in lines[:place])
    notes = [(_command(line)) for line in lines[place + 1 :]]
    b, e = "b-unexpected.yaml", "e-faults.yaml"
    where = [
        ("error", b, "one_is_read:"), *[("error", e, "never_ready:")] * 2,
        ("error", b, "one_at_last:"), ("error", "d-broken.yaml", "nobody"),
        ("error", "c-open.yaml", "some:"), *[("error", "c-open.yaml", "model:")] * 2,
        ("error", "f-stopped.yaml", "model:"), ("error", "g-unchecked.yaml", "model:"),
        ("warning", b, "unread"), ("notice", b, "read:"), ("notice", e, "finish:"),
    ]  # fmt: skip
    assert [(level, about["file"], about["line"]) for level, about, _ in notes] == [
        (level, f"specs/{name}", str(line_of(name, text))) for level, name, text in where
    ]
    _, about, text = notes[0]
    assert about["title"] == "b-unexpected: one_is_read is violated, expected: holds"
    assert text.startswith("one_is_read is violated after 3 steps")
    assert "Page: out/b-unexpected/report.html" in text


def _command(line: str) -> tuple[str, dict[str, str], str]:
    """A workflow command, taken apart as GitHub's runner does."""
    found = re.fullmatch(r"::(\w+)(?: ([^\n]*?))?::([^\n]*)", line)
    assert found is not None, line
    pairs = (part.partition("=") for part in (found[2] or "").split(",") if part)
    return found[1], {key: _unescaped(value) for key, _, value in pairs}, _unescaped(found[3])


def _unescaped(text: str) -> str:
    for sign, code in (("\r", "%0D"), ("\n", "%0A"), (":", "%3A"), (",", "%2C"), ("%", "%25")):
        text = text.replace(code, sign)
    return text


def test_the_summary_has_what_is_wrong_first_and_draws_it(run: Outcome, folder: Path) -> None:
    text = (folder / "sum" / "up.md").read_text(encoding="utf-8")
    assert text.startswith(
        "### ❌ model-check: 3 not as expected, 3 undetermined, 3 specs not checked\n"
    )
    first = text.index("❌ **b-unexpected**: one\\_is\\_read is violated, expected: holds")
    assert first < text.index("```mermaid\nsequenceDiagram") < text.index("one\\_at\\_last holds")
    assert text.count("```mermaid") == 2
    assert text.index("without faults, never\\_ready is violated, expected: holds")
    assert text.index("| a-expected | small | holds |")
    assert text.index("| specs/g-unchecked.yaml |  | not checked: interrupted |")


def test_nothing_is_written_but_in_out_and_where_the_user_said(run: Outcome, folder: Path) -> None:
    found = {path.relative_to(folder).parts[0] for path in folder.rglob("*")}
    assert found == {".git", "specs", "out", "sum"}
    assert [path.name for path in (folder / "sum").iterdir()] == ["up.md"]
    assert sorted(path.name for path in (folder / "specs").iterdir()) == sorted(SPECS)


@pytest.fixture
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(written(tmp_path / "one"))


@pytest.mark.usefixtures("_here")
def test_a_report_is_printed_alone_where_that_is_asked() -> None:
    outcome = invoke("b-unexpected.yaml", "--no-draw", "--report", "sarif=-")
    assert outcome.code == 1
    assert len(json.loads(outcome.out)["runs"][0]["results"]) == 3
    outcome = invoke("a-expected.yaml", "--no-draw", "--report", "github=-")
    assert (outcome.code, outcome.out) == (0, "")


@pytest.mark.parametrize(
    ("example", "told"),
    [
        ("poll", "the run, step by step; step 2 comes again and again, for ever"),
        ("locks", "waits"),
    ],
)
@pytest.mark.usefixtures("_here")
def test_a_run_without_an_end_and_a_deadlock_are_reported(example: str, told: str) -> None:
    text = (REPOSITORY / "docs" / "examples" / f"{example}.yaml").read_text(encoding="utf-8")
    Path("spec.yaml").write_text(text.replace("expect: violated", "expect: holds"), "utf-8")
    outcome = invoke("spec.yaml", "--no-draw", "--report", "sarif=-", "--report", "junit=j.xml")
    document = json.loads(outcome.out)
    Draft4Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(document)
    assert outcome.code == 1
    assert any(each.text for each in Xml.parse("j.xml").iter("failure"))
    if example == "poll":
        (step,) = {
            each["relatedLocations"][0]["message"]["text"]
            for each in document["runs"][0]["results"]
        }
        assert step.endswith("is violated for certain from here on: step 1, worker.crash")
    assert told in outcome.out.lower() + Path("j.xml").read_text("utf-8")


@pytest.mark.usefixtures("_here")
def test_a_report_of_a_folder_has_no_more_drawn_and_asked_than_was_wanted(tmp_path: Path) -> None:
    told = ["--report", "markdown=-", "--no-draw", "--no-reason"]
    plain = invoke(".", *told)
    assert "exactly when" not in plain.out
    assert not list(tmp_path.rglob("report.html"))
    assert "exactly when" in invoke(".", *told[:-1]).out


@pytest.mark.usefixtures("_here")
def test_a_verdict_is_reported_where_there_is_no_time_left_for_its_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stop(*_: object) -> Result:
        raise StopNow("interrupted")

    monkeypatch.setattr(Result, "explained", stop)
    outcome = invoke(".", "--report", "junit")
    assert outcome.code == 2
    assert "were not checked" not in outcome.err
    root = Xml.parse("out/junit.xml").getroot()
    failures = [str(each.text) for each in root.iter("failure")]
    assert len(failures) == 4
    assert any("one_is_read is violated after 3 steps" in each for each in failures)


def test_an_empty_folder_has_no_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = invoke(".", "--report", "github", "--report", "junit")
    assert (outcome.code, outcome.out) == (2, "")
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("_here")
def test_a_mistake_on_the_command_line_is_told_at_the_spec() -> None:
    outcome = invoke("a-expected.yaml", "--set", "TOTAL=1", "--report", "github=-")
    _, about, _ = _command(outcome.out.strip())
    assert (about["file"], about["line"]) == ("a-expected.yaml", "1")
    assert "--set: " in outcome.out


@pytest.mark.usefixtures("_here")
def test_a_run_that_ends_without_a_verdict_has_reports_too() -> None:
    outcome = invoke("a-expected.yaml", "--timeout", "0", "--no-draw", "--report", "junit=j.xml")
    assert outcome.code == 3
    root = Xml.parse("j.xml").getroot()
    assert int(root.get("errors", "0")) > 0
    outcome = invoke("d-broken.yaml", "--report", "markdown=-")
    assert outcome.code == 2
    assert "❌ no such name: nobody (d-broken.yaml:5)" in outcome.out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--report", "xml"], "'xml' is no report: write junit, sarif, github or markdown"),
        (["--report", "junit="], "'junit=' names no file"),
        (["--report", "junit=a-expected.yaml"], "a-expected.yaml is a spec"),
        (["--report", "junit=x", "--report", "sarif=x"], "two reports go to one place"),
        (["--report", "github", "--report", "sarif=-"], "two reports go to one place"),
        (["--json", "--report", "github"], "--json and --report github are both printed"),
        (["--report", "github", "--json"], "--json and --report github are both printed"),
    ],
)
@pytest.mark.usefixtures("_here")
def test_a_report_that_cannot_be_is_refused(words: list[str], told: str) -> None:
    outcome = invoke("a-expected.yaml", *words)
    assert outcome.code == 2
    assert told in " ".join(outcome.err.split())
    assert not Path("out").exists()


@pytest.mark.usefixtures("_here")
def test_a_file_that_cannot_be_written_is_named() -> None:
    Path("taken").write_text("", encoding="utf-8")
    outcome = invoke("a-expected.yaml", "--no-draw", "--report", "junit=taken/junit.xml")
    assert outcome.code == 2
    assert "cannot write taken/junit.xml: " in outcome.err
    Path("out/junit.xml").mkdir()
    outcome = invoke("a-expected.yaml", "--no-draw", "--report", "junit")
    assert outcome.code == 2
    assert "cannot write out/junit.xml: Is a directory" in outcome.err
    assert "Traceback" not in outcome.err


@pytest.mark.usefixtures("_here")
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_a_pipe_that_the_user_names_is_written_into() -> None:
    os.mkfifo("pipe")
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(Path("pipe").read_text("utf-8")))
    reader.start()
    assert invoke("a-expected.yaml", "--no-draw", "--report", "junit=pipe").code == 0
    reader.join(10)
    assert Xml.fromstring(read[0]).get("failures") == "0"


@pytest.mark.usefixtures("_here")
@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="there is no such device")
def test_a_device_that_the_user_names_is_written_into() -> None:
    words = ["a-expected.yaml", "--no-draw", "--report", "markdown=/dev/stdout", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "model_check", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert "### ✅ model-check: every verdict as expected" in done.stdout


@pytest.mark.usefixtures("_here")
def test_a_link_in_out_is_replaced_and_not_followed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine", encoding="utf-8")
    Path("out").mkdir()
    Path("out/junit.xml").symlink_to(precious)
    assert invoke("a-expected.yaml", "--no-draw", "--report", "junit").code == 0
    assert precious.read_text("utf-8") == "mine"
    assert Xml.parse("out/junit.xml").getroot().tag == "testsuites"
