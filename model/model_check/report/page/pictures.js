// The pictures: the row of the current step, the states that were walked through, and zoom.

const ZOOM_STEP = 1.25, LEAST = 0.1, MOST = 4;

// A picture in its frame: as large as it was last made, and dragged about with the mouse.
class Pane {
  constructor(figure) {
    this.frame = figure.querySelector(".pan");
    this.scale = 1;
    const buttons = figure.querySelector(".zoom");
    buttons.hidden = false;
    for (const button of all("[data-zoom]", buttons)) {
      button.addEventListener("click", () => this.zoom(button.dataset.zoom));
    }
    this.frame.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      this.zoom(event.deltaY < 0 ? "in" : "out");
    }, { passive: false });
    this.drag();
  }

  get width() {
    return Number(this.frame.querySelector("svg").getAttribute("width"));
  }

  fit() {
    return this.frame.clientWidth ? this.frame.clientWidth / this.width : 1;
  }

  // The scale at which no text is smaller than those of a diagram.
  readable() {
    const svg = this.frame.querySelector("svg"), unit = this.width / svg.viewBox.baseVal.width;
    const sizes = all("[font-size]", svg).map((each) => unit * parseFloat(each.getAttribute("font-size")));
    return Math.min(1, Math.max(0, TEXT / Math.min(...sizes, TEXT)));
  }

  // Other pictures in the frame, as large as those before.
  fill(parts) {
    this.frame.replaceChildren(...parts);
    this.resize(this.scale);
  }

  zoom(how) {
    if (how === "fit") this.resize(this.fit());
    else this.resize(this.scale * (how === "in" ? ZOOM_STEP : 1 / ZOOM_STEP));
  }

  resize(scale) {
    const frame = this.frame, before = this.scale;
    const middle = [frame.scrollLeft + frame.clientWidth / 2, frame.scrollTop + frame.clientHeight / 2];
    this.scale = Math.max(LEAST, Math.min(scale, MOST));
    for (const svg of all("svg", frame)) {
      svg.style.width = `${Number(svg.getAttribute("width")) * this.scale}px`;
      svg.style.height = "auto";
    }
    const ratio = this.scale / before;
    if (frame.scrollLeft || frame.scrollTop) {
      frame.scrollLeft = middle[0] * ratio - frame.clientWidth / 2;
      frame.scrollTop = middle[1] * ratio - frame.clientHeight / 2;
    }
  }

  drag() {
    let from = null;
    this.moved = false;
    this.frame.addEventListener("pointerdown", (event) => {
      this.moved = false;
      if (event.pointerType !== "mouse" || event.button !== 0) return;
      from = [event.clientX, event.clientY, this.frame.scrollLeft, this.frame.scrollTop];
    });
    this.frame.addEventListener("pointermove", (event) => {
      if (!from) return;
      const far = Math.abs(event.clientX - from[0]) + Math.abs(event.clientY - from[1]);
      if (far > 4) this.moved = true;
      if (!this.moved) return;
      this.frame.scrollLeft = from[2] - (event.clientX - from[0]);
      this.frame.scrollTop = from[3] - (event.clientY - from[1]);
    });
    for (const end of ["pointerup", "pointerleave", "pointercancel"]) {
      this.frame.addEventListener(end, () => { from = null; });
    }
  }
}

const panes = new Map();
function openPane(figure) {
  if (!panes.has(figure)) panes.set(figure, new Pane(figure));
  return panes.get(figure);
}

// Scroll a frame so that an element is seen: up or down to all of it, sideways to the most
// of `parts` (lists of elements, the best first) that there is room for.
function intoSight(frame, element, parts) {
  if (!frame.clientWidth) return;
  const outer = frame.getBoundingClientRect(), box = element.getBoundingClientRect();
  const covered = frame.querySelector(".heads")?.getBoundingClientRect().height || 0;
  const spans = parts.filter((each) => each.length).map((each) => {
    const sides = each.map((part) => part.getBoundingClientRect());
    return { left: Math.min(...sides.map((side) => side.left)),
      right: Math.max(...sides.map((side) => side.right)) };
  });
  const fits = spans.find(({ left, right }) => right - left <= frame.clientWidth) || spans.at(-1);
  if (fits && (fits.left < outer.left || fits.right > outer.right)) {
    frame.scrollLeft += (fits.left + fits.right) / 2 - (outer.left + outer.right) / 2;
  }
  if (box.top < outer.top + covered || box.bottom > outer.top + frame.clientHeight) {
    frame.scrollTop += (box.top + box.bottom) / 2 - outer.top - frame.clientHeight / 2;
  }
}

// --- the sequence diagram --------------------------------------------------------------------

function rowsOf(figure) {
  return all("g[data-first]", figure).map((node) => ({
    node, first: Number(node.dataset.first), last: Number(node.dataset.last),
  }));
}

// Draw a diagram into its frame, as wide as that is: on paper, as wide as that.
const PAPER_WIDTH = 690;
function drawDiagram(figure, diagram, goTo, paper = false) {
  const pane = openPane(figure), frame = pane.frame;
  const name = frame.getAttribute("aria-label");
  document.body.classList.remove("wide");
  if (!paper && innerWidth >= 900 && placesIn(diagram, 0).needed > frame.clientWidth) {
    // It needs more room than there is beside the state: then the state stands below it.
    document.body.classList.add("wide");
  }
  const { parts: [heads, body], layout } = drawn(diagram, paper ? PAPER_WIDTH : frame.clientWidth, name);
  pane.fill([heads, ...(paper ? inPieces(body, layout) : [body])]);
  for (const { node, last } of rowsOf(figure)) {
    node.addEventListener("click", () => { if (!pane.moved) goTo(last); });
  }
}

// Light the row of a step. What is still to come is pale.
function showDiagram(figure, step) {
  for (const each of all("rect.cursor", figure)) each.remove();
  const rows = rowsOf(figure), below = figure.querySelector("[data-mark=waits]");
  below?.classList.toggle("to-come", step < rows.at(-1).last);
  for (const { node, first, last } of rows) {
    const now = first <= step && step <= last;
    node.classList.toggle("to-come", step < first);
    node.classList.toggle("now", now);
    if (!now) continue;
    const box = node.getBBox();
    if (!box.height) continue;
    const place = { x: 0, y: box.y, height: box.height };
    rows[0].node.before(shape("rect", { ...place, width: "100%", class: "cursor" }),
      shape("rect", { ...place, width: 3, class: "cursor d-edge" }));
  }
}

// Bring the lit row into sight: its arrows and the step's name, or the name alone.
function reveal(figure) {
  const now = figure.querySelector("g.now");
  if (!now) return;
  const names = all(":scope > g rect", now);
  intoSight(figure.querySelector(".pan"), now, [[...names, ...all(":scope > line", now)], names]);
}

// --- the space -------------------------------------------------------------------------------

// By the number of a node: its element, and the first of the rows that it stands for.
const nodesOfSpace = new Map();
function prepareSpace(figure, goTo) {
  if (!figure) return;
  const pane = openPane(figure);
  pane.resize(Math.max(Math.min(pane.fit(), 1), pane.readable()));
  for (const node of all("g.node", figure)) {
    const number = Number(node.querySelector("title").textContent);
    const row = data.nodes.indexOf(number);
    nodesOfSpace.set(number, node);
    if (!data.whole || row < 0) continue;
    node.classList.add("can");
    node.addEventListener("click", () => { if (!pane.moved) goTo(row); });
  }
}

function showSpace(run, moved) {
  if (!nodesOfSpace.size) return;
  const rows = [run.start, ...run.hops.slice(0, run.at).map((hop) => hop.row)];
  const walked = new Set(rows.map((row) => data.nodes[row])), now = data.nodes[run.row()];
  for (const [number, node] of nodesOfSpace) {
    node.classList.toggle("walked", walked.has(number));
    node.classList.toggle("now", number === now);
  }
  const node = nodesOfSpace.get(now);
  if (moved && node) intoSight(node.closest(".pan"), node, [[node]]);
}
