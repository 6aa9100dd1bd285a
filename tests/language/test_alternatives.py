"""What a spec offers beside itself, and which commands a kind's server can join."""

from __future__ import annotations

from pathlib import Path

import pytest
from model_check.language import SpecError, load
from model_check.language.draft import Draft
from model_check.language.syntax.kindfile import builtin_kinds

SPECS = Path(__file__).parent.parent.parent / "specs"
BASE = """\
model: base
vars: {n: 0..9}
processes:
  p:
    vars: {mine: 0..9}
    run: |
      add: n += 1
  q:
    run: |
      look: await n > 0
properties:
  small: {always: n < 9}
"""


def write(folder: Path, text: str, name: str = "spec.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def mistakes(path: Path) -> list[str]:
    with pytest.raises(SpecError) as error:
        load(path)
    return [
        f"{d.position.line}:{d.position.column}: {d.message}" + (f" ({d.hint})" if d.hint else "")
        for d in error.value.diagnostics
    ]


def test_an_alternative_is_laid_over_the_spec_as_if_it_extended_it(tmp_path: Path) -> None:
    path = write(tmp_path, BASE + (
        "alternatives:\n  adds two:\n    about: Twice as fast.\n    vars: {m: 0..9}\n"
        "    processes:\n      p:\n        vars: {mine: null}\n        run: |\n"
        "          add:\n              n += 2\n              m += 1\n"
    ))  # fmt: skip
    draft = Draft.read(path)
    (only,) = draft.alternatives
    assert (only.name, only.about) == ("adds two", "Twice as fast.")
    assert only.paths() == (
        ("vars", "m"), ("processes", "p", "vars", "mine"), ("processes", "p", "run"),
    )  # fmt: skip
    spec = draft.with_alternative(only).spec()
    assert [each.name for each in spec.vars] == ["n", "m"]
    assert spec.process("p").vars == ()
    assert spec.process("p").run[0].at.line == 21  # where the alternative stands
    assert [each.name for each in draft.spec().vars] == ["n"]


def test_an_alternative_is_checked_where_it_stands(tmp_path: Path) -> None:
    text = BASE + (
        "alternatives:\n  first:\n    processes: {p: {run: 'add: n = lost'}}\n"
        "  second:\n    vars: {gone: null}\n"
        "  third:\n    processes:\n      p:\n        run: |\n          add: n = nothing\n"
    )
    assert mistakes(write(tmp_path, text)) == [
        "15:36: no such name: lost (there is mine, n, p, q)",
        "17:12: there is no gone here to remove (there is n)",
        "22:20: no such name: nothing (there is mine, n, p, q)",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("  a:\n    properties: {small: {always: True}}\n",
         "15:5: the alternative a cannot have properties "
         "(it changes what is done, not what is wanted)"),
        ("  a:\n    model: other\n",
         "15:5: unknown key in the alternative a: model (there is about, constants, types, vars, "
         "resources, processes, timing)"),
        ("  a:\n    about: Nothing.\n",
         "14:3: the alternative a changes nothing (processes: ...)"),
        ("  a: fast\n", "14:6: the alternative a must be a mapping, this is text (key: value)"),
        ("  ' ':\n    vars: {m: int}\n",
         "14:3: nothing cannot name an alternative (at most 100 characters on one line)"),
    ],
    ids=["properties", "model", "empty", "text", "name"],
)  # fmt: skip
def test_a_wrong_alternative_is_refused(text: str, message: str, tmp_path: Path) -> None:
    assert message in mistakes(write(tmp_path, BASE + "alternatives:\n" + text))


def test_alternatives_are_of_the_text_they_stand_in_and_not_inherited(tmp_path: Path) -> None:
    write(tmp_path, BASE + "alternatives:\n  b:\n    vars: {m: int}\n", "base.yaml")
    path = write(tmp_path, "extends: base.yaml\nalternatives:\n  c:\n    vars: {k: int}\n")
    assert [each.name for each in Draft.read(path).alternatives] == ["c"]


def test_a_spec_means_the_same_with_and_without_alternatives() -> None:
    draft = Draft.read(SPECS / "legacy.yaml")
    assert [each.name for each in draft.alternatives] == ["client drops duplicates"]
    taken = draft.with_alternative(draft.alternatives[0]).spec()
    fixed = load(SPECS / "fix-subscribe-first.yaml")
    assert str(taken.process("client").run[0]).count("not in") == 1
    assert taken.process("client").labels == fixed.process("client").labels


# --- what a server joins ----------------------------------------------------------------------


def joined(kind: str) -> dict[str, bool]:
    doc = builtin_kinds()[kind]
    return {each.name.text: bool(doc.joins) and each.joins for each in doc.commands}


def test_redis_joins_its_commands_but_those_of_a_subscriber() -> None:
    kinds = builtin_kinds()
    on_redis = [name for name in kinds if name.startswith("redis.")]
    assert [name for name in kinds if kinds[name].joins == "redis"] == on_redis
    assert {kinds[name].joins for name in kinds if name not in on_redis} == {""}
    assert [name for name, joins in joined("redis.pubsub").items() if joins] == [
        "publish", "spublish", "get_message",
    ]  # fmt: skip
    assert joined("redis.string")["expire_now"] is False


def test_a_command_that_waits_is_joined_by_no_server(tmp_path: Path) -> None:
    path = write(tmp_path, (
        "resources:\n  r: {kind: 'redis.list[1..3]'}\n  s: {kind: 'redis.stream[1..3]'}\n"
        "processes:\n  p:\n    vars: {x: 1..3}\n    run: |\n      a: x = r.blpop()\n"
        "      b: r.rpush(1)\n      c: x = s.xread('$')[0].value\n"
    ))  # fmt: skip
    spec = load(path)
    assert {n: c.joins for n, c in spec.resource("r").commands[0].items()} == {
        "rpush": "redis", "blpop": "",
    }  # fmt: skip
    assert [c.joins for c in spec.resource("s").commands[0].values()] == [""]


@pytest.mark.parametrize(
    ("kind", "command", "message"),
    [
        ("joins: 'two words'", "", "joins names a server by a word, not two words (joins: redis)"),
        ("joins: never", "", "joins names a server by a word, not never (joins: redis)"),
        ("joins: mine", "joins: mine",
         "of a command, joins is never or last, not mine (the server is named by the kind)"),
    ],
)  # fmt: skip
def test_a_kind_names_its_server_and_a_command_only_that_it_is_never_joined(
    kind: str, command: str, message: str, tmp_path: Path
) -> None:
    text = f"my.box:\n  {kind}\n  state: {{n: int}}\n  commands:\n    put:\n      run: n = 1\n"
    write(tmp_path, text + (f"      {command}\n" if command else ""), "kinds.yaml")
    spec = "kinds: [kinds.yaml]\nresources:\n  b: {kind: my.box}\n"
    spec += "processes:\n  p: {run: 'a: b.put()'}\n"
    assert [each.split(": ", 1)[1] for each in mistakes(write(tmp_path, spec))] == [message]
