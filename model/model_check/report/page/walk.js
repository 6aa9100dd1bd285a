// The explored space, looked up. What is said of it was written by the tool: nothing of a
// spec is computed here a second time. A row is a state; an edge is what can happen in it.

const data = JSON.parse(document.getElementById("space-data").textContent);
const ACTOR = 0, EVENT = 1, CALLS = 2, FILE = 3, LINE = 4, LOST = 5, FAULT = 6, LOOKED = 7;
const finals = new Set(data.final), deadlocks = new Set(data.deadlock), faulty = new Set(data.faulty);
const violating = new Map(
  Object.entries(data.violates).map(([name, rows]) => [name, new Set(rows)]));
const lost = new Map(Object.entries(data.lost).map(([name, rows]) => [name, new Set(rows)]));

// What can happen in a row, by its place there: {act, target, error, looked}; a step that fails has no
// target, and `looked` is what it found where it does nothing else.
const variableColumns = data.columns.flatMap(([kind], place) => (kind === "variable" ? [place] : []));
function edgeOf(row, place) {
  const act = data.acts[data.edges[row][2 * place]], to = data.edges[row][2 * place + 1];
  const target = to < 0 ? null : to, error = to < 0 ? data.errors[-1 - to] : "";
  const changes = target !== null && variableColumns.some((each) => data.rows[row][each] !== data.rows[target][each]);
  return { act, target, error, looked: changes ? [] : act[LOOKED] };
}

function edgesOf(row) {
  return Array.from({ length: data.edges[row].length / 2 }, (_, place) => edgeOf(row, place));
}

// Where a step leads to; a step that fails leads nowhere, and the state stays.
function takes(row, edge) {
  const target = data.edges[row][2 * edge + 1];
  return { edge, row: target < 0 ? row : target };
}

// A run: the row it starts from, its steps {edge, row}, and at how many of them we are. `name`
// is the property whose trace it is, "" for a walk of one's own. `loop` is after how many steps
// it begins to go round for ever, null where it does not.
class Run {
  constructor(name, start, hops, loop = null) {
    this.name = name;
    this.start = start;
    this.hops = hops;
    this.loop = loop;
    this.at = 0;
  }

  static trace(name) {
    const { start, hops, loop } = data.traces[name], steps = [];
    for (let i = 0; i < hops.length; i += 2) steps.push({ edge: hops[i], row: hops[i + 1] });
    return new Run(name, start, steps, loop);
  }

  row(step = this.at) {
    return step === 0 ? this.start : this.hops[step - 1].row;
  }

  // What happened in a step (from 1), with the row before it.
  edge(step) {
    return edgeOf(this.row(step - 1), this.hops[step - 1].edge);
  }

  // The events of all steps; the second of a name is `...#2`, as in every trace of the tool.
  events() {
    const times = new Map();
    return this.hops.map((_, place) => {
      const name = this.edge(place + 1).act[EVENT], known = (times.get(name) || 0) + 1;
      times.set(name, known);
      return known > 1 ? `${name}#${known}` : name;
    });
  }

  // The event of a step, from 1.
  event(step) {
    return this.events()[step - 1];
  }

  failed() {
    return this.at > 0 && this.edge(this.at).error;
  }

  go(step) {
    this.at = Math.max(0, Math.min(step, this.hops.length));
  }

  // The number of the step that comes next: after the last one of a loop its first; 0 where none
  // does.
  next() {
    if (this.at < this.hops.length) return this.at + 1;
    return this.loop === null ? 0 : this.loop + 1;
  }

  // Whether the last step that was taken is one of those that come again and again.
  goesRound() {
    return this.loop !== null && this.at > this.loop;
  }

  // Take one of the steps that can happen. Another one than the run's own makes the run a walk
  // of one's own, which forgets what would have come.
  take(edge) {
    const next = this.next();
    if (next && this.hops[next - 1].edge === edge) {
      this.at = next;
      return;
    }
    this.hops = [...this.hops.slice(0, this.at), takes(this.row(), edge)];
    this.name = "";
    this.loop = null;
    this.at++;
  }

  // How many steps this run shares with another one from the start.
  shared(other) {
    if (this.start !== other.start) return 0;
    let same = 0;
    while (same < this.at && same < other.hops.length
      && this.hops[same].edge === other.hops[same].edge) same++;
    return same;
  }
}

// A shortest way from an initial state to a row; null where there is none.
function shortestWay(goal) {
  const before = new Map();
  let level = [];
  for (let row = 0; row < data.initial; row++) {
    before.set(row, null);
    level.push(row);
  }
  while (level.length && !before.has(goal)) {
    const next = [];
    for (const row of level) {
      edgesOf(row).forEach((edge, place) => {
        if (edge.target === null || before.has(edge.target)) return;
        before.set(edge.target, { row, edge: place });
        next.push(edge.target);
      });
    }
    level = next;
  }
  if (!before.has(goal)) return null;
  const hops = [];
  let row = goal;
  for (let way = before.get(row); way; way = before.get(row)) {
    hops.unshift({ edge: way.edge, row });
    row = way.row;
  }
  const run = new Run("", row, hops);
  run.go(hops.length);
  return run;
}

// The rows from which every run comes to an end; needs all edges.
let ending = null;
function endsFrom(row) {
  if (!ending) {
    const left = data.rows.map((_, each) => edgesOf(each).filter((edge) => edge.target !== null).length);
    const before = rowsBefore();
    ending = new Set(left.flatMap((count, each) => (count ? [] : [each])));
    const waiting = [...ending];
    while (waiting.length) {
      for (const each of before[waiting.pop()]) {
        if (--left[each] === 0) {
          ending.add(each);
          waiting.push(each);
        }
      }
    }
  }
  return ending.has(row);
}

function rowsBefore() {
  const before = data.rows.map(() => []);
  data.rows.forEach((_, row) => {
    for (const edge of edgesOf(row)) if (edge.target !== null) before[edge.target].push(row);
  });
  return before;
}

// The rows from which a violating one can be reached, by property; needs all edges.
const reaching = new Map();
function canViolate(name) {
  if (!reaching.has(name)) {
    const before = rowsBefore();
    const found = new Set(violating.get(name) || []), waiting = [...found];
    while (waiting.length) {
      for (const row of before[waiting.pop()]) {
        if (!found.has(row)) {
          found.add(row);
          waiting.push(row);
        }
      }
    }
    reaching.set(name, found);
  }
  return reaching.get(name);
}
