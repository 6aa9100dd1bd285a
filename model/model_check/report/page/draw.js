// A sequence diagram, drawn in the room there is: time runs down, each lifeline has its place, and
// what stands at an arrow is broken into lines before lifelines are pushed out of sight.

const SVG = "http://www.w3.org/2000/svg";
const TEXT = 12, LABEL = 12.5, HEAD = 13, LEADING = 15; // pixels: nothing is smaller than TEXT
const BOX = 21, EDGE = 10, AIR = 10, NOTE_PAD = 5, HEAD_HEIGHT = 34;
const LEAST_GAP = 92, MOST_GAP = 300, LEAST_ROOM = 64, LONGEST_WORD = 112;
const LINES_OF_VALUE = 4, LINES_OF_MESSAGE = 4, MOST_OF_MESSAGE = 165, BRACKETS = 4, BRACKET = 12, NOTES = 4;
const MESSAGE_SORTS = ["command", "reply", "push", "frame", "write", "wait", "cycle"];

// --- how wide a text is ----------------------------------------------------------------------

const ruler = document.createElement("canvas").getContext("2d");
const known = new Map();
function wide(text, { size = TEXT, mono = false, bold = false } = {}) {
  const key = `${size} ${mono} ${bold} ${text}`;
  if (!known.has(key)) {
    const family = getComputedStyle(document.documentElement).getPropertyValue(mono ? "--mono" : "--sans");
    ruler.font = `${bold ? 700 : 400} ${size}px ${family}`;
    known.set(key, ruler.measureText(text).width);
  }
  return known.get(key);
}

// What a text may be broken into: after a space, and after signs that join words.
const pieces = (text) => text.split(/(?<=[\s,:;/|&=])(?=[^\s,:;/|&=])/);

// The text in as few lines as this room asks for, and these of much the same length; no word is broken
// for that.
function broken(text, room, look) {
  const found = brokenInto(text, room, look);
  const word = Math.max(...pieces(text).map((piece) => wide(piece.trim(), look)));
  const least = Math.max(room / 2, word <= room ? word : 0);
  for (let less = room - 8; found.length > 1 && less > least; less -= 8) {
    const other = brokenInto(text, less, look);
    if (other.length > found.length) break;
    found.splice(0, found.length, ...other);
  }
  return found;
}

// In lines of this room, each as full as can be; a word that is longer is broken anywhere.
function brokenInto(text, room, look) {
  const found = [];
  let line = "";
  for (const piece of pieces(text)) {
    if (line && wide((line + piece).trimEnd(), look) > room) {
      found.push(line.trimEnd());
      line = "";
    }
    line += piece;
    while (wide(line.trimEnd(), look) > room && line.length > 1) {
      let end = line.length - 1;
      while (end > 1 && wide(line.slice(0, end), look) > room) end--;
      // Rather where a name has its parts: `socket.` and `inbox`, `inbox` and `[gateway]`.
      const part = line.slice(0, end).search(/([._-]|.(?=[[({]))[^._[({-]*$/);
      if (part > 0) end = part + 1;
      found.push(line.slice(0, end));
      line = line.slice(end);
    }
  }
  if (line.trim()) found.push(line.trimEnd());
  return found.length ? found : [""];
}

// The same in a few lines: what is left out is before the last, for there a value changes.
function brokenShort(text, room, look, lines) {
  const found = broken(text, room, look);
  return found.length <= lines ? found : [...found.slice(0, lines - 2), "…", found.at(-1)];
}

const WIRE = { mono: true };
const messageWidth = ([, , text, answer]) => wide(answer ? `${text} → ${answer}` : text, WIRE);

// What stands at an arrow, in lines: the answer on one of its own where both do not fit in one.
function messageLines(message, room) {
  const [, , text, answer] = message;
  if (!answer) return broken(text, room, WIRE);
  if (messageWidth(message) <= room) return [`${text} → ${answer}`];
  return [...broken(text, room, WIRE), ...broken(`→ ${answer}`, room, WIRE)];
}

const boxWidth = (row) => wide(row.label, { size: LABEL, bold: Boolean(row.fault) }) + 14;
const numbers = ([first, last]) => (last === 0 ? "start" : first === last ? `${first}` : `${first}-${last}`);
const allRows = ({ groups, outside, waits }) => [...groups.flatMap((group) => group[3]), ...outside, ...waits];

// --- where the lifelines stand ---------------------------------------------------------------

// By how much two neighbours must be apart, and by how much they would be with room enough.
function gapsOf(diagram) {
  const half = diagram.lanes.map(([name]) => wide(name, { size: HEAD, bold: true }) / 2 + 10);
  const rows = allRows(diagram);
  for (const row of rows) {
    if (row.actor >= 0) half[row.actor] = Math.max(half[row.actor], boxWidth(row) / 2);
  }
  const least = [], most = [];
  for (let lane = 0; lane + 1 < half.length; lane++) {
    least.push(Math.max(LEAST_GAP, half[lane] + half[lane + 1] + AIR));
    most.push(least[lane]);
  }
  const need = (gaps, from, to, wanted) => {
    const has = gaps.slice(from, to).reduce((sum, gap) => sum + gap, 0);
    for (let lane = from; lane < to; lane++) gaps[lane] += Math.max(0, wanted - has) / (to - from);
  };
  const spans = rows.flatMap((row) => row.messages.map((message) => ({ row, message,
    from: Math.min(message[0], message[1]), to: Math.max(message[0], message[1]) })));
  spans.sort((one, other) => one.to - one.from - (other.to - other.from));
  for (const { row, message, from, to } of spans) {
    const beside = (row.actor >= 0 ? boxWidth(row) / 2 : 0) + 26;
    const words = pieces(`${message[2]} ${message[3]}`).map((word) => wide(word.trim(), WIRE));
    const lines = Math.min(messageWidth(message) / LINES_OF_MESSAGE, MOST_OF_MESSAGE);
    need(least, from, to, Math.max(Math.min(Math.max(...words), LONGEST_WORD), lines) + beside);
    need(most, from, to, Math.min(messageWidth(message), MOST_GAP) + beside);
  }
  for (const { held, asides, actor } of rows) {
    for (const [lane, text] of held) {
      if (lane + 1 < half.length) need(most, lane, lane + 1, Math.min(wide(text, WIRE), 180) + 3 * AIR);
    }
    // Beside the last lifeline is less room than before it.
    const from = Math.min(actor, half.length - 2);
    for (const text of from >= 0 ? asides : []) {
      const word = Math.max(...pieces(text).map((piece) => wide(piece.trim(), WIRE)));
      need(least, from, from + 1, Math.min(word, LONGEST_WORD) + half[actor] + 2 * AIR);
    }
    if (actor >= 0 && actor + 1 < half.length) {
      for (const text of asides) need(most, actor, actor + 1, Math.min(wide(text, WIRE), 180) + half[actor] + 2 * AIR);
    }
  }
  return { half, least, most: most.map((gap, lane) => Math.max(gap, least[lane])) };
}

const sumOf = (list) => list.reduce((sum, each) => sum + each, 0);

// The lifelines' places in `room` pixels, and the width that is needed at least.
function placesIn(diagram, room) {
  const { half, least, most } = gapsOf(diagram);
  const number = Math.max(...diagram.groups.map((group) => wide(numbers(group))));
  const gutter = EDGE + number + AIR;
  const left = gutter + BRACKET * Math.min(diagram.orderings.length, BRACKETS);
  const aside = diagram.loop ? wide("for ever", { bold: true }) + 34 : 0;
  const end = half.at(-1) + EDGE + aside;
  const needed = left + half[0] + sumOf(least) + end, wanted = left + half[0] + sumOf(most) + end;
  const part = wanted > needed ? Math.max(0, Math.min(1, (room - needed) / (wanted - needed))) : 0;
  let x = left + half[0];
  const places = [x];
  least.forEach((gap, lane) => {
    x += gap + part * (most[lane] - gap);
    places.push(x);
  });
  const width = Math.max(x + end, room);
  return { places, gutter, left, right: width - EDGE - aside, width, needed };
}

// --- what stands in a row --------------------------------------------------------------------

// Puts the things of one row where nothing else is; coordinates are from the top of the row. `lines`:
// how many of a text there is room for.
class RowPlacer {
  constructor(row, frame, lines = LINES_OF_VALUE) {
    this.row = row;
    this.frame = frame;
    this.lines = lines;
    this.taken = [];
    this.half = row.actor >= 0 ? boxWidth(row) / 2 : 0;
    this.x = frame.places[row.actor];
    this.y = 6 + BOX / 2;
    this.arrows = [];
    this.beside = [];
    this.messages();
    if (row.actor >= 0) this.take(this.x - this.half, this.x + this.half, this.y - BOX / 2, this.y + BOX / 2);
    for (const text of row.asides) this.put(row.actor, text, { aside: true });
    this.notes();
    const bottom = Math.max(this.y, ...this.taken.map((each) => each.y1));
    this.height = bottom + 5 + (row.broken ? 18 : 0);
  }

  take(x0, x1, y0, y1) {
    this.taken.push({ x0, x1, y0, y1 });
  }

  messages() {
    let from = 4;
    for (const message of this.row.messages) {
      const [start, end] = [this.frame.places[message[0]], this.frame.places[message[1]]];
      const side = end > start ? 1 : -1, leaving = message[0] === this.row.actor;
      const room = Math.max(Math.abs(end - start) - this.half - 18, LEAST_ROOM);
      const told = messageLines(message, room);
      let y = from + told.length * LEADING + 3;
      if (!this.arrows.length) {
        y = Math.max(y, this.y);
        this.y = y;
      }
      const box = side * this.half, keep = this.arrows.length ? side * 4 : box;
      const ends = leaving ? [start + box, end] : [start, end - box];
      this.arrows.push({ message, told, y, side, middle: (ends[0] + ends[1]) / 2,
        start: leaving ? start + keep : start, end: leaving ? end : end - keep });
      this.take(Math.min(start, end) + 2, Math.max(start, end) - 2, from, y + 6);
      from = y + 7;
    }
  }

  // What is held: first what the property reads; of many the first ones, and how many more.
  notes() {
    const held = [...this.row.held].sort((one, other) => other[2] - one[2]);
    for (const [lane, text, read, whole] of held.slice(0, NOTES)) this.put(lane, text, { read, whole });
    const rest = held.slice(NOTES);
    if (rest.length) this.put(rest[0][0], `+${rest.length} more`, { whole: rest.map((each) => each[3]).join("\n") });
  }

  // Beside a lifeline, at the right or at the left, as high up as it can be.
  put(lane, text, how) {
    const at = lane < 0 ? this.x : this.frame.places[lane], pad = how.aside ? 0 : NOTE_PAD;
    const { places, left, right } = this.frame;
    const edges = [...places.filter((x) => x > at).slice(0, 1), right];
    const limits = { right: edges[0], left: places.filter((x) => x < at).at(-1) ?? left };
    const offsets = lane === this.row.actor ? [AIR, this.half + 7] : [AIR];
    const found = [];
    for (const side of ["right", "left"]) {
      for (const offset of offsets) {
        const room = Math.abs(limits[side] - at) - offset - AIR / 2 - 2 * pad;
        if (room < LEAST_ROOM && found.length) continue;
        const told = brokenShort(text, Math.max(room, LEAST_ROOM), WIRE, this.lines);
        const width = Math.max(...told.map((line) => wide(line, WIRE))) + 2 * pad;
        const height = told.length * LEADING + 2 * (pad ? 2 : 0);
        const x = side === "right" ? at + offset : at - offset - width;
        const y = this.free(x, x + width, height);
        found.push({ told, x, y, width, height, over: room < LEAST_ROOM ? 1e4 : 0 });
      }
    }
    const best = found.reduce((one, other) => (
      other.y + other.height + other.over < one.y + one.height + one.over ? other : one));
    this.take(best.x - 2, best.x + best.width + 2, best.y, best.y + best.height);
    this.beside.push({ ...best, ...how });
  }

  // The height from which on there is room between x0 and x1.
  free(x0, x1, height) {
    const middle = this.y - height / 2;
    const tries = [Math.max(4, middle), ...this.taken.map((each) => each.y1 + 2)].sort((a, b) => a - b);
    const clear = (y) => this.taken.every((each) =>
      x1 + 3 <= each.x0 || x0 - 3 >= each.x1 || y + height <= each.y0 || y >= each.y1);
    return tries.find(clear);
  }
}

// What the resources of a server are called there, in lines below its name: each lifeline with such
// names has the room as far as to the next one, half of it where that has some too.
function keyLines({ lanes }, { places, left, right }) {
  return lanes.map(([, , keys], lane) => {
    const half = (other, edge) => (other in lanes
      ? Math.abs(places[other] - places[lane]) / (lanes[other][2].length ? 2 : 1) : Math.abs(edge - places[lane]));
    const most = 2 * Math.min(half(lane - 1, left), half(lane + 1, right)) - AIR;
    return keys.flatMap((key) => broken(key, Math.max(most, LEAST_ROOM), WIRE));
  });
}

// Everything with its coordinates. `groups` are {first, last, times, top, bottom, rows}; `outside` and
// `waits` are the rows below them.
function layOut(diagram, room) {
  const frame = placesIn(diagram, room), keys = keyLines(diagram, frame);
  // What stands across the lifelines is read without scrolling sideways.
  const across = Math.min(frame.right, room - EDGE) - EDGE;
  const captions = diagram.caption.flatMap((line) => broken(line, across, { bold: true }));
  let y = 2 + LEADING * Math.max(...keys.map((each) => each.length)), window = null, sealed = null;
  const place = (row, lines) => {
    const each = new RowPlacer(row, frame, lines);
    each.top = y;
    y += each.height;
    return each;
  };
  const groups = diagram.groups.map(([first, last, times, rows]) => {
    if (diagram.window && first === diagram.window[0]) {
      y += 3;
      window = { top: y, text: captions };
      y += captions.length * LEADING + 6;
    }
    const top = y;
    const placed = rows.map((row) => place(row));
    const group = { first, last, times, top, bottom: y, rows: placed };
    if (diagram.window && last === diagram.window[1]) window.bottom = y;
    if (diagram.sealed !== null && last === diagram.sealed) {
      sealed = { y, text: broken(diagram.noReturn, across, { bold: true }) };
      y += sealed.text.length * LEADING + 8;
    }
    return group;
  });
  const outside = diagram.outside.map((row) => place(row, Infinity));
  if (window && outside.length) window.bottom = y + 3;
  y += outside.length && diagram.waits.length ? 6 : 0;
  const waits = diagram.waits.map((row) => place(row, Infinity));
  return { ...frame, diagram, keys, groups, outside, waits, window, sealed, bottom: y, height: y + 8 };
}

// The group that a step is in, and the height of its row; what the trace does not have is numbered
// after its last step.
const groupOf = (layout, step) => layout.groups.find((each) => each.first <= step && step <= each.last);
function heightOf(layout, step) {
  const row = groupOf(layout, step)?.rows[0] || layout.outside[step - layout.groups.at(-1).last - 1];
  return row && row.top + row.y;
}
