"""Whoever only listens, and is no process of the spec."""

from __future__ import annotations

from pathlib import Path

from model_check.api.real_runs import monitor
from test_monitor_foreign import LISTENER, LOSS, OTHER, SERVICE, judged, logged, only

HEARD = [LOSS[2], LOSS[0], LOSS[3], LOSS[1], *LOSS[4:]]
"""With subscribe-first and save-first: nothing is lost."""
LISTENING = (OTHER, "SUBSCRIBE", "chat:stream:s")


def test_a_dashboard_that_listens_is_no_process() -> None:
    for at in (3, 4, len(LOSS)):
        found = only(judged([*LOSS[:at], LISTENING, *LOSS[at:]]))
        assert found.mismatch is None
        assert found.standing == "violated"
        assert "SUBSCRIBE chat:stream:s" in " ".join(found.strangers)


def test_of_two_that_could_be_the_gateway_both_are_asked() -> None:
    """Who listened before chunk 7 would have heard it, if that was the gateway."""
    found = only(judged([LOSS[0], LISTENING, *LOSS[1:]]))
    assert found.mismatch is None
    assert found.standing == "undetermined"
    assert len(found.strangers) == 2
    assert all("may be nobody's" in each for each in found.strangers)


def test_who_looks_when_all_others_are_done_is_no_process() -> None:
    look = (OTHER, "LRANGE", "chat:history:s", "0", "-1")
    found = only(judged([*LOSS, look]))
    assert (found.mismatch, found.standing) == (None, "violated")
    assert only(judged([*LOSS[:-1], look, LOSS[-1]])).mismatch is not None


def test_a_process_in_another_order_is_no_stranger() -> None:
    found = only(judged(LOSS, "fix-subscribe-first"))
    assert found.mismatch is not None
    assert found.strangers == ()


def test_nobody_who_writes_is_a_stranger() -> None:
    lines = [*LOSS, LISTENING, (OTHER, "PUBLISH", "chat:stream:s", "8")]
    assert only(judged(lines)).mismatch is not None


def test_a_model_that_counts_who_listens_says_nothing(tmp_path: Path) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text(
        "model: counted\n"
        'resources: {news: {kind: "redis.pubsub[1..3]", key: "news:{s}"}}\n'
        "processes:\n"
        "  teller:\n    vars: {heard: 0..3}\n    run: |\n      tell: heard = news.publish(1)\n"
        "  reader:\n    run: |\n      hear: news.subscribe()\n"
        "properties: {some: {finally: teller.heard > 0}}\n",
        encoding="utf-8",
    )
    lines = [(LISTENER, "SUBSCRIBE", "news:x"), (OTHER, "SUBSCRIBE", "news:x"),
             (SERVICE, "PUBLISH", "news:x", "1")]  # fmt: skip
    session = only(monitor(spec, [("log", logged(lines))], reason=False))
    assert (session.mismatch, session.standing) == (None, "undetermined")
    assert "how many heard" in session.note
