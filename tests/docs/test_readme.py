"""What the README claims, held against the tool."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from cli.cli_invoke import invoke
from model_check import check
from pages import ROOT, read

README = read("README.md")
ROW = re.compile(r"^\| (?P<fix>.+?) \| \[(?P<name>[\w-]+)\]\((?P<path>specs/[\w-]+\.yaml)\) "
                 r"\| (?P<claim>loses|holds) \|$", re.MULTILINE)  # fmt: skip
CLAIMS = [(match["path"], match["claim"]) for match in ROW.finditer(README)]


@cache
def verdicts(path: str) -> dict[str, str]:
    """Those on a spec of the project; several tables tell of the same ones."""
    return {each.name: each.verdict for each in check(ROOT / path, reason=False)}


def test_the_table_of_fixes_tells_of_every_fix() -> None:
    told = {path for path, _ in CLAIMS}
    assert told == {"specs/legacy.yaml", *(f"specs/{p.name}" for p in ROOT.glob("specs/fix-*"))}


@pytest.mark.parametrize(("path", "claim"), CLAIMS)
def test_a_fix_loses_or_holds_as_the_table_says(path: str, claim: str) -> None:
    assert verdicts(path)["no_loss"] == {"loses": "violated", "holds": "holds"}[claim]


@pytest.mark.parametrize("total", range(8, 15))
@pytest.mark.parametrize("name", ["fix-both", "fix-atomic", "fix-stream"])
def test_a_fix_that_holds_does_so_from_8_to_14_chunks(name: str, total: int) -> None:
    result = check(ROOT / f"specs/{name}.yaml", {"TOTAL": total}, reason=False)
    assert result.space.complete
    assert [each.verdict for each in result.properties] == ["holds"] * len(result.properties)


def test_the_table_of_specs_names_every_spec_and_its_verdict() -> None:
    page = read("specs/README.md")
    rows = re.findall(r"^\| \[[\w-]+\]\(([\w-]+)\.yaml\) \|.*\| (.+?) \|$", page, re.MULTILINE)
    told = {name: "violated" if "**" in verdict else "holds" for name, verdict in rows}
    assert told.keys() == {path.stem for path in ROOT.glob("specs/*.yaml")}
    for name, claim in told.items():
        others = {"deadlock": "no_deadlock", "peterson": "mutual_exclusion"}
        others |= dict.fromkeys(("optimistic", "optimistic-watch"), "every_sale_counts")
        main = others.get(name, "no_loss")
        main = "heard" if name.startswith("resume-request") else main
        assert verdicts(f"specs/{name}.yaml")[main] == claim, name


def test_the_table_of_the_field_names_every_spec_and_whether_all_of_it_holds() -> None:
    page = read("specs/README.md")
    rows = re.findall(r"^\| \[[\w-]+\]\(faults/([\w-]+)\.yaml\) \|.*\| (.+?) \|$", page, re.M)
    told = {name: "**" in verdict for name, verdict in rows}
    assert told.keys() == {path.stem for path in ROOT.glob("specs/faults/*.yaml")}
    for name, is_violated in told.items():
        found = verdicts(f"specs/faults/{name}.yaml").values()
        assert ("violated" in found) == is_violated, name


def test_the_reproduction_ticks_all_six_boxes() -> None:
    trace = check(ROOT / "specs/legacy.yaml", reason=False).trace("no_loss")
    calls = [(step.number, step.event, call) for step in trace.steps for call in step.calls]
    at = {event: number for number, event, _ in reversed(calls)}

    history = next(call for _, event, call in calls if event == "gateway.send_history")
    assert history.arguments["frames"] == [1, 2, 3, 4, 5, 6]  # 1
    published = next(call for _, event, call in calls if event == "ai_service.publish[7]")
    assert published.answer == "0 receivers"  # 2
    assert at["ai_service.publish[7]"] < at["gateway.subscribe"]
    assert at["gateway.read_history"] < at["ai_service.save[7]"]
    live = [call.arguments["frame"] for _, event, call in calls if "forward" in event
            and call.command == "send"]  # fmt: skip
    assert live == [8, 9, 10]  # 3 and 4
    end = trace.steps[-1].state.variables
    assert end["history"] == list(range(1, 11))  # 5
    assert end["client.shown"] == [1, 2, 3, 4, 5, 6, 8, 9, 10]  # 6


def test_the_two_commands_are_those_that_ci_runs() -> None:
    ci = (ROOT / ".ci/run").read_text(encoding="utf-8")
    for command in ("uv run model-check specs/legacy.yaml", "uv run pytest"):
        assert f"$ {command}\n" in README
        assert re.search(rf"(^|;\s+){re.escape(command)}$", ci, re.MULTILINE)


def test_the_way_into_a_project_goes_as_the_readme_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = re.findall(r"^\$ (?:uvx|uv run) model-check (.+?) +# (.+)$", README, re.MULTILINE)
    once = list(dict(told[::-1]).items())[::-1]
    assert [words for words, _ in once] == ["init webhook", "webhook", "repair webhook"]
    codes = [invoke(*words.split()).code for words, _ in once]
    assert codes == [0, 1, 0]
    for path in re.findall(r"writes (\S+) and (\S+)", dict(told)["init webhook"])[0]:
        assert (tmp_path / path).is_file()
    assert "One line in CI, `uv run model-check specs/`" in README
    assert invoke("specs/").code == 1


def test_every_part_of_the_system_has_a_row() -> None:
    rows = re.findall(r"^\| (.+?) \| (yes) \| (yes) \| (yes) \|$", README, re.MULTILINE)
    assert [row[0].split(" ")[0].rstrip(":") for row in rows] == [
        "AI", "Redis", "WebSocket", "Client",
    ]  # fmt: skip
