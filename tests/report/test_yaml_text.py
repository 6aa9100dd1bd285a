"""YAML that is written says, when it is read again, what it was written from."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from model_check.language.source.diagnostics import Source
from model_check.language.source.reader import (
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
    read_yaml,
)
from model_check.report.words.yaml_text import Tree, yaml_lines

WORDS = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs"), max_codepoint=0x2FF),
    max_size=12,
)
ROWS = st.lists(st.one_of(WORDS, st.just(""), st.just("  x: 1")), min_size=2, max_size=5)
TEXTS = st.one_of(WORDS, ROWS.map("\n".join), st.sampled_from(["null", "True", "1", "a: b", "- a"]))
KEYS = st.one_of(WORDS.filter(str.strip), st.sampled_from(["run", "on", "no", "client drops x"]))
TREES = st.dictionaries(
    KEYS, st.recursive(TEXTS, lambda inner: st.dictionaries(KEYS, inner, min_size=1, max_size=3)),
    min_size=1, max_size=4,
)  # fmt: skip


def plain(node: Node) -> object:
    """A node without places: texts, lists and dicts."""
    match node:
        case ScalarNode():
            return node.text
        case SequenceNode(items):
            return [plain(each) for each in items]
        case MappingNode(entries):
            return {key.text: plain(value) for key, value in entries}


def again(tree: dict[str, Tree]) -> object:
    return plain(read_yaml(Source("written.yaml", "\n".join(yaml_lines(tree)) + "\n")))


@given(TREES)
def test_any_texts_and_mappings_are_read_as_they_were(tree: dict[str, Tree]) -> None:
    assert again(tree) == tree


SPEC = """\
resources:
  a: {kind: 'redis.list[1..3]', initially: [1, 2]}
  b:
    kind: "queue[int]"
    initially: [1,
      2]
prefer:
  - x
  - y: |
      z
run: |2
    indented
  not
gone: null
folded: one
  two
"""


def test_what_was_read_is_written_so_that_it_is_read_the_same() -> None:
    root = read_yaml(Source("spec.yaml", SPEC))
    tree: dict[str, Tree] = {key.text: value for key, value in root.entries}
    assert again(tree) == plain(root)
    assert "\n".join(yaml_lines(tree)).count("gone: null") == 1
