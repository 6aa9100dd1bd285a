"""Logs of real servers (`record_logs.py` made them) and what they say, whole and tampered."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from live_runs import SPECS, explored
from model_check.api.live_options import Where
from model_check.api.real_runs import listen_to, monitor, replay
from model_check.language import load
from model_check.live.brokers.server import Server
from model_check.live.errors import LiveError, ServerError
from model_check.live.monitor import monitor as monitoring
from model_check.live.monitor.log import read_lines
from model_check.live.monitor.log_readings import LogReadings
from model_check.live.monitor.observable_steps import NoRoomError, ObservableSteps
from model_check.live.monitor.sessions import Reader
from model_check.live.monitor.task import Attention, MonitorTask
from model_check.live.monitor.ways import way_to
from model_check.live.monitor.windows import events_of
from model_check.results.monitor import MonitorResult, SessionVerdict
from thorough import mostly

LOGS = Path(__file__).parent / "logs"


def is_of_redis(log: Path) -> bool:
    """Whether a log is Redis's: Valkey's is of the same runs."""
    return log.stem.endswith("-redis")


ALL = sorted(LOGS.glob("*.log"))
EXPECTED = {
    "legacy-replay": ("violated", 2),
    "legacy-record": ("violated", 12),
    "fix-both-schedules": ("holds", 4),
    "fix-both-record": ("holds", 4),
    "fix-subscribe-first-replay": ("violated", 1),
    "fix-append-first-replay": ("violated", 1),
    "fix-read-twice-replay": ("violated", 1),
    "fix-atomic-schedules": ("holds", 3),
    "fix-stream-schedules": ("holds", 3),
    "fix-stream-record": ("holds", 4),
    "fix-stream-dollar-replay": ("violated", 1),
    "legacy-two-nodes-replay": ("violated", 1),
}
"""Of each log: the worst that it says, and its sessions."""


def name_of(log: Path) -> str:
    return log.stem.rpartition("-")[0]


def spec_of(log: Path) -> Path:
    return SPECS / f"{name_of(log).rpartition('-')[0]}.yaml"


def judged(lines: Sequence[str], spec: str = "legacy", **more: object) -> MonitorResult:
    raw = [f"{line}\n".encode() for line in lines]
    path = SPECS / f"{spec}.yaml"
    return monitor(path, [("log", raw)], reason=False, **more)  # type: ignore[arg-type]


def only(found: MonitorResult) -> SessionVerdict:
    (session,) = found.sessions
    return session


# --- what was recorded --------------------------------------------------------------------------


def test_each_log_was_recorded_on_redis_and_on_valkey() -> None:
    names = {f"{name}-{product}.log" for name in EXPECTED for product in ("redis", "valkey")}
    assert {log.name for log in ALL} == names


@pytest.mark.parametrize("log", mostly(ALL, is_of_redis), ids=lambda log: log.stem)
def test_a_recorded_log_says_whether_something_was_lost(log: Path) -> None:
    found = monitor(spec_of(log), [log], reason=False)
    assert (found.standing, len(found.sessions)) == EXPECTED[name_of(log)]
    assert (found.idle, found.skipped, found.cut) == (0, 0, "")
    for session in found.sessions:
        assert session.mismatch is None
        lost = next(each for each in session.properties if each.name == "no_loss")
        assert lost.verdict in ("violated", "holds")
        if spec_of(log).stem == "legacy":
            missing = [each["missing"] for each in lost.endings] or [frozenset()]
            assert missing == [lost_in(log, session.name)]


def lost_in(log: Path, session: str) -> frozenset[int]:
    """What a session of `legacy` lost, from its lines alone: published before the gateway
    subscribed, and saved after it read."""
    places: dict[tuple[str, int], int] = {}
    for number, line in enumerate(log.read_text(encoding="utf-8").splitlines()):
        if session in line:
            word = line.split('"')[1]
            chunk = re.search(r"chunk(\d+)", line)
            places.setdefault((word, int(chunk[1]) if chunk else 0), number)
    return frozenset(
        chunk
        for word, chunk in places
        if word == "PUBLISH"
        and places[word, chunk] < places["SUBSCRIBE", 0]
        and places["LRANGE", 0] < places["RPUSH", chunk]
    )


def test_the_window_is_told_with_its_lines_and_milliseconds() -> None:
    log = LOGS / "legacy-replay-redis.log"
    lines = log.read_text(encoding="utf-8").splitlines()
    found = monitor(SPECS / "legacy.yaml", [log])
    for session in found.sessions:
        (lost,) = (each for each in session.properties if each.name == "no_loss")
        (race,) = lost.races
        assert race.facts == (
            "ai_service.publish[7] comes before gateway.subscribe",
            "gateway.read_history comes before ai_service.save[7]",
        )
        words = {each.name: lines[each.line - 1] for each in race.events if each.line}
        assert [*words] == [
            "ai_service.publish[7]", "gateway.read_history", "gateway.subscribe",
            "ai_service.save[7]",
        ]  # fmt: skip
        for name, word in zip(words, ("PUBLISH", "LRANGE", "SUBSCRIBE", "RPUSH"), strict=True):
            assert f'"{word}"' in words[name]
            assert session.name in words[name]
        window = race.window
        assert window is not None
        assert (window.opened.name, window.closed.name) == (
            "gateway.read_history", "gateway.subscribe",
        )  # fmt: skip
        stamps = [float(words[e.name].split()[0]) for e in (window.opened, window.closed)]
        assert window.milliseconds == pytest.approx(1000 * (stamps[1] - stamps[0]), abs=1e-3)


# --- tampered with ------------------------------------------------------------------------------


def one_session(log: Path) -> list[str]:
    """The first session of a log, without lines of others."""
    lines = log.read_text(encoding="utf-8").splitlines()
    session = next(m[1] for line in lines if (m := re.search(r":([0-9a-f]{12})\"", line)))
    return [line for line in lines if session in line or '"MULTI"' in line or '"EXEC"' in line]


def line_with(lines: Sequence[str], *words: str) -> int:
    """The place of the first line with all these words."""
    return next(i for i, line in enumerate(lines) if all(word in line for word in words))


WHOLE = [log for log in ALL if name_of(log) in ("legacy-replay", "fix-both-schedules")]


@pytest.mark.parametrize("log", WHOLE, ids=lambda log: log.stem)
def test_a_line_that_was_removed_is_missed_at_the_next_one_of_its_process(log: Path) -> None:
    spec = spec_of(log).stem
    first, second = ("PUBLISH", "RPUSH") if spec == "legacy" else ("RPUSH", "PUBLISH")
    lines = one_session(log)
    del lines[line_with(lines, first, "chunk8")]
    found = only(judged(lines, spec)).mismatch
    assert found is not None
    assert found.line == line_with(lines, second, "chunk8") + 1
    wanted = {(e.instance, e.label) for e in found.expected}
    assert ("ai_service", "publish" if spec == "legacy" else "save") in wanted


@pytest.mark.parametrize("log", WHOLE, ids=lambda log: log.stem)
def test_two_lines_that_were_swapped_are_found_at_the_first(log: Path) -> None:
    spec = spec_of(log).stem
    lines = one_session(log)
    a, b = line_with(lines, "PUBLISH", "chunk9"), line_with(lines, "RPUSH", "chunk9")
    lines[a], lines[b] = lines[b], lines[a]
    found = only(judged(lines, spec)).mismatch
    assert found is not None
    assert found.line == min(a, b) + 1


@pytest.mark.parametrize("log", mostly(WHOLE, is_of_redis), ids=lambda log: log.stem)
@pytest.mark.parametrize("word", ["PUBLISH", "RPUSH", "SUBSCRIBE", "LRANGE"])
def test_a_line_that_was_doubled_is_found_at_its_second_copy(log: Path, word: str) -> None:
    lines = one_session(log)
    at = line_with(lines, word, "chunk8" if word in ("PUBLISH", "RPUSH") else word)
    lines.insert(at, lines[at])
    found = only(judged(lines, spec_of(log).stem)).mismatch
    assert found is not None
    assert found.line == at + 2


@pytest.mark.parametrize("product", ["redis", "valkey"])
def test_commands_of_one_step_must_stand_in_one_transaction(product: str) -> None:
    lines = one_session(LOGS / f"fix-atomic-schedules-{product}.log")
    assert only(judged(lines, "fix-atomic")).mismatch is None
    at = line_with(lines, "PUBLISH", "chunk7")
    multi = max(i for i in range(at) if '"MULTI"' in lines[i])
    end = next(i for i in range(at, len(lines)) if '"EXEC"' in lines[i])
    apart = [line for i, line in enumerate(lines) if i not in (multi, end)]
    found = only(judged(apart, "fix-atomic")).mismatch
    assert found is not None
    assert "chunk7" in found.words[-1]
    # A script of the server is as good as a transaction.
    caller = lines[at].split("[")[1].split("]")[0]
    script = [
        line.replace(f"[{caller}]", "[0 lua]") if multi < i < end else line
        for i, line in enumerate(lines)
        if i != end
    ]
    script[multi] = script[multi].replace('"MULTI"', r'"EVAL" "redis.call(\"PUBLISH\")" "0"')
    assert only(judged(script, "fix-atomic")).mismatch is None


@pytest.mark.parametrize("gone", [1, 4, 6])
def test_content_that_breaks_off_is_found_where_the_next_item_should_come(gone: int) -> None:
    lines = one_session(LOGS / "legacy-replay-redis.log")
    at = line_with(lines, "RPUSH", f"chunk{gone}\\")
    del lines[at]
    found = only(judged(lines)).mismatch
    if gone == 1:
        assert found is None  # the log began behind it
        return
    assert found is not None
    assert found.line == at + 1 + line_with(lines[at:], "chat:history")
    assert [(e.label, f"chunk{gone}" in e.wire) for e in found.expected] == [
        ("the content at first", True)
    ]


# --- what else a log can be ---------------------------------------------------------------------

SERVICE, GATEWAY = "10.0.0.1:4000", "unix:/run/redis.sock"


def made(*steps: str, key: str = "s1", db: int = 0, service: str = SERVICE) -> list[str]:
    """A log of `legacy` in short: `p7` publishes, `s7` saves, `r` reads, `S` subscribes."""
    lines = []
    for number, step in enumerate(steps):
        head = f"{1700000000 + number}.000000 [{db} "
        payload = rf'"{{\"content\":\"chunk{step[1:]}\"}}"'
        match step[0]:
            case "p":
                lines.append(f'{head}{service}] "publish" "chat:stream:{key}" {payload}')
            case "s":
                lines.append(f'{head}{service}] "rpush" "chat:history:{key}" {payload}')
            case "r":
                lines.append(f'{head}{GATEWAY}] "lrange" "chat:history:{key}" "0" "-1"')
            case _:
                lines.append(f'{head}{GATEWAY}] "subscribe" "chat:stream:{key}"')
    return lines


REST = ("p8", "s8", "p9", "s9", "p10", "s10")


def test_a_log_of_other_programs_is_read_as_well() -> None:
    calm = judged(made("r", "S", "p7", "s7", *REST))
    assert (calm.standing, only(calm).complete) == ("holds", True)
    lost = judged(made("r", "p7", "s7", "S", *REST))
    assert lost.standing == "violated"
    assert only(lost).connections == {"ai_service": (SERVICE,), "gateway": (GATEWAY,)}


def test_constants_make_the_spec_fit_what_was_stored_in_the_log() -> None:
    steps = ("p1", "s1", "r", "p2", "s2", "S", "p3", "s3")
    found = judged(made(*steps), constants={"STORED": 0, "TOTAL": 3})
    assert only(found).properties[0].endings == ({"missing": frozenset({2})},)


def test_sessions_and_databases_are_told_apart() -> None:
    lines = [
        *made("r", "S", "p7", "s7", *REST, key="a"),
        *made("r", "p7", "s7", "S", *REST, key="b"),
        *made("r", "S", "p7", "s7", *REST, key="c", db=1),
    ]
    found = judged(lines)
    assert [(s.name, s.db, s.standing) for s in found.sessions] == [
        ("a", 0, "holds"), ("b", 0, "violated"), ("c", 1, "holds"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("steps", "verdict"),
    [
        (("p7", "r"), "violated"),
        (("p7", "s7", "r", "S"), "undetermined"),
        (("p7", "s7", "p8", "s8", "r", "S", "p9"), "undetermined"),
        (("r", "p7", "S"), "violated"),
        (("r", "S"), "holds"),
    ],
)
def test_a_log_that_ends_in_the_middle_says_what_is_certain_already(
    steps: tuple[str, ...], verdict: str
) -> None:
    session = only(judged(made(*steps)))
    assert not session.complete
    space, _ = explored(SPECS / "legacy.yaml")
    assert space.complete
    lost = next(each for each in session.properties if each.name == "no_loss")
    wanted = "holds" if "S" in steps and verdict != "violated" else verdict
    assert lost.verdict == wanted


EITHER = """
model: either
vars: {bad: bool = False}
resources: {box: {kind: "redis.list[1..3]", key: "box:{session}"}}
processes:
  p:
    run: |
      either:
        one: box.rpush(1)
        broke: bad = True
        two: box.rpush(2)
      or:
        only: box.rpush(1)
properties:
  good: {always: not bad}
  short: {finally: len(box.items) == 1}
"""


@pytest.mark.parametrize(
    ("rest", "verdict"),
    [
        ([], "undetermined"),
        (['2.000000 [0 a:1] "RPUSH" "box:s" "2"'], "violated"),
        (['2.000000 [0 a:9] "DEL" "box:s"'], "holds"),
    ],
)
def test_a_log_that_may_be_whole_may_as_well_be_cut_off(
    rest: list[str], verdict: str, tmp_path: Path
) -> None:
    """Whoever has put 1 there may have ended, or be on the way to 2, with `bad` true by now."""
    spec = tmp_path / "either.yaml"
    spec.write_text(EITHER, encoding="utf-8")
    raw = [f"{line}\n".encode() for line in ('1.000000 [0 a:1] "RPUSH" "box:s" "1"', *rest)]
    session = only(monitor(spec, [("log", raw)], reason=False))
    assert session.complete
    assert {each.name: each.verdict for each in session.properties} == {
        "good": verdict, "short": verdict, "no_deadlock": "holds",
    }  # fmt: skip


def test_looking_at_a_key_disturbs_nothing() -> None:
    lines = made("r", "S", "p7", "s7", *REST)
    lines.insert(4, '1700000003.500000 [0 9.9.9.9:1] "TTL" "chat:history:s1"')
    lines.insert(5, '1700000003.600000 [0 9.9.9.9:1] "LRANGE" "chat:history:s1" "0" "-1"')
    assert judged(lines).standing == "holds"


def test_what_comes_after_the_keys_were_removed_is_not_known() -> None:
    lines = made("r", "S", "p7", "s7", *REST)
    lines.insert(6, '1700000005.500000 [0 9.9.9.9:1] "DEL" "chat:history:s1"')
    found = only(judged(lines))
    assert found.standing == "undetermined"
    assert found.note.startswith("log:7, DEL chat:history:s1, is no step of any process")


@pytest.mark.parametrize("words", ['"FLUSHALL" "ASYNC"', '"flushdb"'])
def test_an_emptied_server_has_lost_the_content_of_its_sessions(words: str) -> None:
    """`read_history` after it finds nothing: the model would say that nothing was lost."""
    lines = made("p7", "s7", "p8", "s8", "p9", "s9", "p10", "s10", "S", "r")
    lines.insert(8, f"1700000007.500000 [0 9.9.9.9:1] {words}")
    found = only(judged(lines, "fix-subscribe-first"))
    assert found.standing == "undetermined"
    assert found.note.startswith("log:9, ")


def test_a_server_is_emptied_by_database_and_after_the_end_without_harm() -> None:
    lines = made("r", "S", "p7", "s7", *REST)
    flush = [f'1700000009.{n}00000 [{n} 9.9.9.9:1] "FLUSHDB"' for n in (1, 0)]
    for each in [*lines[:6], flush[0], *lines[6:]], [flush[1], *lines], [*lines, *flush]:
        found = judged(each)
        assert (found.standing, only(found).complete) == ("holds", True)


def test_what_only_went_through_channels_is_not_lost_where_a_server_is_emptied() -> None:
    lines = made("S", "r", "p7", "s7", *REST)
    lines.insert(1, '1700000000.500000 [0 9.9.9.9:1] "FLUSHALL"')
    assert judged(lines, "fix-subscribe-first").standing == "holds"


def test_several_channels_in_one_subscribe_are_one_for_each_session() -> None:
    lines = [
        f'1700000000.000000 [0 {GATEWAY}] "lrange" "chat:history:a" "0" "-1"',
        f'1700000000.000000 [0 {GATEWAY}] "lrange" "chat:history:b" "0" "-1"',
        f'1700000000.500000 [0 {GATEWAY}] "subscribe" "chat:stream:a" "chat:stream:b"',
        *made("p7", "s7", *REST, key="a"),
        *made("p7", "s7", *REST, key="b"),
    ]
    assert [s.standing for s in judged(lines).sessions] == ["holds", "holds"]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "log: there is no command in it"),
        (["OK"], "log: there is no command in it"),
        (['1.000000 [0 a:1] "PING"'], "nothing in log is of legacy: of 1 commands none"),
        (['1.000000 [0 a:1] "GET" "chat:history"'], "chat:history:{session}, chat:stream:{ses"),
        (['1.000000 [0 a:1] "TTL" "chat:history:x"'], "none is a step on one of its keys"),
        (['1.000000 [0 a:1] "DEL" "chat:history:x"'], "none is a step on one of its keys"),
    ],
)
def test_a_log_in_which_nothing_matches_is_an_error(lines: list[str], message: str) -> None:
    with pytest.raises(LiveError, match=re.escape(message)):
        judged(lines)


def test_limits_end_as_undetermined() -> None:
    lines = made("r", "S", "p7", "s7", *REST)
    few = judged(lines, max_states=10)
    assert (few.standing, only(few).note) == (
        "undetermined", "there are more than 10 readings of it (--max-states keeps more)",
    )  # fmt: skip
    short = judged(lines, max_lines=3)
    assert (short.standing, short.cut) == ("undetermined", "the limit of 3 lines was reached")
    two = judged([*lines, *made("r", "S", "p7", "s7", *REST, key="s2")], max_sessions=1)
    assert (two.standing, two.skipped) == ("undetermined", 1)


def test_of_several_logs_that_were_not_read_whole_nothing_is_said() -> None:
    """The service's log without the gateway's: it would be told as an end in the middle."""
    whole = made("r", "p7", "s7", "S", *REST)
    logs = [
        (name, [f"{line}\n".encode() for line in whole if address in line])
        for name, address in (("one", GATEWAY), ("two", SERVICE))
    ]
    found = monitor(SPECS / "legacy.yaml", logs, reason=False)
    assert found.standing == "violated"
    for most in (1, 3, 9):
        found = monitor(SPECS / "legacy.yaml", logs, reason=False, max_lines=most)
        assert (found.standing, found.sessions) == ("undetermined", ())
        assert found.cut.endswith("of several logs all lines are needed (--max-lines)")


def test_events_stay_what_they_are_where_a_later_session_needs_more_room() -> None:
    observable = ObservableSteps(load(SPECS / "legacy.yaml", {}))
    reader = Reader(observable.spec, 1)
    for line in read_lines([f"{text}\n".encode() for text in made("r", "p7", "s7", "p8")], "log"):
        reader.read(line, 0)
    (session,) = reader.sessions()
    options = MonitorTask(readings=1000)
    following = observable.following(frozenset())
    readings = LogReadings(observable, session, options, lambda: False, following)
    machine = observable.machine
    way = way_to(next(iter(readings.final.values())), observable.renaming)
    before = events_of(machine, way)
    assert [e.name for e in before if e.instance == "ai_service"] == [
        "ai_service.publish[7]", "ai_service.save[7]", "ai_service.publish[8]",
    ]  # fmt: skip
    for slot in sorted({f.slot for f in observable.machine.failures if f.kind == "growth"}):
        with pytest.raises(NoRoomError):
            observable.grow(next(f.code for f in observable.machine.failures if f.slot == slot))
    offsets = [each.offset for each in observable.machine.fields]
    assert offsets != [each.offset for each in machine.fields]
    assert events_of(observable.machine, way) == before


def test_a_property_can_be_chosen_and_a_wrong_one_is_told() -> None:
    lines = made("r", "p7", "s7", "S", *REST)
    assert judged(lines, properties=["in_order"]).standing == "holds"
    with pytest.raises(LiveError, match="no property loss that a log could say something of"):
        judged(lines, properties=["loss"])


def test_a_running_server_can_be_listened_to(any_server: Server) -> None:
    where = Where(redis=any_server.url)
    heard: list[int] = []
    done = threading.Event()

    def run() -> None:
        while not heard:
            any_server.client().ping()
        replay(SPECS / "legacy.yaml", where=where)
        any_server.client().echo("the end")
        done.set()

    def tell(text: str) -> None:
        heard.append(int(text.split()[0]))

    thread = threading.Thread(target=run)
    thread.start()
    name, lines = listen_to(where, 30.0, stop=done.is_set, tell=tell)
    thread.join()
    found = monitor(SPECS / "legacy.yaml", [(name, lines)], reason=False)
    assert found.standing == "violated"
    with pytest.raises(ServerError, match="no server listens there"):
        listen_to(Where(redis="redis://127.0.0.1:1"), 1.0)


def test_an_interrupted_search_for_a_reason_says_nothing_of_the_runs_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[bool] = []

    def nothing_found(*_: object) -> tuple[dict[str, object], str]:
        asked.append(True)
        return {}, ""

    monkeypatch.setattr(monitoring, "reasons_of", nothing_found)
    path = Path(__file__).parent / "logs" / "legacy-replay-redis.log"
    with path.open("rb") as lines:
        found = monitoring.monitor(
            load(SPECS / "legacy.yaml"),
            [("log", read_lines(lines, "log"))],
            MonitorTask(),
            Attention(interrupted=lambda: bool(asked)),
        )
    assert found.notes == ("why no_loss: interrupted", "why saved_is_shown: interrupted")


HISTORY = """
model: late
types: {C: 1..2}
resources:
  h: {kind: "redis.list[C]", key: "h:{session}", payload: "{value}"}
  s: {kind: "redis.pubsub[C]", key: "s:{session}", payload: "{value}"}
  lock: {kind: "redis.string[1..2]", key: "lock:{session}"}
processes:
  service:
    run: |
      for c in C:
          save: h.rpush(c)
          send: s.publish(c)
  gateway:
    vars: {seen: "list[C]", m: C}
    run: |
      listen: s.subscribe()
      read: seen = h.lrange(0, -1)
      while True:
          hear:
              m = s.get_message()
              if m not in seen:
                  seen.append(m)
  worker:
    count: 2
    vars: {ok: bool}
    run: "take: ok = lock.set(self + 1, nx=True, ex=1)"
properties:
  no_loss: {finally: len(gateway.seen) == 2}
  one: {never: "worker[0].ok and worker[1].ok"}
"""
SAVED = ["1 RPUSH h:a 1", "1 PUBLISH s:a 1", "1 RPUSH h:a 2", "1 PUBLISH s:a 2"]
LISTENED = ["2 SUBSCRIBE s:a", "2 LRANGE h:a 0 -1"]
TAKEN = ["3 SET lock:a 1 NX EX 1", "4 SET lock:a 2 NX EX 1"]


def told(folder: Path, *rows: str, later: int = 0) -> MonitorResult:
    """What is said of lines a millisecond apart, the last one `later` seconds behind the others."""
    path = folder / "late.yaml"
    path.write_text(HISTORY, encoding="utf-8")
    lines = []
    for number, row in enumerate(rows):
        client, *words = row.split()
        quoted = " ".join(f'"{word}"' for word in words)
        time = 1_700_000_000 + (later if number == len(rows) - 1 else 0)
        lines.append(f"{time}.{number:03}000 [0 9.9.9.9:{client}] {quoted}\n".encode())
    return monitor(path, [("log", lines)], reason=False)


@pytest.mark.parametrize(
    ("rows", "standing"),
    [
        ([*LISTENED, *SAVED, *TAKEN], "holds"),
        ([*SAVED, *TAKEN, "9 DEL h:a"], "undetermined"),  # nobody reads what is gone
        ([*TAKEN, *LISTENED, *SAVED[:3], "2 UNSUBSCRIBE s:a"], "undetermined"),
        (["9 DEL h:a", *LISTENED, *SAVED, *TAKEN], "holds"),  # there was nothing yet
        ([*LISTENED, *SAVED, *TAKEN, "9 DEL h:a"], "holds"),
        ([*LISTENED, *SAVED[:2], "9 DEL h:a", *SAVED[2:], *TAKEN], "undetermined"),
    ],
)
def test_what_was_removed_or_left_is_not_gone_on_with(
    rows: list[str], standing: str, tmp_path: Path
) -> None:
    assert told(tmp_path, *rows).standing == standing


def test_a_time_that_the_spec_itself_gives_may_be_over(tmp_path: Path) -> None:
    rows = [*LISTENED, *SAVED, *TAKEN]
    assert told(tmp_path, *rows).standing == "holds"
    found = told(tmp_path, *rows, later=5)
    assert found.standing == "undetermined"
    assert "may be over" in only(found).note


LEASED = """\
resources: {lock: {kind: "redis.string[0..1]", key: "lock:{s}", expires: true}}
vars: {inside: int}
processes:
  holder:
    count: 2
    vars: {got: bool}
    run: |
      take: got = lock.set(self, nx=True, px=900)
      if got:
          enter: inside += 1
      look: lock.get()
properties: {alone: {always: inside <= 1}}
"""


@pytest.mark.parametrize("third", ["2 SET lock:a 1 NX PX 900", "9 PEXPIRE lock:a 900"])
def test_a_time_that_is_over_is_a_step_of_a_key_that_expires(third: str, tmp_path: Path) -> None:
    path = tmp_path / "leased.yaml"
    path.write_text(LEASED, encoding="utf-8")
    rows = ["1 SET lock:a 0 NX PX 900", third, "1 GET lock:a", "2 GET lock:a"]
    lines = [
        f"{1_700_000_000 + n}.000000 [0 9.9.9.9:{row[0]}] ".encode()
        + " ".join(f'"{word}"' for word in row.split()[1:]).encode()
        + b"\n"
        for n, row in enumerate(rows)
    ]
    found = monitor(path, [("log", lines)], reason=False)
    assert found.standing == "undetermined"  # it had run out, or who was second got nothing
    assert ("may be over" in (only(found).note or "")) == third.startswith("9")
