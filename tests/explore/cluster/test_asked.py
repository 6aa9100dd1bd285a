"""What a user is told who asks for a cluster that cannot be."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from model_check import check
from model_check.errors import ModelCheckError

LEGACY = Path(__file__).parents[3] / "specs" / "legacy.yaml"


def test_without_ray_one_sentence_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModelCheckError, match=r"uv add 'model-check\[cluster\]'"):
        check(LEGACY, cluster="auto")


def test_python_code_is_not_searched_with_on_a_cluster() -> None:
    with pytest.raises(ModelCheckError, match="--engine python with --cluster"):
        check(LEGACY, cluster="auto", engine="python")


def test_parts_are_not_kept_on_disk(tmp_path: Path) -> None:
    with pytest.raises(ModelCheckError, match="--disk with --cluster"):
        check(LEGACY, cluster="auto", disk=tmp_path / "kept")
    assert not (tmp_path / "kept").exists()


def test_a_small_space_starts_no_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    from model_check.explore.cluster.on_ray import RayCluster

    def never(_: RayCluster) -> None:
        raise AssertionError("Ray was asked for")

    monkeypatch.setattr(RayCluster, "fleet", never)
    assert check(LEGACY, cluster="auto", reason=False).space.states == 1398
