"""The GitHub action and the pre-commit hook: of their schemas, and they do what they say."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
import yaml
from cli_invoke import REPOSITORY, invoke
from jsonschema import Draft7Validator

SCHEMA = Path(__file__).parent / "schemas" / "github-action.json"
SHELLCHECK = str(Path(sys.executable).parent / "shellcheck")
EVIL = """\
model: evil
about: |
  ##[error]of a spec
  ::error::of a spec
vars: {x: bool}
processes:
  p:
    run: "set_x: x = True"
properties:
  never_x: {never: x}
"""


@pytest.fixture(scope="module")
def action() -> dict[str, Any]:
    found = yaml.safe_load((REPOSITORY / "action.yml").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def step(action: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in action["runs"]["steps"] if each["name"] == name)


def test_the_action_is_of_its_schema_and_what_it_names_exists(action: dict[str, Any]) -> None:
    Draft7Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(action)
    text = json.dumps(action)
    assert set(re.findall(r"inputs\.([\w-]+)", text)) == set(action["inputs"])
    written = set(re.findall(r'echo "([\w-]+)=', step(action, "Check")["run"]))
    assert {f"steps.check.outputs.{name}" for name in written} == set(
        re.findall(r"steps[.\w-]+", text)
    )
    assert written == set(action["outputs"])


def test_no_word_of_a_workflow_is_read_as_a_part_of_a_script(action: dict[str, Any]) -> None:
    for each in action["runs"]["steps"]:
        assert "${{" not in each.get("run", "")


def test_shellcheck_finds_nothing_in_the_scripts(action: dict[str, Any]) -> None:
    for each in action["runs"]["steps"]:
        if "run" in each:
            done = subprocess.run(
                [SHELLCHECK, "--shell=bash", "-"], input=each["run"], text=True, check=False,
                capture_output=True,
            )  # fmt: skip
            assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="an environment has other folders there")
@pytest.mark.parametrize(("options", "code"), [("--no-reason", 1), ("--nonsense", 2)])
def test_the_action_annotates_sums_up_and_ends_with_the_commands_exit_code(
    action: dict[str, Any], options: str, code: int, tmp_path: Path
) -> None:
    (tmp_path / "model-check").mkdir()
    (tmp_path / "model-check" / "bin").symlink_to(Path(sys.executable).parent)
    (tmp_path / "protocols").mkdir()
    (tmp_path / "protocols" / "evil.yaml").write_text(EVIL, encoding="utf-8")
    summary, outputs = tmp_path / "summary", tmp_path / "outputs"
    summary.write_text("before\n", encoding="utf-8")
    env = {
        "SPECS": "protocols/evil.yaml", "OPTIONS": options, "OUT": "out/put",
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_STEP_SUMMARY": str(summary), "GITHUB_OUTPUT": str(outputs), "NO_COLOR": "1",
    }  # fmt: skip
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step(action, "Check")["run"]],
        env={**os.environ, **env}, cwd=tmp_path, text=True, capture_output=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    told = dict(line.split("=", 1) for line in outputs.read_text("utf-8").splitlines())
    assert told["exit-code"] == str(code)
    _, token, _ = re.split(r"::stop-commands::(\w+)\n", done.stdout)
    muted, _, heard = done.stdout.partition(f"::{token}::\n")
    if code == 2:
        assert "No such option" in done.stderr
        assert (heard, summary.read_text("utf-8")) == ("", "before\n")
        return
    assert heard.startswith("::error file=protocols/evil.yaml,line=10,")
    assert "of a spec" in muted
    assert "of a spec" not in heard
    assert summary.read_text("utf-8").startswith("before\n### ❌ model-check: 1 not as expected")
    assert Xml.parse(tmp_path / told["junit"]).getroot().get("failures") == "1"
    assert json.loads((tmp_path / told["sarif"]).read_text("utf-8"))["version"] == "2.1.0"
    assert (tmp_path / told["summary"]).is_file()
    assert (tmp_path / "out" / "put" / "evil" / "report.html").is_file()


def test_the_hook_checks_the_folder_of_the_specs_whatever_changed_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks = yaml.safe_load((REPOSITORY / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    (hook,) = hooks
    assert hook["entry"] == hook["id"] == "model-check"
    assert (hook["language"], hook["pass_filenames"]) == ("python", False)
    assert re.search(hook["files"], "specs/faults/webhook.yaml")
    assert not re.search(hook["files"], "docker-compose.yaml")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "evil.yaml").write_text(EVIL, encoding="utf-8")
    assert invoke(*hook["args"]).code == 1


def test_the_lines_to_copy_are_yaml_and_their_commands_are_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, action: dict[str, Any]
) -> None:
    page = (REPOSITORY / "docs" / "ci.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    read = [yaml.safe_load(each) for each in blocks]
    assert len(read) >= 6
    (job,) = (each["jobs"]["specs"] for each in read if "jobs" in each)
    used = [step for step in job["steps"] if step["uses"].startswith("OWNER/model-check@")]
    assert set(used[0]["with"]) <= set(action["inputs"])
    for name in (*action["inputs"], *action["outputs"]):
        assert f"| `{name}` |" in page
    monkeypatch.chdir(tmp_path)
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "evil.yaml").write_text(EVIL, encoding="utf-8")
    commands = re.findall(r"uv run model-check (.+)", "".join(blocks))
    assert len(commands) == 3
    for command in commands:
        words = shlex.split(command.replace("$GITHUB_STEP_SUMMARY", "summary.md"))
        assert invoke(*words).code == 1
    assert {path.name for path in tmp_path.iterdir()} == {"specs", "out", "summary.md"}
