"""What client libraries write and the language has not is answered with what is written instead."""

from __future__ import annotations

from pathlib import Path

import pytest
from model_check.language import SpecError, load
from model_check.language.syntax.kindfile import builtin_kinds

SPEC = """\
types: {V: 1..3, F: "enum(a, b)"}
resources:
  jobs: {kind: "redis.list[V]"}
  due: {kind: "redis.sortedset[V]"}
  tags: {kind: "redis.set[V]"}
  stock: {kind: "redis.hash[F, V]"}
  number: {kind: "redis.string[V]"}
  log: {kind: "redis.stream[V, 1..1]"}
  news: {kind: "redis.pubsub[V]"}
processes:
  p:
    run: |
      ask: CALL
"""


@pytest.mark.parametrize(
    ("call", "hint"),
    [
        ("jobs.blpop(timeout=0)", "blpop() waits without a limit"),
        ("jobs.blpop(timeout=None)", "blpop() waits without a limit"),
        ("jobs.brpoplpush(jobs, 5)", 'blmove(to, "RIGHT", "LEFT", timeout=5)'),
        ("tags.spop(2)", "spop() takes one"),
        ("number.incr(2)", "incrby(n) adds n"),
        ("stock.hset(a, 1, b, 2)", "several fields are given as hset(mapping={field: value, "
         "other: value})"),
        ("tags.sadd([1, 2])", "several are given one by one: sadd(1, 2), or sadd(*items) of a "
         "list"),
        ('log.xread("0")', "ids are numbers here: xread(0)"),
        ("jobs.blpop(0)", "blpop() waits without a limit"),
        ("jobs.blpop([jobs, jobs], 5)", "this list comes first, others behind it: blpop(), "
         "blpop(other, timeout=5)"),
        ("jobs.blpop(jobs, 5)", "how long it waits is named: timeout=5"),
        ("due.bzpopmax(timeout=0)", "bzpopmax() waits without a limit"),
        ("stock.hmget()", "it is called stock.hmget(*names)"),
        ("tags.smismember()", "it is called tags.smismember(*values)"),
        ("jobs.lpush([1, 2])", "lpush(*values) takes several"),
        ('number.set("lock", 1)', "the resource has its key: set(new, ex=10)"),
        ('number.set(1, "NX", "EX", 5)', "options are named: set(new, nx=True, ex=10)"),
        ('number.setnx("lock", 1)', "the resource has its key: leave it out"),
        ("number.pipeline()", "with atomic: around labelled steps is MULTI/EXEC, and a script"),
        ('news.publish("news", 1)', "the key of the resource is its channel: publish(message)"),
        ('news.subscribe("a", "b")', "the key of the resource is its channel: subscribe(); several "
         "are redis.channels"),
        ('log.xreadgroup(1, 1, {log: ">"})', "of this stream: xreadgroup(group, consumer) reads "
         "what is new, with id=0 what is pending"),
        ('log.xreadgroup(1, 1, ">")', "xreadgroup(group, consumer) reads what is new by itself"),
    ],
)  # fmt: skip
def test_a_call_of_a_client_library_is_answered_with_what_is_written_here(
    call: str, hint: str, tmp_path: Path
) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC.replace("CALL", call), encoding="utf-8")
    with pytest.raises(SpecError) as error:
        load(path)
    (diagnostic,) = error.value.diagnostics
    assert (diagnostic.position.line, diagnostic.hint) == (13, hint)


def test_a_record_or_a_list_that_a_command_takes_is_nothing_of_a_client_library(
    tmp_path: Path,
) -> None:
    path = tmp_path / "spec.yaml"
    text = SPEC.replace("sortedset[V]", "sortedset[J]").replace("list[V]", "list[list[V]]")
    text = text.replace("types: {V: 1..3, ", 'types: {V: 1..3, J: "{id: V, n: V}", ')
    for call in ("due.zadd({id: 1, n: 2}, 5)", "jobs.rpush([1, 2])"):
        path.write_text(text.replace("CALL", call), encoding="utf-8")
        load(path)


def test_what_is_said_instead_speaks_of_no_command_that_there_is() -> None:
    for kind in builtin_kinds().values():
        names = {each.base for each in kind.commands}
        assert names.isdisjoint(name for name, _ in kind.instead), kind.name
        assert all(name.partition("(")[0] in names for name, _ in kind.instead if "(" in name)
