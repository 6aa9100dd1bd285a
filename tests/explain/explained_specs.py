"""Specs as texts, and the reasons for what they violate."""

from __future__ import annotations

from pathlib import Path

from model_check.explain.reason import Explainer, explain
from model_check.explore.search import explore
from model_check.language import load
from model_check.results.reasons import Reason
from model_check.verify.verdicts import judge

__all__ = ["reason_of", "reasons", "spec"]


def spec(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "spec.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def reasons(
    path: Path, constants: dict[str, str] | None = None, timeout: float = 60.0
) -> dict[str, Reason]:
    """Of every violated property."""
    space = explore(load(path, constants or {}))
    judgement = judge(space)
    explainer = Explainer(space, judgement)
    return {
        result.name: explainer.explain(result, timeout=timeout)
        for result in judgement.results
        if result.trace is not None
    }


def reason_of(path: Path, property_name: str, timeout: float = 60.0) -> Reason:
    space = explore(load(path, {}))
    judgement = judge(space)
    result = next(r for r in judgement.results if r.name == property_name)
    return explain(space, judgement, result, timeout=timeout)
