"""The JSON Schema of a spec: right specs are of it, and it refuses nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from model_check.language import SpecError, load
from model_check.language.source.reader import (
    MappingNode,
    Node,
    ScalarNode,
    read_source,
    read_yaml,
)
from model_check.language.source.recognize import is_spec

ROOT = Path(__file__).parents[2]
FOLDERS = ("specs", "docs/examples", "tests", "model/model_check/templates")
SCHEMA = json.loads((ROOT / "docs" / "spec.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
GOOD = """\
model: good
constants:
  TOTAL: 3
types:
  Chunk: 1..TOTAL
vars:
  latest: Chunk
resources:
  history:
    kind: redis.list[Chunk]
  wire:
    kind: queue[Chunk]
    loses: 1
processes:
  writer:
    fairness: strong
    restarts: false
    crashes: 1
    run: |
      save: history.rpush(1)
      note: latest = 2
      send: wire.put(1)
properties:
  fine: latest < 3
  late:
    leads_to: {after: latest == 2, comes: latest == 2}
    expect: holds
"""
BROKEN = {
    "an unknown key at the top": ("constants:", "constant:"),
    "an unknown key of a process": ("    crashes: 1", "    crash: 1"),
    "an unknown key of a property": ("    expect:", "    expects:"),
    "an unknown option of a resource": ("loses: 1", "lose: 1"),
    "a fault of another kind": ("loses: 1", "expires: true"),
    "a resource without a kind": ("    kind: redis.list[Chunk]", "    key: history"),
    "a kind that there is not": ("redis.list[", "redis.lists["),
    "a process without a run": ("    run: |", "    about: |"),
    "a process that is a text": ("processes:\n", "processes:\n  other: pass\n"),
    "a verdict that there is not": ("expect: holds", "expect: hold"),
    "a fairness that there is not": ("fairness: strong", "fairness: fair"),
    "a truth that is none": ("restarts: false", "restarts: never"),
    "half of a leads_to": (", comes: latest == 2", ""),
    "a leads_to that is a text": ("{after: latest == 2, comes: latest == 2}", "latest == 2"),
    "two forms": ("    expect:", "    always: latest < 3\n    expect:"),
    "no form": ("    leads_to: {after: latest == 2, comes: latest == 2}\n", ""),
    "a list of processes": ("  writer:\n", "  - writer:\n"),
    "a list as a constant": ("TOTAL: 3", "TOTAL: [3]"),
    "a type that is a number": ("latest: Chunk", "latest: 5"),
    "a program that is a list": ("    run: |\n", "    run:\n      - x\n    about: |\n"),
    "a name with a blank": ("  fine:", "  all fine:"),
    "a name with a digit first": ("  fine:", "  2fine:"),
    "null where nothing is extended": ("latest: Chunk", "latest: null"),
    "an extended spec that is no file": ("model: good", "extends: other"),
    "a timeout that there is not": ("model: good", "timeouts: first"),
}
"""What is changed of GOOD."""


def as_json(node: Node) -> Any:
    """What an editor makes of YAML: its scalars by the core schema of YAML 1.2."""
    match node:
        case MappingNode(entries):
            return {key.text: as_json(value) for key, value in entries}
        case ScalarNode():
            return _scalar(node)
        case _:
            return [as_json(item) for item in node.items]


def _scalar(node: ScalarNode) -> Any:
    text = node.text
    if node.style:
        return text
    if node.is_null or node.is_empty:
        return None
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    if re.fullmatch(r"[-+]?\d+", text):
        return int(text)
    if re.fullmatch(r"[-+]?(\d+\.\d*|\.\d+)", text):
        return float(text)
    return text


def errors(path: Path) -> list[str]:
    value = as_json(read_yaml(read_source(path)))
    return [f"{each.json_path}: {each.message}" for each in VALIDATOR.iter_errors(value)]


def test_every_spec_that_is_right_is_of_the_schema() -> None:
    looked = 0
    for path in sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.yaml")):
        if not is_spec(path):
            continue
        looked += 1
        found = errors(path)
        if found:
            with pytest.raises(SpecError):
                load(path)
    assert looked > 150


@pytest.mark.parametrize("what", BROKEN)
def test_what_the_schema_refuses_the_language_refuses_too(what: str, tmp_path: Path) -> None:
    before, after = BROKEN[what]
    assert before in GOOD
    path = tmp_path / "spec.yaml"
    path.write_text(GOOD, encoding="utf-8")
    load(path)
    assert errors(path) == []
    path.write_text(GOOD.replace(before, after, 1), encoding="utf-8")
    assert errors(path)
    with pytest.raises(SpecError):
        load(path)


def test_a_spec_that_extends_another_shows_only_what_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "variant.yaml"
    (tmp_path / "good.yaml").write_text(GOOD, encoding="utf-8")
    path.write_text(
        "extends: good.yaml\nprocesses:\n  writer: {crashes: null}\nproperties:\n  fine: null\n"
        "  late: {expect: violated}\n  no_deadlock: null\nresources:\n  wire: {loses: 2}\n",
        encoding="utf-8",
    )
    load(path)
    assert errors(path) == []


def test_a_spec_with_kinds_of_its_own_may_use_them(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(
        "kinds: own.yaml\nresources:\n  one: {kind: own.thing, any: 1}\n  two: own.thing\n",
        encoding="utf-8",
    )
    assert errors(path) == []
