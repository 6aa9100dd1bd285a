"""Who has gone the way of the tutorial to its end has a green project."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import yaml
from cli.cli_invoke import invoke
from pages import DOCS, read

EXPECTED = re.findall(
    r"^```yaml\n# (specs/\S+)\n(properties:\n.+?)^```$", read("docs/tutorial.md"), re.M | re.S
)


def test_what_the_tutorial_has_said_of_broken_specs_makes_the_folder_green(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(DOCS / "tutorial" / "specs", tmp_path / "specs")
    monkeypatch.chdir(tmp_path)
    assert invoke("specs/").code == 1
    assert len(EXPECTED) == len(list(Path("specs").iterdir()))
    for name, block in EXPECTED:
        path = Path(name)
        text = path.read_text(encoding="utf-8")
        if "\nproperties:\n" not in text:
            text += f"\n{block}"
        else:
            for key, each in yaml.safe_load(block)["properties"].items():
                text = text.replace(f"  {key}:\n", f"  {key}:\n    expect: {each['expect']}\n")
        path.write_text(text, encoding="utf-8")
    assert invoke("specs/").code == 0
