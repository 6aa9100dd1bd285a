"""What a failing test shows: of a spec that pytest collects, and of a result that it asserts."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cli_invoke import invoke
from model_check import check
from model_check.report.text.failure import BRIEF_LINES, render_brief
from reports_folder import SPECS, written

TEST = """\
from pathlib import Path

from model_check import check

SPECS = Path(__file__).parent / "specs"


def test_a_call() -> None:
    assert check(SPECS / "b-unexpected.yaml")


def test_a_part_of_a_result() -> None:
    result = check(SPECS / "b-unexpected.yaml", reason=False)
    other = check(SPECS / "e-faults.yaml", reason=False)
    assert other.model
    assert result["one_is_read"].verdict == "holds"


def test_something_else() -> None:
    result = check(SPECS / "b-unexpected.yaml", reason=False)
    assert 1 + 1 == 3, "sums"
"""
HEAD = "b-unexpected: one_is_read is violated, expected: holds"


def test_what_fails_shows_why_from_where_on_and_the_page(tmp_path: Path) -> None:
    written(tmp_path / "specs")
    (tmp_path / "test_it.py").write_text(TEST, encoding="utf-8")
    words = ["-p", "no:cacheprovider", "specs/b-unexpected.yaml", "test_it.py"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words], cwd=tmp_path, capture_output=True, text=True,
        encoding="utf-8", check=False, timeout=120,
    )  # fmt: skip
    assert "INTERNALERROR" not in done.stdout
    parts = re.split(r"^_+ (\S+) _+$", done.stdout.partition("= warnings")[0], flags=re.MULTILINE)
    shown = {
        name.rpartition("::")[2]: text for name, text in zip(parts[1::2], parts[2::2], strict=True)
    }

    text = shown["one_is_read"]
    assert HEAD in text
    assert "-- point of no return: from step 1 on the violation is certain" in text
    assert "exactly when reader.read comes before writer.write" in " ".join(text.split())
    assert "page: out/b-unexpected/report.html\nreproduce with: model-check" in text
    assert (tmp_path / "out" / "b-unexpected" / "report.html").is_file()
    other = shown["one_at_last"]
    assert "one_at_last holds, expected: violated\n\nno run violates it\n\npage: out" in other

    for name in ("test_a_call", "test_a_part_of_a_result"):
        assert "e-faults" not in shown[name].partition("-- model-check")[2]
        head, _, text = shown[name].partition("- model-check b-unexpected -")
        lines = text.strip("-\n").splitlines()
        assert lines[0].startswith(HEAD)
        assert 5 <= len(lines) <= BRIEF_LINES
        assert "  point of no return: from step 1 on the violation is certain" in lines
        assert "one_is_read is violated exactly when" in " ".join(lines)
        assert "also not as expected: one_at_last holds, expected: violated" in lines
        if name == "test_a_call":
            assert "<Result of b-unexpected: one_is_read is violated, one_at_last holds;" in head
    assert "- model-check" not in shown["test_something_else"]


def test_ten_lines_are_enough_for_whatever_went_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(written(tmp_path))
    for name in SPECS:
        if name != "d-broken.yaml":
            result = check(name)
            text = render_brief(result.report)
            assert text.startswith(f"{result.model}: ")
            assert len(text.splitlines()) <= BRIEF_LINES
            assert all(len(line) <= 100 for line in text.splitlines()[:-1])


def test_a_result_writes_what_the_command_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(written(tmp_path / "specs"))
    assert invoke("b-unexpected.yaml", "--format", "svg,mermaid").code == 1
    result = check("b-unexpected.yaml").write("mine", formats=("svg", "mermaid"))
    assert result.report.files[-1] == str(Path("mine/b-unexpected/result.json"))
    files = _files(Path("out"))
    assert files == _files(Path("mine"))
    assert {"report.html", "space.svg", "one_is_read.mmd"} <= {Path(name).name for name in files}
    plain = check("b-unexpected.yaml", reason=False)
    assert plain["one_is_read"].reason is None
    assert plain.explained("one_is_read")["one_is_read"].reason is not None


def _files(folder: Path) -> dict[str, str]:
    """The texts by path, without how long anything took."""
    found = {}
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        text = path.read_text(encoding="utf-8")
        if path.name == "result.json":
            text = json.dumps(_timeless(json.loads(text)))
        found[path.relative_to(folder).as_posix()] = re.sub(r"[\d,.]+ (s|states/s)\b", "", text)
    return found


def _timeless(value: object) -> object:
    if isinstance(value, dict):
        return {key: _timeless(each) for key, each in value.items() if key != "seconds"}
    return [_timeless(each) for each in value] if isinstance(value, list) else value
