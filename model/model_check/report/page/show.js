// The state, what can happen, and the source, as they are at the current step.

const by = (id) => document.getElementById(id);
const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== ""));
  return node;
}

// What happens along an edge: who acts and what it does, or what goes wrong, marked as that.
function happening(act, what) {
  return act[FAULT] ? [make("strong", { class: "fault" }, `✗ ${act[FAULT]}`), " "]
    : [make("strong", {}, act[ACTOR]), ` ${what} `];
}

// The commands of what happens, or what it found, with a space after each.
const commandsOf = ({ act, looked }) => [...act[CALLS], ...looked].flatMap((each) => (
  [make("code", { class: act[LOST] ? "lost" : null }, each), " "]));

// --- the state -------------------------------------------------------------------------------

const PLACE = "place", WATCH = "watch";

// The rows of the table, in the order of reading: each process with where it stands and what
// it holds, then the resources and shared variables, then what is watched.
const places = [];
data.columns.forEach((column, place) => places.push({
  kind: column[0], name: column[1], owner: column[2], texts: column[3], place,
}));
const actors = places.filter((each) => each.kind === PLACE);
const actorNames = new Set(actors.map((each) => each.name));
const ordered = [
  ...actors.flatMap((actor) => [actor, ...places.filter((each) =>
    each.kind === "variable" && each.owner === actor.name)]),
  ...places.filter((each) => each.kind === "variable" && !actorNames.has(each.owner)),
  ...places.filter((each) => each.kind === WATCH),
];

const lines = new Map();
function buildState() {
  const body = by("variables").tBodies[0];
  for (const column of ordered) {
    const own = column.kind === "variable" && actorNames.has(column.owner);
    const name = own ? column.name.slice(column.owner.length + 1) : column.name;
    const value = make("td");
    const line = make("tr", { class: own ? "own" : column.kind },
      make("th", { scope: "row" }, name), value);
    lines.set(column, { line, value });
    body.append(line);
  }
}

// The part of a text in which it differs from an earlier one.
function marked(text, before) {
  let start = 0, end = 0;
  const most = Math.min(text.length, before.length);
  const word = /[\w.-]/;
  while (start < most && text[start] === before[start]) start++;
  while (end < most - start && text[text.length - 1 - end] === before[before.length - 1 - end]) end++;
  while (start > 0 && word.test(text[start - 1] || "") && word.test(text[start] || "")) start--;
  while (end > 0 && word.test(text[text.length - end] || "")
    && word.test(text[text.length - end - 1] || "")) end--;
  while (start < text.length - end && /[, ]/.test(text[start])) start++;
  const middle = text.slice(start, text.length - end);
  if (!middle) return [text];
  return [text.slice(0, start), make("mark", {}, middle), text.slice(text.length - end)];
}

function showState(run, chosen) {
  const row = data.rows[run.row()], previous = run.at ? data.rows[run.row(run.at - 1)] : row;
  const wrong = chosen && (violating.get(chosen) || new Set()).has(run.row());
  const holes = wrong && data.traces[chosen] ? data.traces[chosen].holes : [];
  const reads = data.traces[chosen] ? data.traces[chosen].reads : [];
  const acting = run.at ? run.edge(run.at).act[ACTOR] : "";
  const changed = [];
  for (const [column, { line, value }] of lines) {
    const text = column.texts[row[column.place]];
    const before = column.texts[previous[column.place]];
    const differs = row[column.place] !== previous[column.place];
    value.replaceChildren();
    if (column.kind === PLACE) {
      value.append({ "(end)": "has ended", "(crashed)": "has crashed" }[text] || `at ${text}`);
    } else {
      value.append(...(differs ? marked(text, before) : [text]));
    }
    if (differs && column.kind !== PLACE) {
      // What was only added to is told by its mark.
      if (!text.startsWith(before.slice(0, -1)) || before.length < 2) {
        value.append(make("span", { class: "was" }, `was ${before}`));
      }
      changed.push(`${column.name} ${text}`);
    }
    line.classList.toggle("changed", differs);
    line.classList.toggle("read", column.kind !== PLACE && reads.includes(column.name));
    line.classList.toggle("acting", column.kind === PLACE && column.name === acting);
    line.classList.toggle("wrong", column.kind === WATCH && holes.includes(column.name));
  }
  return changed;
}

// --- the words -------------------------------------------------------------------------------

function stepsOf(count) {
  return `${count} step${count === 1 ? "" : "s"}`;
}

// What the state is that we are in: what it violates, or how it ends.
function alarmOf(run) {
  if (run.failed()) return `run-time error: ${run.failed()}`;
  const row = run.row();
  const here = [...violating].filter(([, rows]) => rows.has(row)).map(([name]) => name);
  const names = here.filter((name) => ["states", "ends"].includes(data.judged[name]));
  const nothing = faulty.has(row) ? "nothing but faults" : "nothing";
  const ends = deadlocks.has(row) ? `deadlock: ${nothing} can happen, and not every process has ended`
    : finals.has(row) ? `${nothing} can happen any more` : "";
  const told = names.length ? `${names.join(" and ")} ${names.length > 1 ? "are" : "is"} violated here` : "";
  const others = here.filter((name) => !names.includes(name)).map((name) => (
    data.judged[name] === "steps" ? `a step that violates ${name} leads here`
      : data.judged[name] === "beginnings" ? `a run has violated ${name} when it comes here` : `a run that violates ${name} ends here`));
  const round = run.goesRound() && run.at === run.hops.length
    ? `it goes on as ${run.loop ? `after step ${run.loop}` : "at the start"}, and so on for ever` : "";
  return [told, ...others, ends, round].filter(Boolean).join("; ");
}

function tell(run, changed) {
  const told = by("told"), alarm = by("alarm"), text = alarmOf(run);
  told.replaceChildren();
  if (run.at) {
    const edge = run.edge(run.at), act = edge.act;
    const what = run.event(run.at).slice(act[ACTOR].length + 1);
    told.append(make("span", { class: "count" }, `Step ${run.at} of ${run.hops.length} `),
      ...happening(act, what),
      ...commandsOf(edge));
    if (changed.length) told.append(make("span", { class: "unseen" }, `; changed: ${changed.join(", ")}`));
  } else {
    told.append(make("span", { class: "count" }, "Start "), "nothing has happened yet");
  }
  const closes = run.goesRound() && run.at === run.hops.length;
  const wrong = run.failed() || closes || [...violating.values()].some((rows) => rows.has(run.row()));
  alarm.hidden = !text;
  alarm.className = wrong ? "wrong" : "quiet";
  if (alarm.textContent !== text) alarm.textContent = text;
}

// --- what can happen next --------------------------------------------------------------------

function showChoices(run, chosen, take) {
  const list = by("choices");
  if (!list) return;
  const row = run.row(), edges = run.failed() ? [] : edgesOf(row), next = run.hops[run.next() - 1];
  const held = list.contains(document.activeElement);
  list.replaceChildren(...edges.map((edge, place) => {
    const act = edge.act, what = act[EVENT].slice(act[ACTOR].length + 1);
    const button = make("button", {
      type: "button", "data-edge": String(place),
      class: next && next.edge === place ? "planned" : null,
    }, ...happening(act, what),
    ...commandsOf(edge),
    edge.error ? make("em", { class: "lost" }, ` fails: ${edge.error}`) : "",
    next && next.edge === place ? make("span", { class: "hint" }, " next") : "");
    button.addEventListener("click", () => take(place));
    for (const event of ["pointerenter", "focus"]) button.addEventListener(event, () => aimAt(act));
    for (const event of ["pointerleave", "blur"]) button.addEventListener(event, () => showSource(run));
    return make("li", {}, button);
  }));
  // Whoever takes steps with the keyboard goes on from where he was.
  if (held && list.firstElementChild) list.firstElementChild.firstElementChild.focus();
  else if (held) by("restart").focus();
  by("outlook").textContent = outlook(run, chosen, edges);
  by("outlook").className = run.failed() ? "" : fateOf(row, chosen);
  by("go").value = String(row);
}

function outlook(run, chosen, edges) {
  const row = run.row();
  if (run.failed()) return "The run ends here.";
  if (!edges.length) {
    return row < data.expanded ? "Nothing can happen here." : "The search stopped before it looked further.";
  }
  const fate = fateOf(row, chosen);
  return { lost: `From here ${chosen} is violated for certain, however it goes on.`,
    can: `From here ${chosen} can still be violated.`,
    open: `From here ${chosen} can still be violated, or not.`,
    safe: `From here ${chosen} cannot be violated any more.` }[fate] || "";
}

// What can still become of a property: "lost", "open" or "safe"; "can" where it can be violated,
// and nobody knows whether it must be; "" where that is not known. Of a property of steps or of
// whole runs a state alone does not tell, and of one of ends it does not where a run may have none.
function fateOf(row, name) {
  if (!name || !violating.has(name) || violating.get(name).has(row)) return "";
  if (lost.has(name) && lost.get(name).has(row)) return "lost";
  if (!data.complete || !["states", "ends"].includes(data.judged[name])) return "";
  const can = canViolate(name).has(row);
  if (data.judged[name] === "ends" && !endsFrom(row)) return can ? "can" : "";
  return can ? "open" : "safe";
}

// --- the source ------------------------------------------------------------------------------

let shownFile = -1;
function showFile(file) {
  shownFile = file;
  for (const each of all("[data-source]")) each.hidden = Number(each.dataset.source) !== file;
  for (const each of all("[data-file]")) {
    each.setAttribute("aria-pressed", String(Number(each.dataset.file) === file));
  }
}

const lineOf = (act) => document.querySelector(`[data-source="${act[FILE]}"] [data-line="${act[LINE]}"]`);

// The line of the last step, and those of what can happen next. The file is that of the step, at the
// start that of what comes first.
function showSource(run) {
  for (const each of all("[data-line].lit, [data-line].can, [data-line].aimed")) {
    each.classList.remove("lit", "can", "aimed");
    each.removeAttribute("aria-current");
  }
  const edges = run.failed() ? [] : edgesOf(run.row()), planned = run.hops[run.next() - 1];
  if (planned) edges.unshift(...edges.splice(planned.edge, 1));
  for (const edge of edges) lineOf(edge.act)?.classList.add("can");
  const act = run.at ? run.edge(run.at).act : edges.length ? edges[0].act : null;
  if (!act || !lineOf(act)) return;
  if (run.at) {
    lineOf(act).classList.add("lit");
    lineOf(act).setAttribute("aria-current", "true");
  }
  showFile(act[FILE]);
  linesIntoSight([act, ...edges.map((edge) => edge.act).filter((each) => each[FILE] === act[FILE])]);
}

// The line of a choice that is pointed at, or has the focus.
function aimAt(act) {
  for (const each of all("[data-line].aimed")) each.classList.remove("aimed");
  const node = lineOf(act);
  if (!node) return;
  node.classList.add("aimed");
  showFile(act[FILE]);
  linesIntoSight([act]);
}

// Scroll to the first of these lines, and to as many of the others as there is room for beside it.
function linesIntoSight(acts) {
  const nodes = acts.map(lineOf).filter(Boolean), box = nodes[0].closest("pre"), air = 24;
  const top = (node) => node.getBoundingClientRect().top - box.getBoundingClientRect().top + box.scrollTop;
  let from = top(nodes[0]), to = from + nodes[0].offsetHeight;
  for (const node of nodes) {
    const low = Math.min(from, top(node)), high = Math.max(to, top(node) + node.offsetHeight);
    if (high - low + 2 * air > box.clientHeight) break;
    [from, to] = [low, high];
  }
  if (from - air < box.scrollTop || to + air > box.scrollTop + box.clientHeight) {
    box.scrollTop = (from + to - box.clientHeight) / 2;
  }
}
