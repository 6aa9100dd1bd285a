"""The kinds that come with the tool: each command makes sense, and says where it is from."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest
from model_check.language import SpecError, load
from model_check.language.checker.survey import all_statements
from model_check.language.source.diagnostics import Diagnostics
from model_check.language.source.reader import Node
from model_check.language.syntax import kindfile
from model_check.language.syntax.command_body import CommandBody
from model_check.language.syntax.commands import read_body
from model_check.language.syntax.kindfile import builtin_kinds
from model_check.language.syntax.nodes import (
    Assign,
    CommandDoc,
    Evaluate,
    Expression,
    Watching,
)

ALL_KINDS = builtin_kinds()

SUITABLE = {
    "C": "Field",
    "D": "1..1",
    "G": "1..1",
    "T": "1..3",
    "F": "Field",
    "V": "1..3",
    "S": "int",
}
ARGUMENTS = {
    "C": "age", "G": "1", "T": "1", "F": "age", "V": "1", "S": "1", "int": "1", "int?": "1",
    "0..2147483647": "1", "1..2147483647": "1", "enum(BEFORE, AFTER)": '"BEFORE"',
}  # fmt: skip


def write(folder: Path, kind: str, call: str, options: str = "", user: str = "") -> Path:
    """A spec with one resource `r` and processes that call it once."""
    path = folder / "spec.yaml"
    path.write_text(
        f"types:\n  Field: enum(name, age)\nresources:\n  r:\n    kind: {kind}\n{options}"
        f"processes:\n  p:\n{user}    run: |\n      a: {call}\n"
    )
    return path


def mistakes(path: Path) -> list[str]:
    """What is wrong with a spec: line, column, message and hint."""
    with pytest.raises(SpecError) as error:
        load(path)
    return [
        f"{d.position.line}:{d.position.column}: {d.message}" + (f" ({d.hint})" if d.hint else "")
        for d in error.value.diagnostics
    ]


def commands() -> Iterator[tuple[str, str]]:
    for name, kind in ALL_KINDS.items():
        for command in kind.commands:
            yield name, command.name.text


def _argument(kind: str) -> str:
    """A value of a type, as a call gives it."""
    if kind.startswith("list[{"):
        key, value = (each.partition(": ")[2] for each in kind[6:-2].split(", "))
        return f"{{{ARGUMENTS[key]}: {ARGUMENTS[value]}}}"
    if kind.startswith("list["):
        return f"[{ARGUMENTS[kind[5:-1]]}]"
    return ARGUMENTS[kind.partition("[")[0]]


@pytest.mark.parametrize(("kind", "command"), list(commands()))
def test_every_command_makes_sense_for_suitable_types(
    tmp_path: Path, kind: str, command: str
) -> None:
    doc = next(c for c in ALL_KINDS[kind].commands if c.name.text == command)
    given = {
        name.text: _argument(getattr(type_, "text", ""))
        for name, type_, default in doc.parameters
        if default is None
    }
    given |= {each.text: "r" for each in doc.others}
    last = max([n for n, (text, _) in enumerate(doc.form.places, 1) if text is not None] or [0])
    arguments = [
        given[name] if text is None else f'"{text}"' for text, name in doc.form.places[:last]
    ]
    others = [name for _, name in doc.form.places[last:] if name in given]
    if doc.form.rest:
        arguments += [*(given[name] for name in others), f"*{given[doc.form.rest]}"]
    else:
        arguments += [f"{name}={given[name]}" for name in others]
    arguments += [each if "=" in each else f"{each}=True" for each in doc.form.flags]
    types = ", ".join(SUITABLE[p.text] for p in ALL_KINDS[kind].parameters)
    spec = load(write(tmp_path, f"{kind}[{types}]", f"r.{doc.base}({', '.join(arguments)})"))
    assert list(spec.resource("r").commands[0]) == [command]


@pytest.mark.parametrize(("kind", "command"), list(commands()))
def test_every_command_is_documented(kind: str, command: str) -> None:
    doc = next(c for c in ALL_KINDS[kind].commands if c.name.text == command)
    assert doc.about
    assert doc.reference.startswith("https://")
    assert doc.wire


def test_only_the_commands_that_are_called_are_checked(tmp_path: Path) -> None:
    spec = load(write(tmp_path, "redis.string[bool]", "r.set(True)"))
    assert list(spec.resource("r").commands[0]) == ["set"]


def test_what_a_command_does_is_read_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Node] = []

    def noted(node: Node, errors: Diagnostics) -> CommandBody:
        read.append(node)
        return read_body(node, errors)

    monkeypatch.setattr(kindfile, "read_body", noted)
    lock = kindfile._BuiltinKinds()["redis.string"]
    assert not read
    for _ in range(2):
        assert next(each for each in lock.commands if each.name.text == "get").run
    assert len(read) == 1


def test_a_command_that_makes_no_sense_for_a_type_is_told_at_the_call(tmp_path: Path) -> None:
    (mistake,) = mistakes(write(tmp_path, "redis.string[bool]", "r.incr()"))
    assert mistake.startswith(
        "9:10: redis.string[bool] does not allow incr (+ does not work on bool and 1, at kinds"
    )


TWICE = {
    "in a loop over steps": "for i in range(2):\n          a: x = r.incr()",
    "with a temporary": "a:\n          n = r.incr()\n          x = n",
    "in a loop in a step": "a:\n          for flag in bool_:\n              x = r.incr()",
    "twice": "a: x = r.incr()\n      b: x = r.incr()",
}


@pytest.mark.parametrize("program", TWICE.values(), ids=TWICE)
def test_a_command_that_makes_no_sense_is_told_at_each_call_and_each_look(
    tmp_path: Path, program: str
) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(
        "types:\n  bool_: bool\nresources:\n  r:\n    kind: redis.string[bool]\n"
        f"processes:\n  p:\n    vars:\n      x: 0..9\n    run: |\n      {program}\n"
    )
    found = mistakes(path)
    assert len(found) == program.count("incr")
    assert all("redis.string[bool] does not allow incr" in each for each in found)


BLOCKING = {
    "redis.list": {"blpop", "brpop"},
    "redis.pubsub": {"get_message"},
    "redis.stream": {"xread", "xread($)"},
    "websocket": {"recv"},
    "queue": {"get"},
}


@pytest.mark.parametrize(("kind", "call"), [("redis.list", "blpop()"), ("queue", "get()"),
                                            ("websocket", "recv()"), ("queue", "put(1)"),
                                            ("redis.list", "lpop()")])  # fmt: skip
def test_a_command_is_blocking_if_it_can_wait(tmp_path: Path, kind: str, call: str) -> None:
    spec = load(write(tmp_path, f"{kind}[1..3]", f"r.{call}"))
    ((name, command),) = spec.resource("r").commands[0].items()
    assert command.blocking == (name in BLOCKING[kind])


def test_putting_into_a_bounded_queue_can_wait(tmp_path: Path) -> None:
    spec = load(write(tmp_path, "queue[1..3]", "r.put(1)", "    bound: 2\n"))
    assert spec.resource("r").commands[0]["put"].blocking


@pytest.mark.parametrize(
    ("kind", "options", "mistake"),
    [
        ("redis.lst[1..3]", "", "5:11: no such kind: redis.lst (did you mean redis.list?)"),
        ("redis.list", "", "5:11: redis.list takes 1 types, 0 given (it is written redis.list[T])"),
        (
            "redis.hash[int, bool]", "",
            "5:11: r cannot be a redis.hash[int, bool] (the keys of a dict must have a finite",
        ),
        (
            "redis.sortedset", "",
            "5:11: redis.sortedset takes 1 to 2 types, 0 given (it is written redis.sortedset[T],"
            " or redis.sortedset[T, S])",
        ),
        (
            "redis.sortedset[1..3, 0..9]", "    initially: {1: 3, 2: 10, 3: None}\n",
            "6:26: 10 is outside of initially of r, which is 0..9",
        ),
        (
            "redis.list[1..3]", "    intialy: [1]\n",
            "6:5: unknown key in the resource r: intialy (did you mean initially?)",
        ),
        (
            "redis.list[1..3]", "    initially: [7]\n",
            "6:17: 7 is outside of initially of r, which is 1..3",
        ),
        ("queue[1..3]", "    bound: -1\n", "6:12: -1 is outside of bound of r, which is 0..65535"),
        (
            "redis.list[1..3]", "    count: 65\n",
            "6:12: constant out of range: r has 65 instances (1 to 64 are possible)",
        ),
    ],
)  # fmt: skip
def test_a_wrong_resource_is_told_in_one_message(
    tmp_path: Path, kind: str, options: str, mistake: str
) -> None:
    found = mistakes(write(tmp_path, kind, "pass", options))
    assert [each[: len(mistake)] for each in found] == [mistake]


def test_a_websocket_has_two_ends(tmp_path: Path) -> None:
    path = write(tmp_path, "websocket[1..3]", "r.send(1)", user="    count: 3\n")
    assert mistakes(path) == [
        "4:3: a websocket has two ends, but p[0], p[1] and p[2] use r "
        "(give it count: 2 and call r[self])"
    ]


def test_an_index_made_of_self_tells_who_uses_which_instance(tmp_path: Path) -> None:
    path = write(
        tmp_path, "websocket[1..3]", "r[self // 2].send(1)", "    count: 2\n", "    count: 4\n"
    )
    clients = [each.members for each in load(path).resource("r").clients]
    assert clients == [("p[0]", "p[1]"), ("p[2]", "p[3]")]


def test_an_index_that_only_run_time_knows_counts_for_all_instances(tmp_path: Path) -> None:
    path = write(
        tmp_path, "redis.pubsub[1..3]", "r[(x + 1) % 2].subscribe()", "    count: 2\n",
        "    vars:\n      x: 0..1\n",
    )  # fmt: skip
    assert [each.members for each in load(path).resource("r").clients] == [("p",), ("p",)]


def test_who_only_publishes_is_no_client(tmp_path: Path) -> None:
    spec = load(write(tmp_path, "redis.pubsub[1..3]", "r.publish(1)"))
    assert [each.members for each in spec.resource("r").clients] == [()]


OWN_KIND = """\
lock:
  state:
    holder: Client?
  commands:
    take:
      run: |
        await holder is None
        holder = caller
      wire: TAKE {key}
    give:
      run: |
        holder = nobody
        broken: pass
      wire: GIVE {key}
"""


@pytest.mark.parametrize(
    ("parameters", "wrong"),
    [
        ("[T = int, U]", "2:25: behind one with a default, all have one (S = int)"),
        ("[T = ]", "2:19: a type is missing here"),
        ("[[T]]", "2:16: a type parameter is a name ([T])"),
        ("T", "2:15: parameters must be a list of names ([T])"),
    ],
)
def test_type_parameters_are_read_with_care(tmp_path: Path, parameters: str, wrong: str) -> None:
    path = own_kind(tmp_path, "r.take()")
    (tmp_path / "lock.yaml").write_text(
        OWN_KIND.replace("lock:\n", f"lock:\n  parameters: {parameters}\n")
    )
    assert [each[: len(wrong)] for each in mistakes(path)][:1] == [wrong]


def test_by_text_is_a_word_of_kinds_and_takes_a_type(tmp_path: Path) -> None:
    path = own_kind(tmp_path, "r.take()")
    (tmp_path / "lock.yaml").write_text(
        OWN_KIND.replace("await holder is None", "x = by_text(caller)")
    )
    assert mistakes(path)[0].endswith("by_text needs a type (by_text(T)[x]: the place of x)")
    path = write(tmp_path, "redis.list[1..3]", "r.rpush(by_text(Field)[age])")
    assert mistakes(path)[0].startswith("9:18: no such function: by_text (")


def own_kind(folder: Path, call: str) -> Path:
    (folder / "lock.yaml").write_text(OWN_KIND)
    path = write(folder, "lock", call, user="    count: 2\n")
    path.write_text("kinds: lock.yaml\n" + path.read_text())
    return path


def test_a_kind_of_the_users_own_is_as_good_as_one_that_came_with_the_tool(tmp_path: Path) -> None:
    resource = load(own_kind(tmp_path, "r.take()")).resource("r")
    assert resource.clients[0].members == ("p[0]", "p[1]")
    assert resource.commands[0]["take"].blocking


def test_a_mistake_in_a_kind_of_the_users_own_is_told_where_it_is(tmp_path: Path) -> None:
    assert mistakes(own_kind(tmp_path, "r.give()")) == [
        "12:18: no such name: nobody (there is holder, caller, Client)",
        "13:9: a command of a kind has no labels, while, break, either or try",
    ]


def test_a_mistake_in_a_kind_is_told_where_its_command_is_looked_at_again(tmp_path: Path) -> None:
    once = mistakes(own_kind(tmp_path, "r.give()"))
    path = own_kind(tmp_path, "r.give()")
    path.write_text(
        path.read_text().replace("a: r.give()", "for i in range(2):\n          a: r.give()")
    )
    assert mistakes(path) == once


@pytest.mark.parametrize(
    ("stored", "wrong"),
    [
        ("GET", "4:11: stored must be a mapping, this is text (key: value)"),
        (
            "{state: holdr, write: SET x, read: GET x}",
            "4:11: stored names a state of the kind, not holdr (did you mean holder?)",
        ),
        (
            "{state: holder, write: SET x}",
            "4:11: stored has no read: the command that does it at the server",
        ),
        (
            "{state: holder, write: SET x, read: GET x, bare: yes}",
            "4:60: bare is true or false, not yes",
        ),
        (
            "{state: holder, write: SET x, read: GET x, ids: holder}",
            "4:59: ids must be a list of names ([T])",
        ),
    ],
)
def test_how_a_server_keeps_a_kind_is_read_with_care(
    tmp_path: Path, stored: str, wrong: str
) -> None:
    path = own_kind(tmp_path, "r.take()")
    kind = tmp_path / "lock.yaml"
    kind.write_text(OWN_KIND.replace("  commands:", f"  stored: {stored}\n  commands:"))
    assert wrong in mistakes(path)


LATER = """\
box:
  state:
    n: int
    opened: bool
  commands:
    drop:
      parameters: {{many: int}}
      run: n += many
      afterwards: |
{afterwards}
      wire: DROP {{key}}
"""


@pytest.mark.parametrize(
    ("afterwards", "wrong"),
    [
        ("await n > 2", "10:9: the step is done afterwards: nothing can wait"),
        ("return n", "10:9: nobody is answered afterwards"),
        ("n = many", "10:13: no such name: many"),
        ("opened = caller is None", "10:18: caller means something in the commands of a kind only"),
        ("n = none", "10:13: no such name: none"),
    ],
)
def test_what_is_done_afterwards_waits_for_nobody_and_knows_no_caller(
    tmp_path: Path, afterwards: str, wrong: str
) -> None:
    (tmp_path / "box.yaml").write_text(LATER.format(afterwards=f"        {afterwards}"))
    path = write(tmp_path, "box", "r.drop(1)")
    path.write_text("kinds: box.yaml\n" + path.read_text())
    assert [each.partition(" (")[0] for each in mistakes(path)] == [wrong]


def changes(command: CommandDoc, state: Collection[str]) -> bool:
    """Whether a command sets one of these variables, or calls a method of one."""
    places = [
        place.node
        for statement in all_statements(command.run)
        for place in (getattr(statement, "target", None), getattr(statement, "value", None))
        if isinstance(place, Expression)
        and ((isinstance(statement, Assign) and place is statement.target)
             or isinstance(statement, Evaluate))
    ]  # fmt: skip
    names = {n.id for place in places for n in ast.walk(place) if isinstance(n, ast.Name)}
    return not names.isdisjoint(state)


def test_what_changes_a_key_touches_it() -> None:
    """Else a transaction that watches it would not fail."""
    missing = []
    for name, kind in ALL_KINDS.items():
        watched = any(each.name.text == "watch" for each in kind.commands)
        for command in kind.commands if watched else ():
            touches = any(
                isinstance(each, Watching) and each.word == "touch"
                for each in all_statements(command.run)
            )
            if changes(command, {kind.stored.state}) and not touches:
                missing.append(f"{name}.{command.name.text}")
    assert missing == []
