// What is kept where the frame of a watched spec loads its page anew: the chosen property, the step, a
// walk of one's own, the light and where we looked. Steps are kept by their events, for in the new result
// all else may have other numbers. It is kept as the frame's name, which outlives the page; a page that
// lies in no such frame keeps nothing.

const FRAME = "model-check:";
const isWatched = () => window.parent !== window && window.name.startsWith(FRAME);

function keep(run, chosen) {
  if (!isWatched()) return;
  const events = run.hops.map((_, place) => {
    const { act } = run.edge(place + 1);
    return [act[EVENT], act[CALLS].join("\n")];
  });
  window.name = FRAME + JSON.stringify({
    property: chosen, step: run.at, atEnd: run.at === run.hops.length, start: run.start,
    event: run.at ? run.event(run.at) : "", walk: run.name ? null : events,
    scrolled: window.scrollY, theme: document.documentElement.dataset.theme || "",
  });
}

// What was kept, looked up in this result: {chosen, run, scrolled, theme, told}, where `told` is what is
// not there any more; null where nothing was kept.
function kept() {
  if (!isWatched() || window.name === FRAME) return null;
  const before = JSON.parse(window.name.slice(FRAME.length)), { property, walk } = before;
  if (!property && walk && !walk.length) return null;
  const gone = property && !traced.includes(property), chosen = gone ? traced[0] || "" : property;
  const run = walk ? walkAgain(before) : gone || !property ? null : stepAgain(before);
  const told = [
    gone ? `${property} has no trace any more.` : "",
    walk && run.hops.length < walk.length
      ? `Of your walk ${run.hops.length ? `the first ${stepsOf(run.hops.length)}` : "no step"} can still be taken so.` : "",
  ];
  return { chosen, run, scrolled: before.scrolled, theme: before.theme, told: told.filter(Boolean).join(" ") };
}

function walkAgain({ walk, start, step }) {
  const run = new Run("", data.whole && start < data.initial ? start : 0, []);
  for (const [event, calls] of data.whole ? walk : []) {
    const named = run.failed() ? [] : edgesOf(run.row()).map(({ act }, place) => ({ act, place }))
      .filter(({ act }) => act[EVENT] === event);
    const same = named.find(({ act }) => act[CALLS].join("\n") === calls) || named[0];
    if (!same) break;
    run.take(same.place);
  }
  run.go(step);
  return run;
}

function stepAgain({ property, step, atEnd, event }) {
  const run = Run.trace(property), found = run.events().indexOf(event) + 1;
  run.go(atEnd ? run.hops.length : found || step);
  return run;
}
