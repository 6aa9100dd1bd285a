"""The gate alone, with no proxy: what it lets through, in which order, and where it is left."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import model_check
import pytest
from model_check.language import load
from model_check.live.proxy.gate import Connection, Push, Request
from model_check.live.steer.conductor import Conductor
from model_check.live.steer.evidence import monitor_lines
from model_check.live.steer.patience import Patience
from model_check.live.steer.script_texts import ScriptTexts, done_to_keys
from model_check.live.steer.turns import TurnReader
from model_check.machine.make import make_program
from model_check.machine.shapes import Layout
from model_check.report.words.steering import departure_text

SPECS = Path(__file__).resolve().parents[2] / "specs"


class Bench:
    """Stands where the proxy stands; a server that answers at once, when it is told to."""

    def __init__(
        self, spec_path: Path, violating: str = "", texts: ScriptTexts | None = None
    ) -> None:
        result = model_check.check(spec_path)
        traced = [e for e in result.report.results if e.trace is not None]
        found = next(e for e in traced if e.name == (violating or e.name))
        assert found.trace is not None
        self.spec = load(spec_path)
        machine = make_program(self.spec, Layout()).machine
        self.trace = found.trace
        self.turns = TurnReader(self.spec, machine).turns(self.trace)
        self.conductor = Conductor(self.spec, self.turns, texts=texts)
        self.gone: list[str] = []
        self.connections: dict[str, Connection] = {}

    def connection(self, name: str) -> Connection:
        if name not in self.connections:
            number = len(self.connections) + 1
            self.connections[name] = Connection(number, f"127.0.0.1:{5000 + number}")
            self.conductor.opened(self.connections[name])
        return self.connections[name]

    def asks(self, name: str, *texts: str, answer: str = "+OK\r\n") -> Request:
        """A service sends a command, or several as one transaction."""
        commands = tuple(tuple(word.encode() for word in text.split()) for text in texts)
        connection = self.connection(name)
        request = Request(connection, commands, len(commands) > 1, time.monotonic())

        def go() -> None:
            if request.sent is None:
                request.sent = time.monotonic()
                self.gone.append(" + ".join(texts))
                self.conductor.sent(request)
                request.answer = answer.encode()
                request.answered = time.monotonic()
                self.conductor.answered(request)

        request.go = go
        if self.conductor.asks(request):
            go()
        return request

    def pushes(self, name: str, channel: str, payload: str) -> Push:
        delivered: Callable[[], None] = lambda: self.gone.append(f"message {payload}")  # noqa: E731
        connection = self.connection(name)
        push = Push(
            connection, "message", b"", channel.encode(), payload.encode(), time.monotonic(),
            delivered,
        )  # fmt: skip
        if self.conductor.pushes(push):
            delivered()
        return push


@pytest.fixture(scope="module")
def legacy() -> Path:
    return SPECS / "legacy.yaml"


HISTORY, STREAM = "chat:history:s1", "chat:stream:s1"


def test_the_turns_of_the_seeds_trace_are_what_redis_sees_of_it(legacy: Path) -> None:
    bench = Bench(legacy, "no_loss")
    told = [(each.instance, each.told.sends or ("message",)) for each in bench.turns]
    assert (
        told[:3]
        == [
            ("gateway", ("LRANGE chat:history:{session} 0 -1",)),
            ("ai_service", ("PUBLISH chat:stream:{session} 7",)),
            ("gateway", ("SUBSCRIBE chat:stream:{session}",)),
        ]
        or len(told) > 3
    )


def test_commands_go_in_the_order_of_the_trace_whatever_comes_first(legacy: Path) -> None:
    bench = Bench(legacy, "no_loss")
    wanted = [each.told.sends[0].split()[0] for each in bench.turns if each.sends]
    for chunk in range(7, 11):
        bench.asks("ai", f"PUBLISH {STREAM} {chunk}", answer=":0\r\n")
        bench.asks("ai", f"RPUSH {HISTORY} {chunk}", answer=f":{chunk}\r\n")
    assert len(bench.gone) < 8
    bench.asks("gateway", f"LRANGE {HISTORY} 0 -1", answer="*0\r\n")
    bench.asks("listener", f"SUBSCRIBE {STREAM}")
    for chunk in range(8, 11):
        bench.pushes("listener", STREAM, str(chunk))
    assert [each.split()[0] for each in bench.gone if "message" not in each] == wanted
    assert bench.conductor.complete
    assert bench.gone.index(f"PUBLISH {STREAM} 7") < bench.gone.index(f"SUBSCRIBE {STREAM}")


def test_what_is_of_no_process_passes_at_once(legacy: Path) -> None:
    bench = Bench(legacy, "no_loss")
    for text in ("INFO", "CLIENT SETINFO LIB-NAME x", "HELLO 3", f"EXPIRE {HISTORY} 60", "GET a"):
        bench.asks("ai", text)
    assert len(bench.gone) == 5
    assert not bench.conductor.held


def test_another_session_is_not_held(legacy: Path) -> None:
    bench = Bench(legacy, "no_loss")
    bench.asks("ai", f"RPUSH {HISTORY} 7")
    bench.asks("other", "RPUSH chat:history:s2 7")
    assert bench.gone == ["RPUSH chat:history:s2 7"]


def test_a_mended_order_is_told_as_what_came_first(legacy: Path) -> None:
    bench = Bench(legacy, "no_loss")
    bench.asks("listener", f"SUBSCRIBE {STREAM}")
    patience = Patience(bench.spec, bench.conductor, 5.0)
    assert patience.departure(over=False) is None
    bench.conductor.moved -= 2.0
    departure = patience.departure(over=False)
    assert departure is not None
    assert departure.instead == f"SUBSCRIBE {STREAM}"
    assert departure.turn.sends == ("LRANGE chat:history:{session} 0 -1",)
    assert departure_text(departure) == "gateway sent SUBSCRIBE before LRANGE"
    bench.conductor.let_all_go()
    assert bench.gone == [f"SUBSCRIBE {STREAM}"]


def spec(tmp_path: Path, text: str, never: str = "done(one)") -> Path:
    path = tmp_path / "own.yaml"
    path.write_text(f"model: own\nproperties:\n  never:\n    never: {never}\n{text}", "utf-8")
    return path


LOCK = """
resources:
  lock:
    kind: redis.string[1..2]
    key: lock
    initially: 1
processes:
  one:
    vars:
      held: 1..2?
    run: |
      release:
          held = lock.get()
          if held == 1:
              lock.delete()
"""
WATCHED = """
resources:
  stock:
    kind: redis.string[1..2]
    key: stock
    initially: 1
processes:
  one:
    vars:
      left: 1..2?
    run: |
      watch: stock.watch()
      look: left = stock.get()
      leave: stock.unwatch()
      again: left = stock.get()
"""


def test_a_script_that_the_server_does_not_know_is_no_turn(tmp_path: Path) -> None:
    bench = Bench(spec(tmp_path, LOCK))
    bench.asks("one", "EVALSHA ab 1 lock 1", answer="-NOSCRIPT No matching script.\r\n")
    assert not bench.conductor.complete
    assert [each.turn for each in bench.conductor.passed] == [None]
    bench.asks("one", "EVAL return 1 lock 1", answer=":1\r\n")
    assert bench.conductor.complete


def test_unwatch_is_a_turn_where_the_model_has_it_and_else_passes(tmp_path: Path) -> None:
    bench = Bench(spec(tmp_path, WATCHED))
    bench.asks("one", "WATCH stock")
    bench.asks("one", "GET stock", answer="$1\r\n1\r\n")
    bench.asks("one", "UNWATCH")
    assert [each.turn is not None for each in bench.conductor.passed] == [True] * 3
    bench.asks("one", "WATCH other")
    bench.asks("one", "UNWATCH")
    bench.asks("one", "GET stock", answer="$1\r\n1\r\n")
    assert bench.conductor.complete
    assert [each.late for each in bench.conductor.passed] == [False] * 6
    bench.conductor.let_all_go()
    bench.asks("one", "GET stock")
    assert bench.conductor.passed[-1].late


def test_what_the_server_rejected_is_in_no_log(tmp_path: Path) -> None:
    bench = Bench(spec(tmp_path, WATCHED))
    rejected = bench.asks("one", "WATCH stock", answer="-NOAUTH Authentication required.\r\n")
    wrong = bench.asks("one", "GET stock", answer="-WRONGTYPE Operation against a key\r\n")
    assert list(monitor_lines(rejected, 1.0, lambda _: [])) == []
    assert len(list(monitor_lines(wrong, 1.0, lambda _: []))) == 1
    assert all(each.differs for each in bench.conductor.passed)


COUNTED = """
model: counted
resources:
  number:
    kind: redis.string[0..3]
    key: number:{session}
processes:
  counter:
    run: |
      count: number.incr()
properties:
  never_counted:
    finally: number.value is None
    expect: violated
"""


def test_the_script_that_names_the_commands_of_a_turn_goes_first(tmp_path: Path) -> None:
    reads, counts = (f"EVAL redis.call('{name}',KEYS[1]) 1 number:s1" for name in ("GET", "incr"))
    path = tmp_path / "counted.yaml"
    path.write_text(COUNTED, encoding="utf-8")
    bench = Bench(path)
    bench.asks("other", reads)
    assert bench.gone == []
    bench.asks("counter", counts)
    assert bench.gone[0] == counts


def test_what_a_client_gave_up_and_asked_again_goes_once(tmp_path: Path) -> None:
    bench = Bench(spec(tmp_path, WATCHED))
    first = bench.asks("one", "GET stock")
    first.came -= 1
    bench.connection("one").ended = True
    bench.conductor.look()
    assert bench.conductor.given_up == ["connection 1: GET stock"]
    bench.asks("two", "GET stock")
    bench.conductor.let_all_go()
    assert bench.gone == ["GET stock"]
    assert first.sent is None


def test_who_sends_and_closes_its_end_at_once_is_answered(tmp_path: Path) -> None:
    bench = Bench(spec(tmp_path, WATCHED))
    bench.asks("one", "GET stock")
    bench.connection("one").ended = True
    bench.conductor.look()
    bench.asks("two", "GET stock")
    bench.conductor.let_all_go()
    assert bench.gone == ["GET stock", "GET stock"]
    assert not bench.conductor.given_up


def test_a_script_is_what_it_was_seen_to_do_rather_than_what_its_text_names(tmp_path: Path) -> None:
    path = tmp_path / "counted.yaml"
    path.write_text(COUNTED, encoding="utf-8")
    both, counts = (f"EVAL {text} 1 number:s1" for text in ("'GET'or'incr'", "call('INCR')"))
    assert Bench(path).asks("other", both).sent is not None
    texts = ScriptTexts()
    bench = Bench(path, texts=texts)
    texts.learn([each.encode() for each in both.split()], frozenset({b"GET"}))
    bench.asks("other", both)
    assert bench.gone == []
    bench.asks("counter", counts)
    assert bench.gone[0] == counts
    done = done_to_keys(bench.conductor.recogniser, bench.connection("counter"), [
        ("incr", "number:s1"), ("INCR", "others"), ("EXISTS", "number:s1"),
    ])  # fmt: skip
    assert done == {b"INCR"}


def test_a_script_that_names_keys_among_its_arguments_is_a_turn(tmp_path: Path) -> None:
    path = tmp_path / "counted.yaml"
    path.write_text(COUNTED, encoding="utf-8")
    bench = Bench(path)
    bench.asks("counter", "EVAL redis.call('INCR',ARGV[1]) 0 number:s1")
    assert bench.conductor.complete


MENDED = """
vars:
  seen: 0..1 = 1
resources:
  cancelled:
    kind: redis.set[1..1]
    key: cancelled
  log:
    kind: redis.list[1..1]
    key: log
processes:
  one:
    run: |
      begin: log.rpush(1)
      look: if not cancelled.sismember(1):
          keep: seen = 0
  user:
    run: |
      cancel: cancelled.sadd(1)
      note: cancelled.scard()
"""


def test_what_comes_once_too_often_is_of_whose_connection_it_is(tmp_path: Path) -> None:
    bench = Bench(spec(tmp_path, MENDED, "done(one) and done(user) and seen == 0"))
    assert [each.instance for each in bench.turns][:2] == ["one", "one"]
    bench.asks("worker", "RPUSH log 1", answer=":1\r\n")
    bench.asks("worker", "SADD cancelled 1")
    patience = Patience(bench.spec, bench.conductor, 5.0)
    assert patience.departure(over=False) is None
    bench.asks("user", "SADD cancelled 1")
    bench.conductor.moved -= 2.0
    departure = patience.departure(over=False)
    assert departure is not None
    assert departure_text(departure) == "one sent SADD before SISMEMBER"
    assert "connection 1: SADD cancelled 1" in departure.held


def test_something_that_no_value_is_differs_from_nothing(tmp_path: Path) -> None:
    bench = Bench(spec(tmp_path, MENDED.replace("redis.set[1..1]", "redis.string[1..2]").replace(
        "not cancelled.sismember(1)", "cancelled.get() is None").replace(
        "cancelled.sadd(1)", "cancelled.set(1)").replace("cancelled.scard()", "cancelled.get()")
    ))  # fmt: skip
    bench.asks("worker", "RPUSH log 1", answer=":1\r\n")
    bench.asks("worker", "GET cancelled", answer="$1\r\n7\r\n")
    assert [each.differs for each in bench.conductor.passed] == ["", "none"]


CHANNEL = """
resources:
  news:
    kind: redis.pubsub[1..2]
    key: news
processes:
  one:
    run: |
      publish: news.publish(1)
      subscribe: news.subscribe()
      again: news.publish(2)
"""


def test_more_listeners_than_the_model_has_are_no_other_answer(tmp_path: Path) -> None:
    bench = Bench(spec(tmp_path, CHANNEL))
    bench.asks("one", "PUBLISH news 1", answer=":3\r\n")
    bench.asks("two", "SUBSCRIBE news", answer="*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n")
    bench.asks("one", "PUBLISH news 2", answer=":0\r\n")
    assert [bool(each.differs) for each in bench.conductor.passed] == [False, False, True]


def test_a_message_to_who_is_no_process_passes_at_once(legacy: Path) -> None:
    bench = Bench(legacy, "no_loss")
    bench.asks("ai", f"PUBLISH {STREAM} 7", answer=":0\r\n")
    bench.pushes("dashboard", STREAM, "8")
    bench.pushes("dashboard", "elsewhere", "8")
    assert bench.gone.count("message 8") == 2
    bench.conductor.look()
