"""The schema in a real editor's server, the npm package yaml-language-server:

python -m tests.editors

What `model-check init` writes has no mistake there, in whatever it extends or not; what is wrong is
told, and keys, words and kinds are completed and explained. It needs node and npm, and exits with
1 where something is not as it should be.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path

from model_check.cli.init import MODELINE, TEMPLATES
from model_check.language.source.recognize import is_spec

from .editor_client import Editor, editor

PACKAGE = "yaml-language-server@2.0.0"
ROOT = Path(__file__).parents[2]
SETTINGS = {
    "yaml": {
        "validate": True,
        "hover": True,
        "completion": True,
        # No list of schemas is fetched from elsewhere.
        "schemaStore": {"enable": False},
    }
}
WEBHOOK = "specs/webhook.yaml"
BROKEN = {
    "    count: 2": ("    counts: 2", "Property counts is not allowed."),
    "    kind: redis.string[bool]": ("    kind: redis.strings[bool]", "does not match"),
    "    finally: charges == 1": ("    finaly: charges == 1", "Property finaly is not allowed."),
    "  charges: int": ("  charges: 5", "Incorrect type."),
    "processes:": ("timeouts: soon\nprocesses:", "Value is not accepted."),
}
"""What is changed of the template, and what is told of it."""


async def tried(server: Path, folder: Path) -> list[str]:
    """What was not as it should be."""
    wrong: list[str] = []
    async with editor(["node", str(server), "--stdio"], folder, SETTINGS) as it:
        for path in sorted((folder / "specs").glob("*.yaml")):
            if told := await it.write(path, path.read_text(encoding="utf-8")):
                wrong.append(f"{path.name} is right, and told is: {told[0].message}")
        for path in [p for p in sorted((ROOT / "specs").glob("*.yaml")) if is_spec(p)]:
            there = folder / "specs" / f"own-{path.name}"
            if told := await it.write(there, MODELINE + path.read_text(encoding="utf-8")):
                wrong.append(f"{path.name} is right, and told is: {told[0].message}")
        wrong += await mistakes(it, folder / WEBHOOK)
        wrong += await help_given(it, folder / WEBHOOK)
    return wrong


async def mistakes(it: Editor, path: Path) -> list[str]:
    """Which of the mistakes are not told at their line."""
    text = path.read_text(encoding="utf-8")
    wrong = []
    for before, (after, message) in BROKEN.items():
        assert before in text
        changed = text.replace(before, after, 1)
        line = changed[: changed.index(after)].count("\n")
        told = [(each.range.start.line, each.message) for each in await it.write(path, changed)]
        if not any(at == line and message in what for at, what in told):
            wrong.append(f"{after!r} in line {line} is wrong, and told is: {told}")
    return wrong


async def help_given(it: Editor, path: Path) -> list[str]:
    """What is not completed or explained."""
    text = path.read_text(encoding="utf-8") + "    expect: \n    "
    await it.write(path, text)
    last = text.count("\n")
    wrong = []
    for (line, column), wanted in {
        (last, 4): ("prefer",),
        (last - 1, 12): ("holds", "violated"),
    }.items():
        offered = await it.completions(path, line, column)
        if not set(wanted) <= set(offered):
            wrong.append(f"offered in line {line} is {offered}, not {wanted}")
    lines = text.split("\n")
    row = next(i for i, each in enumerate(lines) if "count:" in each)
    if "How many there are of it" not in (told := await it.hover(path, row, 5)):
        wrong.append(f"count is explained as {told!r}")
    return wrong


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        home = Path(name).resolve()
        install = ["npm", "install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts"]
        subprocess.run([*install, PACKAGE], cwd=home, check=True, capture_output=True, timeout=300)
        server = home / "node_modules" / "yaml-language-server" / "bin" / "yaml-language-server"
        folder = home / "project"
        folder.mkdir()
        for template in TEMPLATES:
            command = [sys.executable, "-m", "model_check", "init", template]
            subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=60)
        wrong = asyncio.run(tried(server, folder))
    print("\n".join(wrong) or "an editor checks, completes and explains specs by their schema")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
