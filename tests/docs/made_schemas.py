"""The JSON Schemas in docs/, made from the forms of the documents and the keys of a spec:

python -m tests.docs.made_schemas
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from model_check.language.schema import spec_schema
from model_check.language.syntax.kindfile import builtin_kinds
from model_check.report.documents.advice import REPAIRS, RESTS
from model_check.report.documents.check import RESULT
from model_check.report.documents.compare import COMPARISON
from model_check.report.documents.likelihood import LIKELIHOODS
from model_check.report.documents.monitor import MONITORED
from model_check.report.documents.replay import RECORDED, REPLAYED
from model_check.report.documents.steer import STEERED
from model_check.report.documents.timing import TIMED

__all__ = ["DOCS", "SCHEMAS", "schema_text"]

DOCS = Path(__file__).parents[2] / "docs"
SCHEMAS: dict[str, Callable[[], dict[str, Any]]] = {
    "result": RESULT.schema,
    "repair": REPAIRS.schema,
    "rests-on": RESTS.schema,
    "compare": COMPARISON.schema,
    "replay": REPLAYED.schema,
    "record": RECORDED.schema,
    "likelihood": LIKELIHOODS.schema,
    "monitor": MONITORED.schema,
    "steer": STEERED.schema,
    "timing": TIMED.schema,
    "spec": lambda: spec_schema(builtin_kinds()),
}
"""What makes each schema, by the name of its file, `docs/NAME.schema.json`."""


def schema_text(name: str) -> str:
    """The text of a schema's file."""
    return json.dumps(SCHEMAS[name](), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for each in SCHEMAS:
        (DOCS / f"{each}.schema.json").write_text(schema_text(each), encoding="utf-8")
