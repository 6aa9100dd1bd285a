"""The command as a user starts it, in this process."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from jsonschema import Draft202012Validator
from model_check.cli.main import main

REPOSITORY = Path(__file__).parent.parent.parent
SPECS = REPOSITORY / "specs"


@dataclass(frozen=True)
class Outcome:
    """What a command ended with, and what it said."""

    code: int
    out: str
    err: str


def invoke(*words: object, encoding: str = "utf-8") -> Outcome:
    """`model-check` with these words."""
    out = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    err = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    argv = ["model-check", *(str(word) for word in words)]
    code: object = 0
    with patch("sys.argv", argv), redirect_stdout(out), redirect_stderr(err):
        try:
            main()
        except SystemExit as end:
            code = end.code
    texts = []
    for stream in (out, err):
        stream.flush()
        stream.seek(0)
        texts.append(stream.read())
    assert isinstance(code, int), f"ended with {code!r}"
    return Outcome(code, *texts)


def spec(tmp_path: Path, text: str, name: str = "spec.yaml") -> Path:
    """A file with this text."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def check(path: Path, tmp_path: Path, *words: object) -> Outcome:
    """Check without pictures and reasons, which cost time and are tested elsewhere."""
    outcome = invoke(path, "--out", tmp_path / "out", "--no-draw", "--no-reason", *words)
    assert "Traceback" not in outcome.err
    return outcome


def result_of(tmp_path: Path, model: str) -> dict[str, object]:
    """What `check` has written of a model."""
    text = (tmp_path / "out" / model / "result.json").read_text(encoding="utf-8")
    found = json.loads(text)
    assert isinstance(found, dict)
    return found


def is_of_its_form(document: Any, name: str) -> None:
    """A document is what `docs/NAME.schema.json` says of it."""
    form = json.loads((REPOSITORY / "docs" / f"{name}.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator(form).validate(document)
