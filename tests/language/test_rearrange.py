"""A program text with its steps in another order keeps everything else, and its places."""

from __future__ import annotations

from pathlib import Path

from model_check.language.draft import Draft
from model_check.language.rearrange import Arrangement, Segment, rearranged, segments_of
from model_check.language.source.reader import ScalarNode

TEXT = """\
# the first of all
a: x = 1        # why a
# of b
# and more of b
b:
    y = [
        1,
    # inside
        2]

    z = 2
for i in range(2):
    # of c
    c: x = 2
    d: y = []
    if x == 2:
        e: z = 1
        f: x = 3
    # at the end of the loop
g: with atomic:
    h: x = 1
    # before k
    k:
        y = []
check: if z > 0:
    m: z = 0
    n: y = [1]
last: if z > 0:
    z = 1
"""


def draft_of(folder: Path, run: str) -> tuple[Draft, ScalarNode, tuple[Segment, ...]]:
    indented = "".join(f"      {row}" if row.strip() else row for row in run.splitlines(True))
    path = folder / "spec.yaml"
    path.write_text(
        "model: m\nprocesses:\n  p:\n    vars: {x: 0..3, y: 'list[0..3]', z: 0..3}\n    run: |\n"
        + indented,
        encoding="utf-8",
    )
    draft = Draft.read(path)
    program = draft.run_of("p")
    assert program is not None
    found = [label for label in draft.spec().process("p").labels if label != "check"]
    return draft, program, segments_of(program, found)


def test_segments_are_steps_with_nothing_but_steps_between(tmp_path: Path) -> None:
    _, _, segments = draft_of(tmp_path, TEXT)
    assert [each.labels for each in segments] == [
        ("a", "b"), ("g",), ("last",), ("c", "d"), ("e", "f"), ("m", "n"),
    ]  # fmt: skip
    assert segments[1].units[0].inner == ("h", "k")


def test_steps_move_with_the_comments_above_them_and_all_else_stays(tmp_path: Path) -> None:
    draft, run, segments = draft_of(tmp_path, TEXT)
    turned = rearranged(run, segments, {0: Arrangement(((1,), (0,)))})
    above, below = TEXT.index("# of b"), TEXT.index("for i")
    assert turned.text == TEXT[above:below] + TEXT[:above] + TEXT[below:]
    draft.with_run("p", turned).spec()


def test_several_segments_are_arranged_at_once(tmp_path: Path) -> None:
    draft, run, segments = draft_of(tmp_path, TEXT)
    turned = rearranged(
        run, segments, {3: Arrangement(((1,), (0,))), 4: Arrangement(((1, 0),)),
                        1: Arrangement(((0,),), frozenset({0}))},
    )  # fmt: skip
    expected = TEXT.replace(
        "    # of c\n    c: x = 2\n    d: y = []\n", "    d: y = []\n    # of c\n    c: x = 2\n"
    ).replace(
        "        e: z = 1\n        f: x = 3\n",
        "        with atomic:\n            f: x = 3\n            e: z = 1\n",
    ).replace(
        "g: with atomic:\n    h: x = 1\n    # before k\n    k:\n        y = []\n",
        "h: x = 1\n# before k\nk:\n    y = []\n",
    )  # fmt: skip
    assert turned.text == expected
    spec = draft.with_run("p", turned).spec()
    assert spec.process("p").labels == (
        "a", "b", "d", "c", "f+e", "h", "k", "check", "m", "n", "last",
    )  # fmt: skip


def test_every_line_still_points_to_where_it_came_from(tmp_path: Path) -> None:
    draft, run, segments = draft_of(tmp_path, TEXT)
    before = {each.label: each.at for each in _labelled(draft)}
    turned = rearranged(run, segments, {0: Arrangement(((1,), (0,))), 5: Arrangement(((1, 0),))})
    after = {each.label: each.at for each in _labelled(draft.with_run("p", turned))}
    for label in ("a", "b", "c", "d", "g"):
        assert after[label] == before[label]
    assert after["n+m"].line == before["n"].line


def _labelled(draft: Draft) -> list:  # type: ignore[type-arg]
    from model_check.repairs.dependence import steps_of

    return list(steps_of(draft.spec().process("p")).values())


def test_a_joined_step_that_was_split_is_joined_again_to_the_same_text(tmp_path: Path) -> None:
    text = "with atomic:\n    a: x = 1\n    b: z = 1\n"
    _, run, segments = draft_of(tmp_path, text)
    apart = rearranged(run, segments, {0: Arrangement(((0,),), frozenset({0}))})
    assert apart.text == "a: x = 1\nb: z = 1\n"
    other = tmp_path / "other"
    other.mkdir()
    _, run, segments = draft_of(other, apart.text)
    assert rearranged(run, segments, {0: Arrangement(((0, 1),))}).text == text


def test_a_program_on_one_line_has_nothing_to_arrange(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text("model: m\nprocesses:\n  p: {run: 'a: pass'}\n", encoding="utf-8")
    run = Draft.read(path).run_of("p")
    assert run is not None
    assert segments_of(run, {"a"}) == ()
