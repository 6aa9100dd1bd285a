// What is copied: a run as text or as a Mermaid diagram, the command, a test, a link to the step.

// A walk of one's own as text: a line for each step.
function textOfWalk(run) {
  const events = run.events(), number = String(run.hops.length).length;
  const lines = run.hops.map((_, place) => {
    const { act, looked } = run.edge(place + 1), what = act[FAULT] ? `✗ ${act[FAULT]}` : events[place];
    return `${String(place + 1).padStart(number)}  ${[what, ...act[CALLS], ...looked].join("  ")}`;
  });
  const alarm = alarmOf(run);
  return `${[...lines, ...(alarm && run.at === run.hops.length ? [`${"".padStart(number)}  ${alarm}`] : [])].join("\n")}\n`;
}

// Text in Mermaid: what could end a statement or begin an order to it becomes an entity.
const inMermaid = (text) => text.replace(/[<>&"'`#;%\\$:]/g, (sign) => `#${sign.charCodeAt(0)};`);
const MERMAID_ARROWS = ["->>", "-->>", "-)", "-)"];

function mermaidOfWalk(run) {
  const diagram = diagramOf(run, ""), lines = ["sequenceDiagram"];
  diagram.lanes.forEach(([name], lane) => lines.push(`    participant p${lane} as ${inMermaid(name)}`));
  for (const [, , , [row]] of diagram.groups.slice(1)) {
    lines.push(`    Note over p${row.actor}: ${inMermaid(row.label)}`);
    for (const [source, target, text, answer, sort, unheard] of row.messages) {
      const arrow = unheard ? "-x" : MERMAID_ARROWS[sort];
      lines.push(`    p${source}${arrow}p${target}: ${inMermaid(answer ? `${text} → ${answer}` : text) || "#8203;"}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

function textToCopy(what, run, chosen) {
  const of = data.copies.of[run.name] || {};
  return {
    text: () => (run.name ? of.text : textOfWalk(run)),
    mermaid: () => (run.name ? of.mermaid : run.hops.length ? mermaidOfWalk(run) : ""),
    command: () => data.copies.command,
    test: () => (data.copies.of[chosen] || {}).test || "",
    link: () => location.href.split("#")[0] + addressOf(run, chosen),
  }[what]();
}

// Not every browser lets a page from the disk write to the clipboard: then the text is shown,
// chosen, so that the keys for it copy it.
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = by("copy-text");
    field.value = text;
    by("copy-box").showModal();
    field.select();
    return false;
  }
}

async function copyFrom(button, run, chosen) {
  const done = await copyText(textToCopy(button.dataset.copy, run, chosen));
  if (done) say(`Copied: ${button.textContent.trim().toLowerCase()}`);
}

// A word on what was done, or could not be: for as long as it takes to read it.
const READ = 8000; // milliseconds
let forgetting = 0;
function say(text) {
  by("said").textContent = text;
  clearTimeout(forgetting);
  forgetting = setTimeout(() => { by("said").textContent = ""; }, READ);
}

// What there is to be copied of this run.
function showCopies(run, chosen) {
  for (const each of all("[data-copy]")) {
    each.hidden = !textToCopy(each.dataset.copy, run, chosen).trim();
  }
}
