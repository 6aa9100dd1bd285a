"""Pages of real checks, for the tests that read them and those that open them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from model_check import Result, check
from model_check.report.documents.files import write_outputs
from model_check.report.page.document import page_html
from model_check.report.pictures.check import STEPS_DRAWN, CheckImages
from model_check.report.pictures.trace import trace_svg
from model_check.results.check import with_trace

ROOT = Path(__file__).parent.parent.parent
SPECS = ROOT / "specs"

EVIL = "<script>alert(1)</script>"
HOSTILE = f"""\
model: hostile
about: "{EVIL} <img src=x onerror=alert(1)> &amp; ]]> <!-- \\u2028 \\u202e"
resources:
  history:
    kind: redis.list[1..2]
    key: "{EVIL}:{{session}}"
processes:
  writer:
    about: "{EVIL}"
    run: |
      write: history.rpush(1)   # {EVIL} --> </style></pre>
      again: history.rpush(2)
define:
  held: len(history.items)
properties:
  few:
    about: "'{EVIL}' \\"onclick=alert(1)"
    always: len(history.items) < 2
    expect: violated
"""

FAILING = """\
model: failing
about: The second step divides by zero.
vars:
  n: 0..9 = 1
  m: 0..9 = 0
processes:
  p:
    run: |
      lower: n -= 1
      divide: m = 9 // n
"""

LOOKS = """\
model: looks
vars: {open: bool, sold: int}
processes:
  buyer:
    run: |
      look: if open:
          buy: sold += 1
  shop:
    run: |
      unlock: open = True
properties:
  sells: {finally: sold == 1, expect: violated}
"""

TWICE = """\
model: twice
about: Two workers each look whether the mail was sent, send it, and then note that.
vars: {sent: bool, mails: int}
processes:
  worker:
    count: 2
    run: |
      look: if not sent:
          send: mails += 1
          note: sent = True
properties:
  once: {always: mails <= 1, expect: violated}
"""

RECORDS = """\
model: orders
about: A worker moves ten orders with their details from a list to a hash, in 40 steps.
types:
  Kind: enum(food, book)
  Order: {kind: Kind, number: 1..10, paid: bool}
resources:
  orders: {kind: "redis.list[Order]", key: "shop:orders:{region}"}
  parcels: {kind: "redis.hash[1..10, Order]", key: "shop:parcels"}
processes:
  shop:
    run: |
      for n in range(1, 11):
          place: orders.rpush({kind: book, number: n, paid: n != 7})
  worker:
    vars: {order: "Order?", packed: "list[Order]"}
    run: |
      for n in range(1, 11):
          take: order = orders.blpop()
          pack: parcels.hset(n, order)
          keep: packed.append(order)
properties:
  all_paid: {finally: "all(o.paid for o in worker.packed)", expect: violated}
"""


def page_of(result: Result, most: int | None = None) -> str:
    """The page of a check without the picture of the space; `most` states for a walk."""
    report = result.report
    pictures = {
        each.name: trace_svg(report, each)
        for each in with_trace(report)
        if each.trace is not None and len(each.trace.steps) <= STEPS_DRAWN
    }

    def tables(wanted: int) -> Any:
        return result.tables(wanted if most is None else min(wanted, most))

    return page_html(report, tables, CheckImages(pictures))


def data_in(page: str) -> dict[str, Any]:
    """What the page's script works with."""
    found = re.search(r'<script type="application/json" id="space-data">(.*?)</script>', page)
    assert found is not None
    data = json.loads(found[1])
    assert isinstance(data, dict)
    return data


def written(result: Result, folder: Path) -> str:
    """The page of a check as a run writes it, with the picture of the space."""
    write_outputs(result.report, result.states, folder, tables=result.tables)
    return (folder / result.model / "report.html").read_text(encoding="utf-8")


def checked(text: str, folder: Path, name: str = "spec.yaml", *, reason: bool = False) -> Result:
    """The check of a spec given as text."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return check(path, reason=reason)
