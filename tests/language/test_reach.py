"""Which files a spec can have read, and that of others no line is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from model_check.language import SpecError, load

BASE = "model: base\nvars: {x: 0..1}\nprocesses:\n  p: {run: 'a: x = 1'}\n"
SECRET = "password: hunter2\nuser: admin\n"


@pytest.fixture
def inner(tmp_path: Path) -> Path:
    """A folder in another one; the outer has a spec."""
    (tmp_path / "base.yaml").write_text(BASE)
    folder = tmp_path / "inner"
    folder.mkdir()
    return folder


def refused(path: Path) -> str:
    with pytest.raises(SpecError) as error:
        load(path)
    return str(error.value)


def loads(path: Path) -> bool:
    try:
        load(path)
    except SpecError:
        return False
    return True


def spec(folder: Path, text: str) -> Path:
    path = folder / "spec.yaml"
    path.write_text(text)
    return path


def test_a_spec_extends_what_is_in_its_folder_or_its_repository(inner: Path) -> None:
    (inner / "sub").mkdir()
    (inner / "sub" / "base.yaml").write_text(BASE)
    load(spec(inner, "extends: sub/base.yaml\nmodel: m\n"))
    outside = spec(inner, "extends: ../base.yaml\nmodel: m\n")
    assert f":1:10: ../base.yaml is outside of {inner}" in refused(outside)
    (inner.parent / ".git").mkdir()
    load(outside)


def test_without_a_repository_it_extends_what_is_in_the_folder_that_it_is_checked_in(
    inner: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = spec(inner, "extends: ../base.yaml\nmodel: m\n")
    for folder, is_refused in {inner.parent: False, inner: True, Path("/"): True}.items():
        monkeypatch.chdir(folder)
        assert is_refused == (not loads(path)), folder
    (inner / ".git").mkdir()
    monkeypatch.chdir(inner.parent)
    assert "is outside of" in refused(path)


@pytest.mark.parametrize("key", ["extends", "kinds"])
@pytest.mark.parametrize("way", ["up", "absolute", "link"])
def test_a_file_from_elsewhere_is_refused_unless_that_is_allowed(
    inner: Path, key: str, way: str
) -> None:
    base = inner.parent / "base.yaml"
    if key == "kinds":
        base.write_text("my.box:\n  state: {n: int}\n  commands:\n    put: {run: n = 1}\n")
    (inner / "link.yaml").symlink_to(base)
    name = {"up": "../base.yaml", "absolute": str(base), "link": "link.yaml"}[way]
    path = spec(inner, f"{key}: {name}\nmodel: m\n")
    assert f"is outside of {inner}" in refused(path)
    load(path, allow_outside=True)


@pytest.mark.parametrize("key", ["extends", "kinds"])
@pytest.mark.parametrize("text", [SECRET, "- hunter2\n", "password: hunter2\n\tx", "hunter2: {"])
def test_no_line_of_a_file_that_is_no_spec_is_shown(inner: Path, key: str, text: str) -> None:
    (inner / "secret.yaml").write_text(text)
    path = spec(inner, f"{key}: secret.yaml\nmodel: m\n")
    for allowed in (False, True):
        with pytest.raises(SpecError) as error:
            load(path, allow_outside=allowed)
        assert "secret.yaml is not a" in str(error.value)
        assert "hunter2" not in str(error.value)


def test_what_is_wrong_in_an_extended_spec_is_shown_with_its_line(inner: Path) -> None:
    (inner / "base.yaml").write_text(BASE.replace("x = 1", "y = z"))
    assert "a: y = z" in refused(spec(inner, "extends: base.yaml\nmodel: m\n"))
