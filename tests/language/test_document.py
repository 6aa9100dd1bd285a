"""Whole files: the keys of a spec, `extends`, `--set`, and files of kinds."""

from __future__ import annotations

from pathlib import Path

import pytest
from model_check.language.source.diagnostics import Source, SpecError
from model_check.language.syntax.document import load_document
from model_check.language.syntax.kindfile import builtin_kinds, load_kinds
from model_check.language.syntax.nodes import (
    Assign,
    Document,
    Expression,
    Labelled,
    RecordTypeDoc,
    Return,
)

BASE = """\
model: base
about: What it teaches.
constants:
  A: 1
  B: true
types:
  T: 1..A
  Message: {id: T, last: bool}
vars:
  n: int = 0
resources:
  log:
    kind: redis.list[T]
    key: log:{session}
    initially: [1, f(2)]
    about: The log.
processes:
  p:
    about: A process.
    count: A + 1
    vars:
      x: bool
      y: list[T] = []
    run: |
      a: n += 1
      b: n -= 1
define:
  twice: n * 2
watch: [twice, n]
properties:
  small:
    about: It stays small.
    always: n < 3
    prefer: [n, -n]
"""


FORMS = "always, never, finally, eventually, leads_to, each_step, possible, ltl"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current directory, so that paths in messages are short."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def load(text: str, **overrides: str) -> Document:
    Path("spec.yaml").write_text(text, encoding="utf-8")
    return load_document("spec.yaml", overrides)


def mistakes(text: str, **overrides: str) -> list[str]:
    """The first lines of all that is said about a spec, without the file's name."""
    with pytest.raises(SpecError) as caught:
        load(text, **overrides)
    found = [d.render().split("\n")[0] for d in caught.value.diagnostics]
    return [line.removeprefix("spec.yaml:") for line in found]


def text_of(found: Expression | RecordTypeDoc | None) -> str | None:
    return found.text if isinstance(found, Expression) else None


def test_every_part_of_a_spec_is_found(folder: Path) -> None:
    spec = load(BASE)
    assert (spec.model, spec.about, spec.kinds) == ("base", "What it teaches.", ())
    assert [(c.name.text, c.value.text) for c in spec.constants] == [("A", "1"), ("B", "true")]
    assert [n.text for n, _ in spec.types] == ["T", "Message"]
    assert isinstance(spec.types[1][1], RecordTypeDoc)
    (n,) = spec.vars
    assert (n.name.text, text_of(n.type), text_of(n.initial)) == ("n", "int", "0")
    (log,) = spec.resources
    assert (log.name.text, log.kind.text, log.key, log.about) == (
        "log", "redis.list", "log:{session}", "The log.",
    )  # fmt: skip
    assert [text_of(a) for a in log.arguments] == ["T"]
    assert [(o.text, v.text) for o, v in log.options] == [("initially", "[1, f(2)]")]
    (p,) = spec.processes
    assert (p.name.text, p.about, text_of(p.count)) == ("p", "A process.", "A + 1")
    assert [v.name.text for v in p.vars] == ["x", "y"]
    assert [s.label.text for s in p.run if isinstance(s, Labelled)] == ["a", "b"]
    assert [(d.name.text, d.value.text) for d in spec.defines] == [("twice", "n * 2")]
    assert [w.text for w in spec.watch or ()] == ["twice", "n"]
    small = spec.properties[0]
    assert (small.name.text, small.kind, text_of(small.formulas[0][1]), small.expect) == (
        "small", "always", "n < 3", "holds",
    )  # fmt: skip
    assert [e.text for e in small.prefer] == ["n", "-n"]


def test_the_built_in_properties_come_last_unless_they_are_removed(folder: Path) -> None:
    names = [p.name.text for p in load(BASE).properties]
    assert names == ["small", "no_deadlock", "no_error"]
    spec = load(BASE + "  no_error: null\n  no_deadlock: {expect: violated}\n")
    assert [(p.name.text, p.kind, p.expect) for p in spec.properties] == [
        ("small", "always", "holds"), ("no_deadlock", "", "violated"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[max(a, b), c,]", ["max(a, b)", "c"]),
        ("['max(a, b)', c]", ["max(a, b)", "c"]),
        ("[a,\n    {1, 2}]", ["a", "{1, 2}"]),
        ("max(a, b)", ["max(a, b)"]),
        ("\n  - a\n  - 'b'", ["a", "b"]),
        ("[]", []),
    ],
)
def test_a_list_of_expressions_is_cut_where_it_should(
    folder: Path, text: str, said: list[str]
) -> None:
    spec = load(f"watch: {text}\n")
    assert [w.text for w in spec.watch or ()] == said


def test_a_spec_without_a_name_is_called_like_its_file(folder: Path) -> None:
    assert load("about: x\n").model == "spec"


def test_an_extension_shows_only_what_it_changes(folder: Path) -> None:
    Path("base.yaml").write_text(BASE, encoding="utf-8")
    spec = load(
        "extends: base.yaml\n"
        "constants: {A: 5, C: 7}\n"
        "types:\n  Message: {id: T}\n"
        "processes:\n"
        "  p:\n"
        "    vars: {x: null, z: int}\n"
        "    run: |\n"
        "      c: n = 0\n"
        "  q:\n"
        "    run: |\n"
        "      d: pass\n"
        "watch: n\n"
        "properties:\n"
        "  small: {expect: violated}\n"
    )
    assert (spec.model, spec.about) == ("spec", "")
    assert [s.path for s in spec.origins] == ["base.yaml", "spec.yaml"]
    assert spec.source is spec.origins[-1]
    assert [(c.name.text, c.value.text) for c in spec.constants] == [
        ("A", "5"), ("B", "true"), ("C", "7"),
    ]  # fmt: skip
    message = {n.text: t for n, t in spec.types}["Message"]
    assert isinstance(message, RecordTypeDoc)
    assert [n.text for n, _ in message.fields] == ["id"]
    p, q = spec.processes
    assert (p.about, [v.name.text for v in p.vars]) == ("A process.", ["y", "z"])
    assert [s.label.text for s in p.run if isinstance(s, Labelled)] == ["c"]
    assert str(p.vars[0].name.at) == "base.yaml:23:7"
    assert str(p.run[0].at) == "spec.yaml:9:7"
    assert q.name.text == "q"
    assert [w.text for w in spec.watch or ()] == ["n"]
    small = spec.properties[0]
    assert (small.about, text_of(small.formulas[0][1]), small.expect) == (
        "It stays small.", "n < 3", "violated",
    )  # fmt: skip


def test_null_removes_a_process_a_property_or_all_of_them(folder: Path) -> None:
    Path("base.yaml").write_text(BASE, encoding="utf-8")
    spec = load("extends: base.yaml\nprocesses: {p: null}\nproperties: {small: null}\nvars: null\n")
    assert (spec.processes, spec.vars) == ((), ())
    assert [p.name.text for p in spec.properties] == ["no_deadlock", "no_error"]
    spec = load("extends: base.yaml\nproperties: null\n")
    assert [p.name.text for p in spec.properties] == ["no_deadlock", "no_error"]


def test_removing_what_is_not_there_is_a_mistake(folder: Path) -> None:
    Path("base.yaml").write_text(BASE, encoding="utf-8")
    assert mistakes("extends: base.yaml\nprocesses:\n  pp: null\ndefine:\n  twise: null\n") == [
        "3:3: there is no pp here to remove (did you mean p?)",
        "5:3: there is no twise here to remove (did you mean twice?)",
    ]
    assert mistakes("constants: null\n") == [
        "1:1: there is no constants here to remove (null removes what an extended spec has)"
    ]


def test_extends_is_relative_to_the_file_that_extends(folder: Path) -> None:
    (folder / "sub").mkdir()
    Path("root.yaml").write_text("constants: {A: 1}\n", encoding="utf-8")
    Path("sub/middle.yaml").write_text("extends: ../root.yaml\n", encoding="utf-8")
    spec = load("extends: sub/middle.yaml\n")
    assert [s.path for s in spec.origins] == ["root.yaml", "sub/middle.yaml", "spec.yaml"]
    assert spec.constants[0].name.text == "A"


def test_a_circle_of_specs_is_shown(folder: Path) -> None:
    Path("a.yaml").write_text("extends: b.yaml\n", encoding="utf-8")
    Path("b.yaml").write_text("about: x\nextends: ./a.yaml\n", encoding="utf-8")
    assert mistakes("extends: a.yaml\n") == [
        "b.yaml:2:10: a spec extends itself: a.yaml -> b.yaml -> a.yaml"
    ]
    assert mistakes("extends: spec.yaml\n") == [
        "1:10: a spec extends itself: spec.yaml -> spec.yaml"
    ]


def test_a_chain_without_end_is_refused(folder: Path) -> None:
    for number in range(30):
        text = f"extends: s{number + 1}.yaml\n"
        Path(f"s{number}.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SpecError, match=r"s19\.yaml:1:10: more than 20 specs extend one another"):
        load_document("s0.yaml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("extends: none.yaml\n", "1:10: no such file: none.yaml"),
        ("extends: /etc/passwd\n",
         "1:10: /etc/passwd is not a YAML file (its name ends with .yaml)"),
        ("extends: folder.yaml\n", "1:10: this is a directory, not a spec: folder.yaml"),
        ("extends: [a.yaml]\n", "1:10: extends names one other spec (a path)"),
        ("extends: null\n", "1:10: extends names one other spec (a path)"),
        ("extends: bad.yaml\n", "1:10: bad.yaml is not a spec"),
        ("kinds: bad.yaml\n", "1:8: bad.yaml is not a file of kinds"),
        ("modle: x\n", "1:1: unknown key in a spec: modle (did you mean model?)"),
        *((f"model: {name}\n", f"1:8: {name} cannot name a model (letters, digits, _ - ., "
          "at most 100 bytes in UTF-8, no dot or - first)")
          for name in ("../x", ".x", "-x", "a b", "a+b")),
        ("model: x.\n", "1:8: x. cannot name a model (no dot at the end)"),
        ("model: Con.x\n", "1:8: Con.x cannot name a model (Windows has a device of this name)"),
        ("processes: 3\n", "1:12: processes must be a mapping, this is text (key: value)"),
        ("processes: [p]\n", "1:12: processes must be a mapping, this is a list (key: value)"),
        ("vars:\n", "1:1: vars is empty (fill it or leave the key out)"),
        ("about: [x]\n", "1:8: about must be text, this is a list"),
        ("constants: {A: [1]}\n", "1:16: a constant is an integer, a boolean or a name"),
        ("constants: {if: 1}\n",
         "1:13: `if` is a word of the language and cannot name a constant"),
        ("constants: {len: 1}\n",
         "1:13: `len` is a word of the language and cannot name a constant"),
        ("vars: {self: int}\n",
         "1:8: `self` is a word of the language and cannot name a variable"),
        ("vars: {__x: int}\n", "1:8: a name that starts with __ is kept for the tool: __x"),
        ("define: {a b: 1}\n",
         "1:10: a b cannot name a definition (letters, digits and _, no digit first)"),
        ("define: {x: max(a, b)}\n",
         "1:20: b) is empty (in braces a comma splits: quote a text that has one)"),
        ("processes:\n  worker[2]: {run: pass}\n",
         "2:3: worker[2] cannot name a process"
         " (for 2 instances of worker, write `count: 2` in it)"),
        ("processes:\n  worker[x]: {run: pass}\n",
         "2:3: worker[x] cannot name a process (letters, digits and _, no digit first)"),
        ("processes:\n  p:\n    about: x\n", "2:3: p needs a run (its program)"),
        ("processes:\n  p:\n    rum: pass\n    run: pass\n",
         "3:5: unknown key in the process p: rum (did you mean run?)"),
        ("resources:\n  r:\n    key: x\n", "2:3: r needs a kind (kind: redis.list[T])"),
        ("resources:\n  r: [queue]\n",
         "2:6: the resource r must be a mapping, this is a list (key: value)"),
        ("resources:\n  r:\n    kind: queue[\n",
         "3:16: this `[` is never closed"),
        ("properties:\n  p:\n    about: x\n",
         f"2:3: p needs exactly one of {FORMS}"),
        ("properties:\n  p:\n    always: x\n    never: y\n",
         f"4:5: p needs exactly one of {FORMS} (an inherited one is removed with "
         "null)"),
        ("properties:\n  p:\n    allways: x\n",
         "3:5: unknown key in the property p: allways (did you mean always?)"),
        ("properties:\n  p:\n    leads_to: {after: null, comes: x}\n",
         "3:23: leads_to needs after, null is none ({after: ..., comes: ...} is replaced whole; "
         "null removes a whole property)"),
        ("properties:\n  p:\n    leads_to:\n      after: x\n      comes: ~\n",
         "5:14: leads_to needs comes, null is none ({after: ..., comes: ...} is replaced whole; "
         "null removes a whole property)"),
        ("properties:\n  p:\n    always: x\n    expect: hold\n",
         "4:13: expect is holds or violated, not hold"),
        ("properties:\n  no_error:\n    always: x\n",
         "3:5: unknown key in the property no_error: always (there is about, expect)"),
        ("kinds: 3\n", "1:8: 3 is not a YAML file (its name ends with .yaml)"),
        ("kinds: none.yaml\n", "1:8: no such file: none.yaml"),
        ("kinds: [kinds.yaml, kinds.yaml]\n",
         "1:21: there is already a kind my.kind (rename yours)"),
    ],
)  # fmt: skip
def test_a_bad_spec_is_one_clear_mistake(folder: Path, text: str, said: str) -> None:
    Path("folder.yaml").mkdir()
    Path("bad.yaml").write_text("- a\n", encoding="utf-8")
    Path("kinds.yaml").write_text("my.kind: {about: x}\n", encoding="utf-8")
    assert mistakes(text) == [said]


CJK = "\N{CJK UNIFIED IDEOGRAPH-540D}"


def test_a_name_that_becomes_one_of_a_file_has_room_there(folder: Path) -> None:
    right = f"model: {CJK * 33}\nprocesses: {{}}\nproperties: {{{CJK * 33}: {{always: true}}}}\n"
    assert load(right).model == CJK * 33
    wrong = right.replace(CJK * 33, CJK * 34)
    assert [line.partition(" (")[2] for line in mistakes(wrong)] == [
        "letters, digits, _ - ., at most 100 bytes in UTF-8, no dot or - first)",
        "at most 100 bytes in UTF-8)",
    ]


def test_no_two_properties_are_one_file(folder: Path) -> None:
    names = ("A", "a", "report", "result", "SPACE", "repairs", "nul")
    lines = "".join(f"  {name}: {{always: true}}\n" for name in names)
    assert mistakes(f"properties:\n{lines}") == [
        "3:3: a and A, in line 2, are one file on some systems (rename one of them)",
        *(
            f"{line}:3: {name} cannot name a property "
            "(a file of every run is called so: give it another name)"
            for line, name in enumerate(names[2:6], 4)
        ),
        "8:3: nul cannot name a property (Windows has a device of this name)",
    ]


def test_all_mistakes_of_a_spec_are_told_at_once(folder: Path) -> None:
    text = (
        "modle: x\nconstants: {A: 1 +}\ntypes: {T: 1..}\nvars: {x: int = =}\n"
        "processes:\n  p:\n    run: |\n      a: f(\n      a: )\n"
        "properties:\n  q: {always: x = 3, prefer: [max(a, b]}\n"
    )
    assert [line.split(": ")[0] for line in mistakes(text)] == [
        "1:1", "2:19", "3:15", "4:17", "8:11", "9:10", "11:17", "11:34",
    ]  # fmt: skip


def test_set_gives_a_constant_another_value(folder: Path) -> None:
    spec = load(BASE, A="2 + 3")
    assert [(c.name.text, c.value.text) for c in spec.constants] == [("A", "2 + 3"), ("B", "true")]
    assert str(spec.constants[0].value.at) == "--set:1:3"


def test_set_of_an_unknown_name_or_of_no_expression_is_a_mistake(folder: Path) -> None:
    assert mistakes(BASE + "  bad:\n    always: 1 +\n", AA="1", B="(") == [
        "--set:1:1: no such constant: AA (did you mean A?)",
        "--set:1:3: this `(` is never closed",
        "36:16: this is not an expression",
    ]


KINDS = """\
my.store:
  about: It stores.
  reference: https://example.org/
  parameters: [K, V]
  options:
    start: V
    bound: 0..9 = 3
  state:
    held: dict[K, V] = {}
  commands:
    get:
      about: Read.
      parameters: {key: K, value: V = 1}
      run: return held[key]
      wire: GET {key}
      answer: "{result}"
    take($):
      issue: |
        held[0] = 1
      run: |
        await 0 in held
        return held[0]
"""


def test_a_file_of_kinds_is_read_whole() -> None:
    kinds = load_kinds(Source("k.yaml", KINDS))
    assert list(kinds) == ["my.store"]
    kind = kinds["my.store"]
    assert (kind.name, kind.about, kind.reference) == (
        "my.store", "It stores.", "https://example.org/",
    )  # fmt: skip
    assert [p.text for p in kind.parameters] == ["K", "V"]
    assert [(n.text, text_of(t), text_of(d)) for n, t, d in kind.options] == [
        ("start", "V", None), ("bound", "0..9", "3"),
    ]  # fmt: skip
    assert [(v.name.text, text_of(v.initial)) for v in kind.state] == [("held", "{}")]
    get, take = kind.commands
    assert (get.name.text, get.wire, get.answer, get.issue) == (
        "get", "GET {key}", "{result}", (),
    )  # fmt: skip
    assert [(n.text, text_of(d)) for n, _, d in get.parameters] == [("key", None), ("value", "1")]
    assert isinstance(get.run[0], Return)
    assert take.name.text == "take($)"
    assert isinstance(take.issue[0], Assign)
    assert len(take.run) == 2


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("my.store", "my store", "1:1: my store cannot name a kind "
         "(names with dots between them, such as redis.list)"),
        ("state:", "stat:", "8:3: unknown key in the kind my.store: stat (did you mean state?)"),
        ("[K, V]", "K", "4:15: parameters must be a list of names ([T])"),
        ("take($)", "take $", "17:5: take $ cannot name a command (such as get or read($))"),
        ("get:", "del:", "11:5: `del` is a word of the language and cannot name a command"),
        ("      run: return held[key]\n", "", "11:5: the command get has no run (what it does)"),
        ("wire:", "wired:",
         "15:7: unknown key in the command get: wired (did you mean wire?)"),
        ("held[key]", "held[key", "14:23: this `[` is never closed"),
    ],
)  # fmt: skip
def test_a_bad_kind_is_one_clear_mistake(old: str, new: str, said: str) -> None:
    with pytest.raises(SpecError) as caught:
        load_kinds(Source("k.yaml", KINDS.replace(old, new, 1)))
    assert [d.render().split("\n")[0] for d in caught.value.diagnostics] == [f"k.yaml:{said}"]


QUEUE = """\
my.queue:
  parameters: [T]
  state: {items: "list[T]"}
  commands:
    take:
      run: return items[0]
      moves: {put: MOVE}
      handover: {keep: put, done: "remove({item})", back: take, give: put}
    put:
      parameters: {item: T}
      run: items.append(item)
    remove:
      parameters: {item: T}
      run: items = [each for each in items if each != item]
      acknowledges: take
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"remove({item})"', "remove", "8:17: handover needs keep, done (a call with {item}), back "
         'and give ({keep: rpush, done: "lrem(1, {item})", back: rpop, give: lpush})'),
        ('"remove({item})"', '"drop({item})"',
         "5:5: take names drop, which is no command (there is take, put, remove)"),
        ("back: take", "back: put", "5:5: put and put are not one command (moves: {put: ...})"),
        ("acknowledges: take", "acknowledges: tak",
         "12:5: remove names tak, which is no command (did you mean take?)"),
    ],
)  # fmt: skip
def test_how_a_kind_hands_over_and_acknowledges_must_be_by_its_commands(
    old: str, new: str, said: str
) -> None:
    load_kinds(Source("k.yaml", QUEUE))
    with pytest.raises(SpecError) as caught:
        load_kinds(Source("k.yaml", QUEUE.replace(old, new, 1)))
    assert [d.render().split("\n")[0] for d in caught.value.diagnostics] == [f"k.yaml:{said}"]


def test_a_spec_brings_its_own_kinds_relative_to_its_file(folder: Path) -> None:
    (folder / "sub").mkdir()
    Path("sub/kinds.yaml").write_text(KINDS, encoding="utf-8")
    Path("sub/base.yaml").write_text("kinds: kinds.yaml\n", encoding="utf-8")
    assert [k.name for k in load("extends: sub/base.yaml\n").kinds] == ["my.store"]


def test_a_built_in_kind_cannot_be_replaced(folder: Path) -> None:
    Path("kinds.yaml").write_text("redis.list: {about: x}\n", encoding="utf-8")
    assert mistakes("kinds: kinds.yaml\n") == [
        "1:8: there is already a kind redis.list (rename yours)"
    ]


def test_the_built_in_kinds_are_read_once() -> None:
    assert "redis.list" in builtin_kinds()
    assert builtin_kinds() is builtin_kinds()
    assert builtin_kinds()["redis.list"] is builtin_kinds()["redis.list"]


def test_each_built_in_kind_stands_in_a_file_of_its_name() -> None:
    assert [(name, kind.name) for name, kind in builtin_kinds().items()] == [
        (name, name) for name in builtin_kinds()
    ]


def test_the_specs_of_the_project_are_read() -> None:
    for path in sorted(Path(__file__).parents[2].joinpath("specs").glob("*.yaml")):
        assert load_document(path).processes, path
