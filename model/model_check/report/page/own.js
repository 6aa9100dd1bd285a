// A walk of one's own, shown as a trace is: what it has come to, what is held, and its diagram.

const EMPTY = new Set(["", "none", "False", "[]", "{}", "''", '""']);
const ITEMS_SHOWN = 30, ITEMS_AT_END = 8, LISTS_SHOWN = 3, LONG_ITEM = 12;
const WRITES_SHOWN = 3, VALUE_WIDTH = 32, WRITE = MESSAGE_SORTS.indexOf("write");

// --- the diagram -----------------------------------------------------------------------------

const laneOf = (name) => data.walk.lanes.findIndex(([each, sort]) => each === name && sort === "process");

// What is held in a row of the space, and was not, or not so, in the one before it.
function heldIn(row, before, actor, reads) {
  return data.walk.holders.flatMap(([lane, name], turn) => {
    const column = places.filter((each) => each.kind === "variable")[turn];
    const text = column.texts[data.rows[row][column.place]];
    const differs = before === null ? !EMPTY.has(text)
      : data.rows[row][column.place] !== data.rows[before][column.place];
    const whole = `${column.name} ${text}`;
    return differs ? [[lane < 0 ? actor : lane, `${name} ${text}`, Number(reads.includes(column.name)), whole]] : [];
  });
}

// An arrow for each shared variable that has another value, what the property reads first.
function writesOf(held, actor) {
  const written = [...held].sort((a, b) => b[2] - a[2]);
  const shown = written.length <= WRITES_SHOWN ? written : written.slice(0, WRITES_SHOWN - 1);
  const rest = written.slice(shown.length);
  const arrow = (lane, text, whole, read = 0) => [actor, lane, text, "", WRITE, 0, whole, read];
  return [...shown.map(([lane, told, read, whole]) => {
    const [name, value] = [told.slice(0, told.indexOf(" ")), told.slice(told.indexOf(" ") + 1)];
    return arrow(lane, `${name} = ${value.length > VALUE_WIDTH ? `${value.slice(0, VALUE_WIDTH - 1)}…` : value}`, whole, read);
  }), ...(rest.length ? [arrow(rest[0][0], `+${rest.length} more`, rest.map((each) => each[3]).join("\n"))] : [])];
}

// The diagram of a run through the space, in the form that those of the traces have.
function diagramOf(run, chosen) {
  const reads = chosen ? data.traces[chosen].reads : [], events = run.events();
  const start = { actor: -1, label: "", messages: [], asides: [], told: "", held: heldIn(run.start, null, 0, reads) };
  const groups = run.hops.map((hop, place) => {
    const before = run.row(place), { act, error, looked } = run.edge(place + 1);
    const { actor, messages, asides, broken } = data.walk.acts[data.edges[before][2 * hop.edge]];
    // Beside its own lifeline, what goes wrong with a process needs no name.
    const wrong = laneOf(act[ACTOR]) >= 0 ? act[FAULT].slice(act[ACTOR].length + 1) : act[FAULT];
    const what = wrong || events[place].slice(act[ACTOR].length + 1);
    const all = heldIn(hop.row, before, actor, reads), sends = !act[FAULT] && actor >= 0;
    const isWritten = ([lane]) => sends && lane !== actor && data.walk.lanes[lane][1] === "shared";
    const row = { actor, label: what, messages: [...messages, ...writesOf(all.filter(isWritten), actor)],
      asides: [...asides, ...looked], held: all.filter((each) => !isWritten(each)),
      told: `${place + 1}. ${[act[FAULT] || events[place], ...act[CALLS], ...looked].join("  ")}`,
      fault: Boolean(act[FAULT]), fails: Boolean(error), broken };
    return [place + 1, place + 1, 1, [row]];
  });
  // A state that violates it says so itself.
  const certain = chosen && lost.has(chosen)
    ? [run.start, ...run.hops.map((hop) => hop.row)].findIndex((row) => lost.get(chosen).has(row)) : -1;
  return {
    lanes: data.walk.lanes, groups: [[0, 0, 1, [start]], ...groups], window: null, caption: [],
    orderings: [], loop: null, again: "", folded: "", ends: endsOf(run), outside: [],
    waits: waitsOf(run),
    sealed: certain < 0 || violating.get(chosen)?.has(run.row(certain)) ? null : certain,
    noReturn: `from here on ${chosen} is violated, however it goes on`,
  };
}

// Where the walk ends in a deadlock, who waits there for whom.
function waitsOf(run) {
  const place = data.walk.waits[run.row(run.hops.length)];
  return place === undefined ? [] : data.walk.ends[place];
}

// After which step each process has ended, or crashed, and stays so: [lane, step, crashed].
function endsOf(run) {
  const rows = [run.start, ...run.hops.map((hop) => hop.row)];
  return actors.flatMap((actor) => {
    const texts = rows.map((row) => actor.texts[data.rows[row][actor.place]]);
    const lane = laneOf(actor.name), step = texts.findIndex((text) => ["(end)", "(crashed)"].includes(text));
    return lane < 0 || step < 0 ? [] : [[lane, step, Number(texts[step] === "(crashed)")]];
  });
}

// --- the items -------------------------------------------------------------------------------

// The items of a list as it reads: `[1, {a: 2, b: 3}]` has two.
function itemsOf(text) {
  if (!/^\[.*\]$/s.test(text)) return null;
  const found = [];
  let deep = 0, quote = "", start = 1;
  for (let at = 1; at < text.length - 1; at++) {
    const sign = text[at];
    if (quote) quote = sign === quote ? "" : quote;
    else if (sign === "'" || sign === '"') quote = sign;
    else if ("[{(".includes(sign)) deep++;
    else if (")}]".includes(sign)) deep--;
    else if (sign === "," && !deep) {
      found.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  const last = text.slice(start, -1).trim();
  return last ? [...found, last] : found;
}

// What the chosen property reads, then other lists that are shared, item by item, and what is watched.
function showTiles(run, chosen) {
  const row = data.rows[run.row()], reads = chosen ? data.traces[chosen].reads : [];
  const wrong = chosen && (violating.get(chosen) || new Set()).has(run.row());
  const holes = wrong ? data.traces[chosen].holes : [];
  const held = places.filter((each) => each.kind === "variable"), read = held.filter((each) => reads.includes(each.name));
  const lists = held.filter((each) => !read.includes(each) && !actorNames.has(each.owner)
    && (itemsOf(each.texts[row[each.place]]) || []).length);
  const told = [...read, ...lists.slice(0, Math.max(0, LISTS_SHOWN - read.length)),
    ...places.filter((each) => each.kind === WATCH)];
  by("tiles").replaceChildren(...told.map((column) => {
    const text = column.texts[row[column.place]];
    const items = column.kind === WATCH ? null : itemsOf(text);
    const shown = !items || items.length <= ITEMS_SHOWN ? items
      : [...items.slice(0, ITEMS_AT_END), "…", ...items.slice(-ITEMS_AT_END)];
    return make("div", { class: holes.includes(column.name) ? "wrong" : null },
      make("dt", {}, column.name), make("dd", {}, shown && shown.length
        ? make("ol", {}, ...shown.map((item) => make("li", { class: item.length > LONG_ITEM ? "long" : null }, item)))
        : text));
  }));
}

// --- all of it -------------------------------------------------------------------------------

function showWalk(run, chosen, goTo, moved) {
  by("walk").hidden = Boolean(run.name);
  if (run.name) return;
  const steps = run.hops.length, trace = chosen ? Run.trace(chosen) : null;
  const alarm = alarmOf(run), come = run.at === steps ? stepsOf(steps) : `step ${run.at} of ${steps}`;
  const wrong = run.failed() || [...violating.values()].some((rows) => rows.has(run.row()));
  by("walk-title").textContent = alarm && steps ? `Your own walk, ${come}: ${alarm}`
    : steps ? `Your own walk, ${come}` : "Your own walk";
  by("walk-title").className = wrong ? "wrong" : "";
  by("walk-told").textContent = !steps ? `Choose what happens: every step that can is offered beside the state.${severalStarts()}`
    : trace ? `It shares ${sharedText(run.shared(trace))} with the trace of ${chosen}.` : "";
  showTiles(run, chosen);
  const figure = by("walk").querySelector("figure");
  figure.hidden = !steps;
  if (steps) {
    drawDiagram(figure, diagramOf(run, chosen), goTo);
    showDiagram(figure, run.at);
    if (moved) reveal(figure);
  }
  showTaken(run, goTo);
}

const severalStarts = () => (data.initial > 1 ? ` It can start in any of the states 0 to ${data.initial - 1}.` : "");
const sharedText = (shared) => (!shared ? "no step" : `its first ${shared > 1 ? stepsOf(shared) : "step"}`);

function showTaken(run, goTo) {
  const events = run.events();
  by("taken").parentElement.hidden = !run.hops.length;
  by("taken").replaceChildren(...run.hops.map((_, place) => {
    const step = place + 1, edge = run.edge(step), act = edge.act;
    const item = make("li", {
      class: step === run.at ? "now" : null, "aria-current": step === run.at ? "step" : null,
    }, ...happening(act, events[place].slice(act[ACTOR].length + 1)),
    ...commandsOf(edge));
    item.addEventListener("click", () => goTo(step));
    return item;
  }));
}
