// The page's address says what is looked at, so that a step can be sent to somebody else:
// `#step=5`, `#property=no_loss&step=5` if it is not the first that has a trace, or a walk of one's own by the row it starts from and the place of
// each step among those that could happen: `#walk=0:2.0.1&step=3`.

function addressOf(run, chosen) {
  const told = new URLSearchParams();
  if (!run.name) told.set("walk", `${run.start}:${run.hops.map((hop) => hop.edge).join(".")}`);
  if (chosen && chosen !== traced[0]) told.set("property", chosen);
  told.set("step", String(run.at));
  return `#${told.toString().replaceAll("%3A", ":")}`;
}

function keepAddress(run, chosen) {
  const told = addressOf(run, chosen);
  if (told !== location.hash) history.replaceState(null, "", told);
}

// A number that was written into an address; null where it is none.
const written = (text) => (/^\d{1,7}$/.test(text || "") ? Number(text) : null);

// What an address names, {chosen, run}: all that it says must be there, else null.
function named(hash) {
  const told = new URLSearchParams(hash.slice(1));
  const chosen = told.get("property") || traced[0] || "", walk = told.get("walk"), step = written(told.get("step"));
  if ((chosen && !traced.includes(chosen)) || (walk === null && step === null)) return null;
  const run = walk === null ? chosen && Run.trace(chosen) : walkOf(walk);
  if (!run) return null;
  run.go(step === null ? run.hops.length : step);
  return { chosen, run };
}

function walkOf(text) {
  const [from, steps = ""] = text.split(":"), start = written(from);
  if (!data.whole || start === null || start >= data.initial) return null;
  const run = new Run("", start, []);
  for (const each of steps ? steps.split(".") : []) {
    const edge = written(each);
    if (edge === null || run.failed() || edge >= edgesOf(run.row()).length) return null;
    run.take(edge);
  }
  return run;
}
