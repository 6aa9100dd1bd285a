"""The Mermaid text: everything told, nothing that Mermaid takes for its own."""

from __future__ import annotations

import re

import pytest
from model_check.report.pictures.mermaid import escaped, mermaid_text
from model_check.results.check import PropertyResult
from report_samples import (
    LEGACY_REASON,
    TraceWriter,
    call,
    legacy_trace,
    report,
    violated,
)

STATEMENTS = (
    r"sequenceDiagram",
    r"title \S.*",
    r"participant p\d+ as \S.*",
    r"Note (over|right of) p\d+(,p\d+)?: \S.*",
    r"p\d+(->>|-->>|-\)|-x)p\d+: \S.*",
    r"rect rgba\([\d., ]+\)",
    r"loop \d+ times: steps \d+ to \d+",
    r"par steps \d+ to \d+, in another order",
    r"end",
)
EVIL = (
    "a;b", "#35;x", "<script>alert(1)</script>", "\"q\" 's'", "line\nbreak", "%% comment",
    '%%{init: {"theme": "dark"}}%%', "wrap: me", ":nowrap: me", "$$x^2$$", "end", "`code`",
    "p0->>p1: hi", "<br/>", "&amp;", "back\\nslash", "@{x}", "\u2028x", "\x1b[31m",
)  # fmt: skip


def text_of(result: PropertyResult) -> str:
    return mermaid_text(report(result), result)


def test_the_lost_message_ends_in_a_cross_and_the_window_is_a_band() -> None:
    lines = [line.strip() for line in text_of(legacy()).splitlines()]
    cross = "p0-xp1: 3. publish[7]: PUBLISH stream 7 → 0 receivers"
    assert cross in lines
    assert [line for line in lines if "-x" in line] == [cross]
    band = lines[lines.index("rect rgba(230, 159, 0, 0.15)") :]
    assert cross in band[: band.index("end")]
    assert "p2->>p1: 5. subscribe: SUBSCRIBE stream → OK" in band[: band.index("end")]
    assert lines[-1].endswith("client.shown: 1 2 3 4 5 6 _ 8 9 10<br/>"
                              "history: 1 2 3 4 5 6 7 8 9 10<br/>missing = {7}")  # fmt: skip


def legacy() -> PropertyResult:
    return violated(legacy_trace(), reason=LEGACY_REASON)


def test_a_folded_run_is_one_line_and_several_steps_are_a_loop() -> None:
    text = text_of(violated(legacy_trace(30, 60)))
    assert "Note over p3: 6-35. show ×30: recv → 1..30" in text
    assert re.search(r"loop \d+ times: steps \d+ to \d+\n    p0->>p1: publish\[", text)


@pytest.mark.parametrize("text", EVIL)
def test_no_text_of_a_spec_is_taken_for_mermaid(text: str) -> None:
    told = escaped(text)
    assert not re.search(r"[<>\"'`%$\\\n\u2028\x1b]", told)
    rest = re.sub(r"#(\d+|lt|gt|amp|quot);", "", told)
    assert not re.search("[#;&]", rest)
    assert not told.lstrip(": ").startswith(("wrap:", "nowrap:"))


def test_every_line_is_a_statement_whatever_a_spec_holds() -> None:
    run = TraceWriter({}, {"p;#": "a", "q": "b"})
    for turn, text in enumerate(EVIL):
        run.step("p;#", f"l{turn}", [call("r", f"{text} w", text, 1, m=1)])
        run.step("q", "m", [call("t", f"{text} w", "0 receivers", 0, m=1)])
        run.step("q", "n")
    result = violated(run.trace("deadlock", {text: text for text in EVIL}), name="n")
    for result_ in (result, legacy(), violated(TraceWriter({}, {"p": "a"}).trace("state"))):
        lines = [line.strip() for line in mermaid_text(report(result_), result_).splitlines()]
        for line in lines:
            assert any(re.fullmatch(each, line) for each in STATEMENTS), line
        opened = sum(line.startswith(("rect ", "loop ", "par ")) for line in lines)
        assert lines.count("end") == opened
