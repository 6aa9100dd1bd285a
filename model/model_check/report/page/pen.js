// From the layout of a sequence diagram to its picture. Colours are the style's, by class.

function shape(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null) node.setAttribute(name, typeof value === "number" ? String(Math.round(value * 10) / 10) : value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

const title = (text) => (text ? shape("title", {}, text) : null);
const stroke = (x1, y1, x2, y2, look) => shape("line", { x1, y1, x2, y2, class: look });
const cross = (x, y, size) => shape("path", { class: "d-cross",
  d: `M${x - size} ${y - size}L${x + size} ${y + size}M${x - size} ${y + size}L${x + size} ${y - size}` });
const head = (x, y, side, look) => shape("path", { class: `d-head ${look}`,
  d: `M${x} ${y}L${x - side * 8} ${y - 4}L${x - side * 8} ${y + 4}Z` });

// Lines of text, the last one's baseline at `y`.
function words(x, y, lines, look, tooltip = "") {
  return shape("text", { x, y, class: look }, title(tooltip),
    ...lines.map((line, turn) => shape("tspan", { x, y: y - LEADING * (lines.length - 1 - turn) }, line)));
}

// The names of the lifelines, and all else: two pictures, for the names stay when it is scrolled.
function drawn(diagram, room, label) {
  const layout = layOut(diagram, room), width = Math.ceil(layout.width);
  const sized = (height, ...children) => shape("svg", { width, height: Math.ceil(height),
    viewBox: `0 0 ${width} ${Math.ceil(height)}` },
  shape("rect", { class: "d-paper", width, height: Math.ceil(height) }), ...children);
  const heads = sized(HEAD_HEIGHT, ...names(layout));
  heads.setAttribute("class", "heads");
  heads.setAttribute("aria-hidden", "true");
  const body = sized(layout.height, ...grounds(layout), ...lifelines(layout), ...drawKeys(layout),
    ...layout.groups.map((group) => drawGroup(layout, group)), ...drawBelow(layout), ...marks(layout));
  body.setAttribute("class", "body");
  body.setAttribute("role", "img");
  body.setAttribute("aria-label", `${label}, between ${diagram.lanes.map(([name]) => name).join(", ")}`);
  return { parts: [heads, body], layout };
}

// The rows in pieces that a page can end between; each has a copy of what stands in it.
const PIECE = 260; // pixels
function inPieces(body, { groups, outside, waits, height }) {
  const found = [], below = [...outside, ...waits].map((row) => row.top + row.height);
  const bottoms = [...groups.map((group) => group.bottom), ...below];
  let from = 0, rows = [];
  bottoms.forEach((bottom, place) => {
    if (groups[place]) rows.push(String(groups[place].first));
    const end = place + 1 === bottoms.length;
    if (!end && bottom - from < PIECE) return;
    const to = end ? Math.ceil(height) : bottom, piece = body.cloneNode(true);
    for (const each of all("g[data-first]", piece)) if (!rows.includes(each.dataset.first)) each.remove();
    piece.setAttribute("viewBox", `0 ${from} ${body.getAttribute("width")} ${to - from}`);
    piece.setAttribute("height", String(to - from));
    found.push(piece);
    [from, rows] = [to, []];
  });
  return found;
}

function names({ diagram, places }) {
  return diagram.lanes.flatMap(([name, sort], lane) => {
    const half = wide(name, { size: HEAD, bold: true }) / 2 + 9, x = places[lane];
    const process = sort === "process", shared = sort === "shared";
    return [
      stroke(x, 30, x, HEAD_HEIGHT, process ? "d-life" : "d-life d-server"),
      shared ? barrel(x - half, x + half, 3, 30)
        : shape("rect", { class: process ? "d-actor" : "d-store", x: x - half, y: 4, width: 2 * half, height: 26,
          rx: process ? 4 : 13 }),
      shape("text", { class: process ? "d-name" : "d-name d-of-store", x, y: shared ? 22.5 : 21.5 }, name),
    ];
  });
}

// Where processes keep what they share: the sign of a database.
function barrel(left, right, top, bottom) {
  const round = `${(right - left) / 2} 4 0 0`;
  return shape("path", { class: "d-store",
    d: `M${left} ${top + 4}A${round} 1 ${right} ${top + 4}V${bottom - 4}A${round} 1 ${left} ${bottom - 4}Z`
      + `M${left} ${top + 4}A${round} 0 ${right} ${top + 4}` });
}

function drawKeys({ keys, places }) {
  return keys.flatMap((told, lane) => (
    told.length ? [words(places[lane], 12 + LEADING * (told.length - 1), told, "d-wire d-middle d-key")] : []));
}

function grounds({ window, right, left, groups }) {
  if (!window) return [];
  const bottom = window.bottom ?? groups.at(-1).bottom;
  return [
    shape("rect", { class: "d-window", x: 4, y: window.top, width: right + EDGE - 8,
      height: bottom - window.top, rx: 6, "data-mark": "window" }),
    words(EDGE, window.top + 3 + LEADING * window.text.length - 3, window.text, "d-caption"),
  ];
}

function lifelines(layout) {
  const { diagram, places, groups, keys, bottom } = layout;
  return diagram.lanes.flatMap(([, sort], lane) => {
    const x = places[lane], look = sort === "process" ? "d-life" : "d-life d-server";
    const end = diagram.ends.find((each) => each[0] === lane);
    const last = end ? groups.find((group) => group.last >= end[1]) : null;
    const found = [stroke(x, LEADING * keys[lane].length, x, last ? last.bottom : bottom, look)];
    if (last) {
      found.push(end[2] ? cross(x, last.bottom - 2, 6) : stroke(x - 8, last.bottom, x + 8, last.bottom, "d-bar"));
    }
    for (const row of groups.flatMap((group) => group.rows)) {
      if (!row.row.broken || row.row.actor !== lane || (last && row.top + row.height >= last.bottom)) continue;
      const y = row.top + row.height;
      found.push(cross(x, y - 11, 5), stroke(x - 8, y - 3, x + 8, y - 3, "d-bar"));
    }
    return found;
  });
}

function drawGroup(layout, group) {
  const { first, last, times, top, bottom, rows } = group;
  const several = rows.length > 1, y = top + rows[0].y + 4, right = layout.right + EDGE;
  return shape("g", { "data-first": String(first), "data-last": String(last) },
    shape("rect", { class: "d-hit", x: 0, y: top, width: right, height: bottom - top }),
    several ? shape("rect", { class: "d-frame", x: 4, y: top + 2, width: right - 8, height: bottom - top - 4, rx: 6 }) : null,
    words(EDGE, y, [numbers([first, last])], "d-number"),
    several ? words(EDGE, y + LEADING, [times ? `×${times}` : "mixed"], "d-number d-times") : null,
    ...rows.flatMap((row) => drawRow(layout, row)));
}

// The look of text that stands on the ground of the risk window at this height.
const groundAt = ({ window }, y) => (window && window.top <= y && y < (window.bottom ?? Infinity) ? " d-on-window" : "");

function drawRow(layout, placed) {
  const { row, top, arrows, beside } = placed, found = [], ground = groundAt(layout, top);
  for (const arrow of arrows) found.push(...drawArrow(arrow, top, ground));
  for (const each of beside) {
    const baseline = top + each.y + LEADING * each.told.length - 3;
    if (each.aside) found.push(words(each.x, baseline, each.told, `d-wire d-aside${row.broken ? " d-waits" : ""}${ground}`));
    else {
      found.push(shape("g", {}, title(each.whole),
        shape("rect", { class: each.read ? "d-note d-read" : "d-note", x: each.x, y: top + each.y,
          width: each.width, height: each.height, rx: 3 }),
        words(each.x + NOTE_PAD, baseline + 2, each.told, each.read ? "d-wire d-read" : "d-wire d-quiet")));
    }
  }
  return row.actor < 0 ? found : [...found, drawBox(placed)];
}

function drawBox({ row, top, y: middle, x, half }) {
  const y = top + middle, box = { x: x - half, y: y - BOX / 2, width: 2 * half, height: BOX, rx: 4 };
  const looks = { "d-fault": row.fault, "d-wrong": row.fault || row.broken || row.fails, "d-marked": row.marked };
  const look = ["d-box", ...Object.keys(looks).filter((each) => looks[each])].join(" ");
  return shape("g", {}, title(row.told),
    row.several ? shape("rect", { ...box, x: box.x + 3, y: box.y + 3, class: look }) : null,
    shape("rect", { ...box, class: look }),
    shape("text", { x, y: y + 4.5, class: row.fault ? "d-label d-fault" : "d-label" }, row.label));
}

// What stands below the last step: events that the trace does not have, and who waits for whom.
function drawBelow(layout) {
  const { outside, waits } = layout;
  const number = (row) => words(EDGE, row.top + row.y + 4, ["end"], "d-number");
  return [
    outside.length ? shape("g", { "data-mark": "outside" }, ...outside.flatMap((row) => drawRow(layout, row))) : null,
    waits.length ? shape("g", { "data-mark": "waits" }, ...waits.flatMap((row) => [number(row), ...drawRow(layout, row)])) : null,
  ].filter(Boolean);
}

function drawArrow({ message, told, y: low, side, start, end, middle }, top, ground) {
  const [, , , , sort, lost, tooltip, read] = message, y = top + low;
  const kind = MESSAGE_SORTS[sort], look = lost ? "d-lost" : `d-${kind}`, crossed = lost === 1 && kind !== "reply";
  const wrong = lost ? " d-lost" : ["wait", "cycle"].includes(kind) ? " d-waits" : "";
  const tip = end - side * (crossed ? 17 : 1);
  return [
    stroke(start, y, crossed ? tip : tip - side * 6, y, `d-line ${look}`),
    crossed ? cross(end - side * 11, y, 5) : head(tip, y, side, look),
    words(middle, y - 5, told, `d-wire d-middle${wrong}${read ? " d-of-property" : ""}${ground}`, tooltip || ""),
  ];
}

// What stands over the rows: the point of no return, the orderings, and what goes round.
function marks(layout) {
  const { diagram, sealed, right, gutter } = layout, found = [];
  if (sealed) {
    found.push(shape("g", { "data-mark": "no-return" },
      stroke(EDGE, sealed.y + 3, right, sealed.y + 3, "d-line d-sealed"),
      words(EDGE, sealed.y + 4 + LEADING * sealed.text.length, sealed.text,
        `d-certain${groundAt(layout, sealed.y + 1)}`)));
  }
  diagram.orderings.slice(0, BRACKETS).forEach(([one, other], turn) => {
    const [y1, y2] = [heightOf(layout, one), heightOf(layout, other)];
    if (!y1 || !y2) return;
    const x = gutter + BRACKET * turn;
    found.push(shape("path", { class: "d-bracket", d: `M${x + 7} ${y1}H${x}V${y2}H${x + 4}` }),
      shape("path", { class: "d-bracket d-tip", d: `M${x + 9} ${y2}L${x + 3} ${y2 - 3.5}V${y2 + 3.5}Z` }));
  });
  if (diagram.loop) {
    const [from, to] = diagram.loop.map((step) => groupOf(layout, step)), x = right + 4, far = x + 14;
    const y1 = from.top + from.rows[0].y, y2 = Math.max(to.bottom - 8, y1 + 20);
    found.push(shape("g", { "data-mark": "loop" }, title(diagram.again),
      shape("path", { class: "d-loop", d: `M${x} ${y2}H${far}V${y1}H${x + 6}` }),
      shape("path", { class: "d-loop d-tip", d: `M${x} ${y1}L${x + 8} ${y1 - 4}V${y1 + 4}Z` }),
      words(far + 6, (y1 + y2) / 2 + 4, ["for ever"], "d-certain")));
  }
  return found;
}
