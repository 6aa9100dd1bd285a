"""The page that reloads itself: a frame around a check's page, for as long as its spec is watched.

There is no server. The frame loads a script of one line from beside it, again and again, and shows
the page anew where that says that there is a new one. The page itself stays as it is: it loads
nothing. What was chosen on it is kept as the name of the frame's inner window (see `kept.js`), by
which it also knows where it is.
"""

from __future__ import annotations

import json
from urllib.parse import quote

from .document import hash_of
from .markup import element, trusted

__all__ = ["FRAME_NAME", "NEWS_NAME", "frame_html", "news_script"]

FRAME_NAME = "watch.html"
NEWS_NAME = "watch.js"
EVERY = 700
"""Milliseconds between two looks."""

_STYLE = """
:root { color-scheme: light dark; }
body { margin: 0; font: 14px/1.4 system-ui, sans-serif; background: Canvas; color: CanvasText; }
iframe { position: fixed; inset: 0 0 2rem; width: 100%; height: calc(100% - 2rem); border: 0; }
p { position: fixed; inset: auto 0 0; height: 2rem; line-height: 2rem; margin: 0; padding: 0 1rem;
    border-top: 1px solid GrayText; overflow: hidden; white-space: nowrap; }
.wrong { background: light-dark(#fbe3e4, #4a1d20); }
"""
_SCRIPT = f"""
"use strict";
let shown = "";
const frame = document.querySelector("iframe");
const line = document.querySelector("p");
const clock = setInterval(look, {EVERY});
function look() {{
  const script = document.createElement("script");
  script.src = "{NEWS_NAME}?" + Date.now();
  script.onload = script.onerror = () => script.remove();
  document.head.append(script);
}}
globalThis.news = (now) => {{
  line.textContent = now.says;
  line.className = now.wrong ? "wrong" : "";
  if (now.page && now.version !== shown) {{
    shown = now.version;
    frame.src = now.page + "?" + now.version;
  }}
  if (now.over) clearInterval(clock);
}};
look();
"""


def frame_html() -> str:
    """The frame, as the text of an HTML file that lies beside the script of `news_script`."""
    policy = (
        f"default-src 'none'; style-src '{hash_of(_STYLE)}'; script-src '{hash_of(_SCRIPT)}' "
        "'self' file:; frame-src 'self' file:; base-uri 'none'; form-action 'none'"
    )
    head = element(
        "head", {},
        element("meta", {"charset": "utf-8"}),
        element("meta", {"http-equiv": "Content-Security-Policy", "content": policy}),
        element("title", {}, "model-check --watch"),
        element("style", {}, trusted(_STYLE)),
    )  # fmt: skip
    body = element(
        "body", {},
        element("iframe", {"title": "The page of the spec", "name": "model-check:"}),
        element("p", {"role": "status"}),
        element("script", {}, trusted(_SCRIPT)),
    )  # fmt: skip
    page = element("html", {"lang": "en"}, head, "\n", body)
    return f"<!doctype html>\n{page}\n"


def news_script(page: str, version: str, says: str, *, wrong: bool, over: bool) -> str:
    """What the frame is told: the path of the page from it ("": none), which `version` of it there
    is, and a line to be shown. `wrong`: the spec has a mistake; `over`: nobody watches any more."""
    news = {"page": quote(page), "version": version, "says": says, "wrong": wrong, "over": over}
    return f"news({json.dumps(news)});\n"
