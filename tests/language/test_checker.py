"""What the checker makes of right documents, and what it says about wrong ones as a whole."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from model_check.language import Spec, SpecError, load
from model_check.language.tree import expressions as exprs
from model_check.language.tree import statements as stmts
from model_check.language.types import (
    BOOL,
    INT,
    EnumType,
    IntType,
    ListType,
    OptionType,
    RecordType,
    SetType,
)

SPECS = Path(__file__).parents[2] / "specs"


def spec_of(folder: Path, text: str, overrides: Mapping[str, str] | None = None) -> Spec:
    path = folder / "spec.yaml"
    path.write_text(text)
    return load(path, overrides or {})


def mistakes(folder: Path, text: str, overrides: Mapping[str, str] | None = None) -> list[str]:
    """All messages: line, column, message and hint."""
    with pytest.raises(SpecError) as error:
        spec_of(folder, text, overrides)
    return [
        f"{d.position.line}:{d.position.column}: {d.message}" + (f" ({d.hint})" if d.hint else "")
        for d in error.value.diagnostics
    ]


def process(run: str, more: str = "") -> str:
    """A spec whose only process runs a program."""
    lines = "".join(f"      {line}\n" for line in run.split("\n"))
    vars_ = "    vars:\n      x: 0..9\n      xs: list[0..9]\n"
    return f"{more}processes:\n  p:\n{vars_}    run: |\n{lines}"


def steps(spec: Spec) -> dict[str, stmts.Step]:
    """The steps of the first process by label, those in loops and choices too."""
    found: dict[str, stmts.Step] = {}

    def collect(body: tuple[stmts.Control, ...]) -> None:
        for control in body:
            match control:
                case stmts.Step():
                    found[control.label] = control
                case stmts.For(body=inner) | stmts.While(body=inner):
                    collect(inner)
                case stmts.Switch(branches, orelse):
                    for _, inner in branches:
                        collect(inner)
                    collect(orelse)
                case stmts.Either(branches):
                    for inner in branches:
                        collect(inner)

    collect(spec.processes[0].run)
    return found


# --- the specs of the chat ---------------------------------------------------------------------


def test_legacy_is_checked_with_its_constants_folded_in() -> None:
    spec = load(SPECS / "legacy.yaml")
    assert spec.constants == {"STORED": 6, "TOTAL": 10}
    (loop,) = spec.process("ai_service").run
    assert isinstance(loop, stmts.For)
    assert isinstance(loop.source, exprs.Function)
    assert [a.value for a in loop.source.arguments if isinstance(a, exprs.Literal)] == [7, 11]
    assert spec.process("ai_service").loops[0].type == IntType(7, 10)
    assert spec.process("ai_service").labels == ("publish", "save")
    assert [p.name for p in spec.properties][-2:] == ["no_deadlock", "no_error"]


def test_the_clients_of_a_resource_are_who_call_commands_that_mention_the_caller() -> None:
    spec = load(SPECS / "legacy.yaml")
    assert spec.resource("history").clients == (EnumType(()),)
    assert spec.resource("stream").clients == (EnumType(("gateway",)),)
    assert spec.resource("socket").clients == (EnumType(("gateway", "client")),)
    assert set(spec.resource("stream").commands[0]) == {"subscribe", "publish", "get_message"}


def test_each_connection_has_the_clients_that_index_it_with_self() -> None:
    spec = load(SPECS / "legacy-two-nodes.yaml")
    assert spec.resource("socket").clients == (
        EnumType(("gateway[0]", "client[0]")),
        EnumType(("gateway[1]", "client[1]")),
    )


def test_a_step_that_is_sent_and_answered_knows_its_call() -> None:
    spec = load(SPECS / "fix-stream-dollar.yaml")
    loop = spec.process("gateway").run[-1]
    assert isinstance(loop, stmts.While)
    (step,) = loop.body
    assert isinstance(step, stmts.Step)
    assert step.issue is not None
    assert (step.issue.resource, step.issue.command) == ("stream", "xread($)")


def test_labels_in_an_atomic_block_become_one_step() -> None:
    spec = load(SPECS / "fix-atomic.yaml")
    (loop,) = spec.process("ai_service").run
    assert isinstance(loop, stmts.For)
    (step,) = loop.body
    assert isinstance(step, stmts.Step)
    assert (step.label, step.joined, step.indices) == (
        "publish+save",
        ("publish", "save"),
        ("chunk",),
    )


@pytest.mark.parametrize("path", sorted(SPECS.glob("*.yaml")), ids=lambda p: p.stem)
def test_every_spec_of_the_gallery_is_right(path: Path) -> None:
    assert load(path).processes


# --- types ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        ("3", IntType(3, 3)),
        ("x + 1", IntType(1, 10)),
        ("x - 5", IntType(-5, 4)),
        ("x * -2", IntType(-18, 0)),
        ("x // 4", IntType(0, 2)),
        ("x % 4", IntType(0, 3)),
        ("(x + 90) % 100", IntType(0, 99)),
        ("-x", IntType(-9, 0)),
        ("abs(x - 5)", IntType(0, 5)),
        ("min(x, 4)", IntType(0, 4)),
        ("max(x, 4)", IntType(4, 9)),
        ("len(xs)", INT),
        ("len(set(xs))", IntType(0, 10)),
        ("sum(xs)", INT),
        ("max(xs)", IntType(0, 9)),
        ("count(y > 3 for y in range(0, 5))", INT),
        ("1 if x > 3 else 20", IntType(1, 20)),
        ("xs[0]", IntType(0, 9)),
        ("xs[1:]", ListType(IntType(0, 9))),
        ("xs + [12]", ListType(IntType(0, 12))),
        ("set(xs) | {12}", SetType(IntType(0, 12))),
        ("sorted(set(xs))", ListType(IntType(0, 9))),
        ("range(x)", ListType(IntType(0, 8))),
        ("[y * 2 for y in xs]", ListType(IntType(0, 18))),
        ("{id: x, ok: x > 3}", RecordType((("id", IntType(0, 9)), ("ok", BOOL)))),
        ("None if x > 3 else x", OptionType(IntType(0, 9))),
        ("all(y > 3 for y in xs)", BOOL),
        ("1 < x < 3", BOOL),
        ("self", IntType(0, 0)),
    ],
)
def test_an_expression_has_the_narrowest_type_that_holds_its_values(
    tmp_path: Path, expression: str, kind: object
) -> None:
    text = process(f"a:\n    t = {expression}\n    await t == t")
    (assignment, _) = steps(spec_of(tmp_path, text))["a"].body
    assert isinstance(assignment, stmts.Assign)
    assert assignment.target == exprs.Temporary("t", kind, assignment.at)  # type: ignore[arg-type]


def test_a_temporary_that_is_set_in_a_loop_has_no_range(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, process("a:\n    n = 0\n    for y in xs:\n        n += y\n    x = n"))
    first = steps(spec)["a"].body[0]
    assert isinstance(first, stmts.Assign)
    assert first.target == exprs.Temporary("n", INT, first.at)


def test_a_temporary_list_takes_its_type_from_what_is_put_into_it(tmp_path: Path) -> None:
    run = "a:\n    ys = []\n    for y in xs:\n        ys.append(y + 1)\n    await len(ys) > 0"
    first = steps(spec_of(tmp_path, process(run)))["a"].body[0]
    assert isinstance(first, stmts.Assign)
    assert first.target == exprs.Temporary("ys", ListType(IntType(1, 10)), first.at)


def test_one_loop_variable_of_several_loops_holds_the_items_of_all(tmp_path: Path) -> None:
    run = "for i in range(1, 3):\n    a: x = i\nfor i in range(5, 8):\n    b: x = i"
    spec = spec_of(tmp_path, process(run))
    assert [(v.name, v.type) for v in spec.processes[0].loops] == [("i", IntType(1, 7))]
    assert steps(spec)["b"].indices == ("i",)


def test_a_method_becomes_an_assignment(tmp_path: Path) -> None:
    (assignment,) = steps(spec_of(tmp_path, process("a: xs.append(x)")))["a"].body
    assert isinstance(assignment, stmts.Assign)
    assert isinstance(assignment.value, exprs.Binary)
    assert (assignment.target, assignment.value.left) == (assignment.value.left, assignment.target)


def test_an_optional_is_opened_where_its_value_is_needed(tmp_path: Path) -> None:
    text = process("a: x = maybe", "vars:\n  maybe: 0..9?\n")
    (assignment,) = steps(spec_of(tmp_path, text))["a"].body
    assert isinstance(assignment, stmts.Assign)
    assert isinstance(assignment.value, exprs.Function)
    assert (assignment.value.name, assignment.value.type) == ("value", IntType(0, 9))


def test_an_enum_member_of_two_enums_is_told_by_what_is_expected(tmp_path: Path) -> None:
    more = "types:\n  A: enum(on, off)\n  B: enum(off, broken)\nvars:\n  b: B\n"
    (assignment,) = steps(spec_of(tmp_path, process("a: b = off", more)))["a"].body
    assert isinstance(assignment, stmts.Assign)
    assert assignment.value == exprs.Literal(0, EnumType(("off", "broken")), assignment.at)
    assert mistakes(tmp_path, process("a: await {off} == {off}", more)) == [
        "12:17: off is a member of enum(on, off) and of enum(off, broken) "
        "(it is not clear here which is meant)",
        "12:26: off is a member of enum(on, off) and of enum(off, broken) "
        "(it is not clear here which is meant)",
    ]


def test_a_constant_may_name_a_member_of_an_enum(tmp_path: Path) -> None:
    more = "constants:\n  MODE: fast\ntypes:\n  M: enum(slow, fast)\nvars:\n  m: M = MODE\n"
    spec = spec_of(tmp_path, process("a: pass", more))
    assert spec.constants == {"MODE": "fast"}
    assert spec.vars[0].initial == exprs.Literal(1, EnumType(("slow", "fast")), spec.vars[0].at)
    assert spec_of(tmp_path, process("a: pass", more), {"MODE": "slow"}).constants == {
        "MODE": "slow"
    }


def test_a_dict_may_start_with_one_value_for_all_keys(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, process("a: pass", "vars:\n  d: dict[0..2, list[bool]] = [True]\n"))
    initial = spec.vars[0].initial
    assert isinstance(initial, exprs.DictLiteral)
    assert len(initial.values) == 3


def test_defines_are_put_in_where_they_are_named(tmp_path: Path) -> None:
    more = "define:\n  big: p.x > LIMIT\nconstants:\n  LIMIT: 2 + 1\n"
    spec = spec_of(tmp_path, process("a: pass", more) + "properties:\n  q: {never: not big}\n")
    formula = spec.properties[0].formula
    assert isinstance(formula, exprs.Not)
    assert formula.item == spec.defines[0].value
    assert spec.watch == spec.defines


# --- wrong documents -----------------------------------------------------------------------------

WRONG = {
    "constants in a circle": (
        "constants: {A: B + 1, B: A}\n",
        ["1:26: constants refer to each other in a circle: A -> B -> A"],
    ),
    "a constant of nothing": (
        "constants: {TOTAL: 3, MORE: TOTL + 1, BARE: TOTL}\n",
        [
            "1:29: no such name: TOTL (did you mean TOTAL?)",
            "1:45: no such constant, and no member of an enum: TOTL (did you mean TOTAL?)",
        ],
    ),
    "a constant out of range": (
        "constants: {A: 3000000000, B: 65536 * 65536}\n",
        [
            "1:16: constant out of range (it lies beyond +-2147483648)",
            "1:31: constant out of range (it lies beyond +-2147483648)",
        ],
    ),
    "types in a circle": (
        "types: {A: 'list[B]', B: 'A?'}\n",
        ["1:9: types refer to each other in a circle: A -> B -> A (a value must have an end)"],
    ),
    "types of nothing": (
        "types: {A: Chnk, B: 'set[int]', C: 3..1, D: 'dict[0..5000, bool]', Chunk: 0..x}\n",
        [
            "1:12: no such type: Chnk (did you mean Chunk?)",
            "1:26: the items of a set must have a finite type, int is none "
            "(give its integers a range, such as 1..10)",
            "1:36: constant out of range: 3..1 is empty",
            "1:51: 0..5000 has 5,001 values, the keys of a dict can have 4,096",
            "1:78: no such name: x (there is A, B, C, D)",
        ],
    ),
    "types that take too much room": (
        "types: {A: 'dict[0..99, dict[0..99, bool]]', B: '0..3000000000'}\n",
        [
            "1:13: one value of this type has more than 4,096 parts",
            "1:53: constant out of range (it lies beyond +-2147483648)",
        ],
    ),
    "names that clash": (
        "constants: {a: 1}\ntypes:\n  b: bool\n  e: enum(c, a)\nvars:\n  a: int\n  c: int\n"
        "resources:\n  b: {kind: 'queue[bool]'}\n",
        [
            "1:13: a is a constant here and a member of an enum at line 4: rename one of them",
            "6:3: a is a shared variable here and a member of an enum at line 4: "
            "rename one of them",
            "7:3: c is a shared variable here and a member of an enum at line 4: "
            "rename one of them",
            "9:3: b is a resource here and a type at line 3: rename one of them",
        ],
    ),
    "the content of resources": (
        "resources:\n  log: {kind: 'redis.list[0..9]'}\n"
        "  box: {kind: 'queue[0..9]', count: 2}\n"
        "  hub: {kind: 'redis.pubsub[0..9]', count: 2}\n"
        "  bad: {kind: 'redis.lst[0..9]'}\n"
        "define:\n  a: log.itms\n  b: log[0].items\n  c: box.items\n  d: box[2].items\n"
        "  e: hub[0].inbx\n"
        "  f: log\n  g: log.llen()\n  h: log.llen\n  i: bad.items\n  j: bad[0].items\n"
        "  k: box[nope].items\n"
        "vars:\n  v: int = len(log.items)\n",
        [
            "5:16: no such kind: redis.lst (did you mean redis.list?)",
            "7:6: redis.list[0..9] has no content itms (did you mean items?)",
            "8:10: there is only one log: write log.items",
            "9:6: there are 2 of box: say which, such as box[0]",
            "10:10: 2 is outside of the index of box, which is 0..1",
            "11:6: redis.pubsub[0..9] has no content inbx (did you mean inbox?)",
            "12:6: log is a resource: it has no value (a property looks at a state: log.items)",
            "13:6: the command log.llen cannot be called here "
            "(a property looks at a state: log.items)",
            "14:6: log.llen is a command (a property looks at a state and calls no command)",
            "17:10: no such name: nope (there is v, p, log, box, hub, a, b, c, ...)",
            "19:16: a program cannot look into log (call one of its commands, log.command())",
        ],
    ),
    "initial values": (
        "vars:\n  a: 1..3 = 4\n  b: bool = 1\n  c: list[1..3] = [1, 7]\n  d: int = a\n"
        "  e: 0..9 = self\n",
        [
            "2:13: 4 is outside of a, which is 1..3",
            "3:13: b is bool, this is 1",
            "4:23: 7 is outside of c, which is 1..3",
            "5:12: a is shared (an initial value is made of constants)",
            "6:13: self is the index of a process: there is none here",
        ],
    ),
}


@pytest.mark.parametrize(("text", "expected"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_document_is_told_all_its_mistakes(
    tmp_path: Path, text: str, expected: list[str]
) -> None:
    assert mistakes(tmp_path, process("a: pass", text)) == expected


def test_the_content_of_each_instance_has_its_own_clients(tmp_path: Path) -> None:
    more = "resources:\n  hub: {kind: 'redis.pubsub[0..9]', count: 2}\n"
    text = process("a: hub[0].subscribe()\nb: x = hub[1].publish(1)", more)
    one = f"{text}define:\n  n: hub[0].subscribed\n"
    define = spec_of(tmp_path, one).defines[0].value
    assert isinstance(define, exprs.Content)
    assert (define.resource, define.name) == ("hub", "subscribed")
    assert define.type == SetType(EnumType(("p",)))
    any_ = f"{text}define:\n  n: count(len(hub[i].subscribed) > 0 for i in range(2))\n"
    assert mistakes(tmp_path, any_) == [
        "12:16: subscribed has another type in each hub: its clients differ "
        "(say which, such as hub[0].subscribed)"
    ]


def test_a_type_that_is_wrong_is_told_once_and_not_where_it_is_used(tmp_path: Path) -> None:
    more = "types: {A: 3..1}\nresources:\n  r: {kind: 'redis.pubsub[A]'}\n"
    text = process("a: r.subscribe()\nb: x = r.get_message()", more)
    assert mistakes(tmp_path, text) == ["1:12: constant out of range: 3..1 is empty"]


def test_an_option_that_does_not_fit_is_told_where_it_is_given(tmp_path: Path) -> None:
    more = "resources:\n  r: {kind: 'redis.list[1..3]', initially: 'range(2, 5)'}\n"
    spec = spec_of(tmp_path, process("a: x = r.llen()", more))
    initial = spec.resources[0].state[0][0].initial
    assert initial is not None
    assert str(initial.at).endswith("spec.yaml:2:45")


def test_a_count_has_a_limit(tmp_path: Path) -> None:
    text = process("a: pass").replace("    vars:", "    count: 65\n    vars:")
    assert mistakes(tmp_path, text) == [
        "3:12: constant out of range: p has 65 instances (1 to 64 are possible)"
    ]


def test_all_processes_together_have_a_limit(tmp_path: Path) -> None:
    text = "processes:\n" + "".join(
        f"  p{i}:\n    count: 64\n    run: |\n      a: pass\n" for i in range(5)
    )
    assert mistakes(tmp_path, text) == [
        "18:3: constant out of range: p4 makes it more than 256 instances in all"
    ]


def test_a_wrong_override_is_told_where_it_was_given(tmp_path: Path) -> None:
    text = process("a: pass", "constants:\n  N: 3\ntypes:\n  T: 1..N\n")
    with pytest.raises(
        SpecError, match=r"--set:1:3: no such constant, and no member of an enum: x"
    ):
        spec_of(tmp_path, text, {"N": "x"})


# --- hostile documents ---------------------------------------------------------------------------


def doubling(depth: int, form: str) -> str:
    """d0 twice in d1, d1 twice in d2, ...: as large as 2**depth if anything is written out."""
    return "".join(f"  d{i}: {form.format(f'd{i - 1}')}\n" for i in range(1, depth))


HOSTILE = {
    "defines that double": ("define:\n  d0: p.x\n" + doubling(60, "{0} + {0}"), "is too large"),
    "defines in a row": (
        "define:\n" + "".join(f"  d{i}: d{i + 1} + 1\n" for i in range(2000)) + "  d2000: 1\n",
        "more than 40 defines refer to each other in a row",
    ),
    "constants in a row": (
        "constants:\n" + "".join(f"  d{i}: d{i + 1} + 1\n" for i in range(2000)) + "  d2000: 1\n",
        "more than 40 constants refer to each other in a row",
    ),
    "types in a row": (
        "types:\n" + "".join(f"  d{i}: list[d{i + 1}]\n" for i in range(2000)) + "  d2000: bool\n",
        "more than 40 types refer to each other in a row",
    ),
    "types that double": (
        "types:\n  d0: bool\n" + doubling(60, "'{{a: {0}, b: {0}}}'"),
        "one value of this type has more than 4,096 parts",
    ),
    "types ever deeper": (
        "types:\n  d0: bool\n" + doubling(500, "list[{0}]"),
        "this type is nested too deeply",
    ),
    "sets of sets": (
        "types:\n  d0: bool\n" + doubling(30, "set[{0}]"),
        "the items of a set",
    ),
    "loops in loops": (
        "define:\n  d0: all(a == b for a in range(2000) for b in range(2000))\n",
        "these loops can have 4,000,000 rounds",
    ),
    "loops over types": (
        "types:\n  T: 1..100\ndefine:\n  d0: all(a == b for a in T for b in T)\n",
        "these loops have 10,000 rounds",
    ),
}


@pytest.mark.parametrize(("text", "message"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_document_that_would_explode_is_refused_at_once(
    tmp_path: Path, text: str, message: str
) -> None:
    started = time.monotonic()
    found = mistakes(tmp_path, process("a: pass", text))
    assert any(message in each for each in found)
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    ("step", "warned"),
    [
        ("write: total = seen + 1", ["total is set here and never read"]),
        ("write: _ignored = seen + 1", []),
        ("write: answer = log.llen()", []),
        ("write:\n          total = seen + 1\n          seen = total", []),
    ],
)
def test_a_temporary_that_is_computed_for_nothing_is_warned_of(
    tmp_path: Path, step: str, warned: list[str]
) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(
        'model: m\nvars: {balance: 0..9}\nresources:\n  log: {kind: "redis.list[0..9]"}\n'
        f"processes:\n  p:\n    vars: {{seen: 0..8}}\n    run: |\n      {step}\n",
        encoding="utf-8",
    )
    found = [each.message for each in load(path).warnings]
    assert [each for each in found if not each.startswith("nobody reads")] == warned
