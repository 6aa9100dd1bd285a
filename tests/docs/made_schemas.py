"""The JSON Schemas in docs/, made from the forms of the documents:

python -m tests.docs.made_schemas
"""

from __future__ import annotations

import json
from pathlib import Path

from model_check.report.documents.advice import REPAIRS, RESTS
from model_check.report.documents.check import RESULT
from model_check.report.documents.compare import COMPARISON
from model_check.report.documents.monitor import MONITORED
from model_check.report.documents.replay import RECORDED, REPLAYED

__all__ = ["DOCS", "SCHEMAS", "schema_text"]

DOCS = Path(__file__).parents[2] / "docs"
SCHEMAS = {
    "result": RESULT,
    "repair": REPAIRS,
    "rests-on": RESTS,
    "compare": COMPARISON,
    "replay": REPLAYED,
    "record": RECORDED,
    "monitor": MONITORED,
}
"""Each document by the name of its file, `docs/NAME.schema.json`."""


def schema_text(name: str) -> str:
    """The text of a schema's file."""
    return json.dumps(SCHEMAS[name].schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for each in SCHEMAS:
        (DOCS / f"{each}.schema.json").write_text(schema_text(each), encoding="utf-8")
