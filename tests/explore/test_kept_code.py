"""Code that was compiled once is not compiled again, and does the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import llvmlite.binding as llvm
import pytest
from model_check.cache import CACHE_SWITCH
from model_check.explore.native import compiled, engine, library
from model_check.explore.native.compiled import QUICK, THOROUGH, Code
from model_check.explore.search import SearchOptions, explore
from model_check.language import load
from model_check.verify.verdicts import judge

ROOT = Path(__file__).parents[2]
SPEC = ROOT / "specs" / "legacy.yaml"
ANSWER = "define i64 @answer(i64 %x) {{ %y = add i64 %x, {}\n ret i64 %y }}"


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own, and nothing in this process that was compiled before."""
    monkeypatch.delenv(CACHE_SWITCH, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    forget()
    return tmp_path / "model-check"


def forget() -> None:
    library._kernel.cache_clear()
    library._answers.cache_clear()


@pytest.fixture
def compiling(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that a compiler is given."""
    seen: list[str] = []
    compile_it = compiled._compiled

    def noted(effort: compiled.Effort, text: str) -> bytes:
        seen.append(text)
        return compile_it(effort, text)

    monkeypatch.setattr(compiled, "_compiled", noted)
    # Better code is a matter of time: here each search has it.
    monkeypatch.setattr(engine, "LONG", 0)
    return seen


def found() -> tuple[object, ...]:
    """All that a native search of a spec tells, compiled as in a process that begins."""
    forget()
    space = explore(load(SPEC), options=SearchOptions(engine="native", forget_from=None))
    told = [(each.name, each.verdict, each.trace) for each in judge(space).results]
    return list(space.states), space.transitions, space.levels, list(space.terminal), told


def answer(number: int) -> int:
    code = Code(QUICK, ANSWER.format(number))
    return code.function("answer", 1)(40)


def test_a_second_search_compiles_nothing_parses_nothing_and_finds_the_same(
    compiling: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = found()
    assert compiling
    compiling.clear()
    parsed: list[str] = []
    parse = llvm.parse_assembly
    monkeypatch.setattr(llvm, "parse_assembly", lambda text: parsed.append(text) or parse(text))
    assert found() == first
    assert not compiling
    assert set(parsed) == {""}


def test_without_a_cache_it_finds_the_same(
    compiling: list[str], kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CACHE_SWITCH, "off")
    alone = found()
    assert not kept.exists()
    monkeypatch.delenv(CACHE_SWITCH)
    assert found() == alone
    assert found() == alone


def test_where_nothing_can_be_written_it_finds_the_same(
    compiling: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert answer(2) == answer(2) == 42
    assert len(compiling) == 2


def _cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _changed(content: bytes) -> bytes:
    return content[:-9] + bytes([content[-9] ^ 255]) + content[-8:]


@pytest.mark.parametrize("damage", [_cut, _changed])
def test_damaged_code_is_compiled_again(
    compiling: list[str], kept: Path, damage: Callable[[bytes], bytes]
) -> None:
    assert answer(2) == 42
    (path,) = kept.iterdir()
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    assert answer(2) == 42
    assert len(compiling) == 2
    assert answer(2) == 42
    assert len(compiling) == 2


def test_another_text_is_other_code(compiling: list[str]) -> None:
    assert [answer(2), answer(3), answer(2)] == [42, 43, 42]
    assert len(compiling) == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WAY", 2),
        ("_compiler", lambda: ("0.1", (1, 2, 3), "x86_64-unknown-linux-gnu")),
        ("_processor", lambda: (llvm.get_host_cpu_name(), "")),
    ],
)
def test_what_was_compiled_elsewhere_or_otherwise_is_not_taken(
    compiling: list[str], monkeypatch: pytest.MonkeyPatch, name: str, value: object
) -> None:
    assert answer(2) == 42
    monkeypatch.setattr(compiled, name, value)
    assert answer(2) == 42
    assert len(compiling) == 2


def test_code_of_another_effort_is_not_taken(compiling: list[str]) -> None:
    Code(QUICK, ANSWER.format(2))
    Code(THOROUGH, ANSWER.format(2))
    assert len(compiling) == 2


def test_better_code_that_was_made_for_a_long_search_is_taken_at_once(
    compiling: list[str],
) -> None:
    space = explore(load(SPEC), options=SearchOptions(engine="native", forget_from=None))
    machine = space.machine
    library.Library(machine).improve()
    compiling.clear()
    again = library.Library(machine)
    before = again.expand
    again.improve()
    assert again.expand == before
    assert not compiling
    # As long as compiling would take: what is kept must not make a short search wait for better
    # code that is not.
    assert again.seconds > 0
