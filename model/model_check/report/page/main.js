// The page's controls: a run, where we are in it, and whose trace is looked at.

const traced = Object.keys(data.traces);
let chosen = traced[0] || "";
let run = chosen ? Run.trace(chosen) : new Run("", 0, []);
let playing = 0, started = false;
const A_STEP = 900; // milliseconds

const caseOf = (name) => all("[data-case]").find((each) => each.dataset.case === name);

// Show everything as it is at the current step; where nobody `moved`, pictures stay where
// they are.
function show(moved = true) {
  tell(run, showState(run, chosen));
  showChoices(run, chosen, take);
  showSource(run);
  showBar();
  const own = !run.name, changed = document.body.classList.contains("own-walk") !== own;
  document.body.classList.toggle("own-walk", own);
  if (changed && !own) drawTrace();
  if (chosen) showTrace(caseOf(chosen), moved);
  showWalk(run, chosen, (step) => { stop(); goTo(step); }, moved);
  showSpace(run, moved);
  showCopies(run, chosen);
  if (started) keepAddress(run, chosen);
  keep(run, chosen);
}

// The diagram of the chosen property's trace, or of all of them on paper.
function drawTrace(paper = false) {
  for (const figure of all(paper ? "[data-diagram]" : "[data-case]:not([hidden]) [data-diagram]")) {
    const diagram = data.diagrams[figure.dataset.diagram];
    if (diagram) drawDiagram(figure, diagram, toStepOfTrace, paper);
  }
}

function redraw() {
  if (run.name) drawTrace();
  show(false);
}

function showBar() {
  const slider = by("slider"), length = run.hops.length;
  const wrong = run.at ? run.edge(run.at).act[FAULT] : "";
  const event = wrong || (run.at ? run.event(run.at) : "start");
  slider.max = String(length);
  slider.value = String(run.at);
  slider.disabled = by("play").disabled = !length;
  const again = run.goesRound() ? ", again and again" : "";
  slider.setAttribute("aria-valuetext", run.at ? `step ${run.at} of ${length}: ${event}${again}` : event);
  by("place").replaceChildren(make("b", {}, `${run.at} / ${length}`), " ",
    wrong ? make("span", { class: "fault" }, `✗ ${event}`) : event, again);
  by("first").disabled = by("back").disabled = run.at === 0;
  by("on").disabled = !run.next();
  by("last").disabled = run.at === length;
  showLoop();
  showFaults();
}

// A mark on the slider for each step in which something goes wrong.
function showFaults() {
  const length = run.hops.length;
  by("faults").replaceChildren(...run.hops.flatMap((_, place) => {
    if (!run.edge(place + 1).act[FAULT]) return [];
    const mark = make("i", {});
    mark.style.left = `calc(${THUMB / 2}px + (100% - ${THUMB}px) * ${(place + 1) / length})`;
    return [mark];
  }));
}

// Which part of the slider comes again and again: from the step before it to the last one.
const THUMB = 16; // pixels: its middle keeps this far from the slider's ends, both together
function showLoop() {
  const mark = by("loop"), goes = run.loop !== null;
  mark.hidden = !goes;
  if (!goes) return;
  const part = run.loop / run.hops.length;
  mark.style.left = `calc(${THUMB / 2}px + (100% - ${THUMB}px) * ${part})`;
}

// The chosen property's trace: the step that the run is at, or the last one that it shares.
function showTrace(open, moved) {
  const step = run.name === chosen ? run.at : run.shared(Run.trace(chosen));
  const figure = open.querySelector("[data-diagram]");
  if (figure) {
    showDiagram(figure, step);
    if (moved) reveal(figure);
  }
  for (const each of all("[data-step]", open)) {
    const now = Number(each.dataset.step) === step;
    each.classList.toggle("now", now);
    if (now) each.setAttribute("aria-current", "step");
    else each.removeAttribute("aria-current");
  }
}

function goTo(step) {
  run.go(step);
  show();
}

// One step on; from the end of a loop to its first step.
function goOn() {
  if (run.next()) goTo(run.next());
}

function stop() {
  clearInterval(playing);
  playing = 0;
  by("play").textContent = "▶";
  by("play").setAttribute("aria-label", "Play");
}

function play() {
  if (playing) return stop();
  if (!run.next()) run.go(0);
  by("play").textContent = "■";
  by("play").setAttribute("aria-label", "Stop");
  show();
  playing = setInterval(() => {
    if (!run.next()) return stop();
    goOn();
  }, A_STEP);
}

function take(edge) {
  stop();
  if (edge >= edgesOf(run.row()).length || run.failed()) return;
  run.take(edge);
  show();
}

function choose(name) {
  stop();
  chosen = name;
  for (const each of all("[data-choose]")) {
    each.setAttribute("aria-pressed", String(each.dataset.choose === name));
  }
  for (const each of all("[data-case]")) each.hidden = each.dataset.case !== name;
  if (by("follow")) by("follow").disabled = !name;
  if (name) {
    run = Run.trace(name);
    run.go(run.hops.length);
    document.body.classList.remove("own-walk");
    drawTrace();
  }
  // The whole is looked at first: the diagram stays at its top.
  show(false);
}

function toStepOfTrace(step) {
  if (run.name !== chosen) run = Run.trace(chosen);
  stop();
  goTo(step);
  focusSlider();
}

// Whoever clicked in a picture goes on with the arrows, and they are to step.
function focusSlider() {
  by("slider").focus({ preventScroll: true });
}

function toState(row) {
  const way = data.whole && row >= 0 && row < data.rows.length ? shortestWay(row) : null;
  stop();
  if (way) run = way;
  // The field shows again where we are, whatever was written into it.
  show();
}

function restart() {
  stop();
  run = new Run("", run.start, []);
  show();
}

function follow() {
  if (!chosen) return;
  stop();
  const trace = Run.trace(chosen), shared = run.shared(trace);
  run = trace;
  goTo(shared);
}

function zoom(how) {
  const open = run.name ? caseOf(chosen).querySelector("[data-diagram]")
    : run.hops.length ? by("walk").querySelector("figure") : null;
  const pane = panes.get(open || document.querySelector("[data-space]"));
  if (pane) pane.zoom(how);
}

function nextProperty() {
  if (traced.length) choose(traced[(traced.indexOf(chosen) + 1) % traced.length]);
}

// --- light and dark --------------------------------------------------------------------------

const wishes = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => (document.documentElement.dataset.theme || (wishes.matches ? "dark" : "light")) === "dark";
function nameTheme() {
  by("theme").textContent = isDark() ? "Light" : "Dark";
}
function switchTheme() {
  document.documentElement.dataset.theme = isDark() ? "light" : "dark";
  nameTheme();
  keep(run, chosen);
}

// --- keys ------------------------------------------------------------------------------------

const MOVES = {
  ArrowLeft: () => goTo(run.at - 1), ArrowRight: goOn,
  Home: () => goTo(0), End: () => goTo(run.hops.length),
};
const LETTERS = {
  f: follow, r: restart, p: nextProperty, d: switchTheme, "?": () => by("keys").showModal(),
  "+": () => zoom("in"), "=": () => zoom("in"), "-": () => zoom("out"), 0: () => zoom("fit"),
};

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const target = event.target;
  if (target.matches("input[type=number], input[type=checkbox]")) return;
  // A frame that can be scrolled sideways takes the arrows for that.
  const scrolls = target.matches(".pan, pre, .scroll");
  if (MOVES[event.key] && !scrolls) {
    event.preventDefault();
    stop();
    MOVES[event.key]();
    return;
  }
  if (event.key === " " && !target.matches("button, summary, a")) {
    event.preventDefault();
    play();
    return;
  }
  if (!by("letters").checked) return;
  const key = event.key.toLowerCase();
  if (/^[1-9]$/.test(key) && by("choices")) {
    event.preventDefault();
    take(Number(key) - 1);
  } else if (LETTERS[key]) {
    event.preventDefault();
    LETTERS[key]();
  }
}

// --- paper -----------------------------------------------------------------------------------

// What is folded on the screen is open on paper, and pictures are as wide as that.
function openForPaper() {
  drawTrace(true);
  addEventListener("afterprint", redraw, { once: true });
  for (const each of all("details:not([open])")) {
    each.open = true;
    addEventListener("afterprint", () => { each.open = false; }, { once: true });
  }
}

// Go to what the address names; one that names something else than a step is left alone.
function followAddress() {
  const found = named(location.hash);
  if (found) {
    if (found.chosen !== chosen) choose(found.chosen);
    run = found.run;
    show();
  } else if (/^#(step|walk|property)=/.test(location.hash)) {
    say("The step in the address is not on this page: it may be of another check.");
  }
}

// Go on from where the page was, that was here before this one.
function goOnFrom({ chosen: name, run: before, scrolled, theme, told }) {
  if (theme) document.documentElement.dataset.theme = theme;
  nameTheme();
  if (name !== chosen) choose(name);
  if (before) run = before;
  show();
  say(told);
  scrollTo(0, scrolled);
}

function start() {
  buildState();
  for (const each of all("[hidden]")) {
    if (each.matches(".player, .next, #copy-open, #theme, #keys-open, [data-file], [data-go]")) each.hidden = false;
  }
  for (const each of all("[data-choose]")) {
    each.addEventListener("click", () => choose(each.dataset.choose));
  }
  for (const each of all("[data-step]")) {
    each.addEventListener("click", () => toStepOfTrace(Number(each.dataset.step)));
  }
  for (const each of all("[data-go]")) {
    each.addEventListener("click", () => toState(Number(each.dataset.go)));
  }
  for (const each of all("[data-file]")) {
    each.addEventListener("click", () => showFile(Number(each.dataset.file)));
  }
  by("slider").addEventListener("input", () => { stop(); goTo(Number(by("slider").value)); });
  const moves = { first: () => goTo(0), back: () => goTo(run.at - 1), on: goOn,
    last: () => goTo(run.hops.length) };
  for (const [name, move] of Object.entries(moves)) {
    by(name).addEventListener("click", () => { stop(); move(); });
  }
  by("play").addEventListener("click", play);
  if (by("restart")) {
    by("restart").addEventListener("click", restart);
    by("follow").addEventListener("click", follow);
    by("follow").hidden = !traced.length;
    by("go").addEventListener("change", () => {
      toState(/^\d+$/.test(by("go").value) ? Number(by("go").value) : -1);
    });
  }
  by("theme").addEventListener("click", switchTheme);
  wishes.addEventListener("change", nameTheme);
  nameTheme();
  by("keys-open").addEventListener("click", () => by("keys").showModal());
  by("keys-close").addEventListener("click", () => by("keys").close());
  for (const each of all("[data-copy]")) {
    each.addEventListener("click", () => {
      by("copies").hidePopover();
      copyFrom(each, run, chosen);
    });
  }
  by("copy-close").addEventListener("click", () => by("copy-box").close());
  document.addEventListener("keydown", pressed);
  addEventListener("beforeprint", openForPaper);
  if (all("[data-file]").length) showFile(Number(all("[data-file]")[0].dataset.file));
  prepareSpace(document.querySelector("[data-space]"), (row) => {
    toState(row);
    focusSlider();
  });
  const before = kept();
  choose(chosen);
  showSpace(run, true);
  if (before) goOnFrom(before);
  else followAddress();
  started = true;
  // When it is left it would be too late: the frame has its name from before then.
  addEventListener("scrollend", () => keep(run, chosen));
  addEventListener("hashchange", followAddress);
  let waiting = 0;
  addEventListener("resize", () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(redraw);
  });
}

start();
