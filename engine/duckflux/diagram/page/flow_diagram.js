/**
 * Shows a flow diagram as `duckflux graph` draws it. The layout is made once, there: this colors the steps by the
 * results of a run, marks one of them, tells which one a person chooses, and zooms. Results are `{status, label}` by the
 * JSON pointers of the steps.
 */
export class FlowDiagram {
  #container;
  #onChoose;
  #steps = new Map();
  #results = {};
  #current = null;
  #zoom = 1;

  constructor(container, { onChoose } = {}) {
    this.#container = container;
    this.#onChoose = onChoose;
    container.addEventListener("keydown", (event) => this.#press(event));
    container.addEventListener("click", (event) => this.#choose(event.target.closest("[data-step]")));
  }

  /** Draws an SVG text. Results and mark stay. */
  draw(svg) {
    const { documentElement } = new DOMParser().parseFromString(svg, "image/svg+xml");
    this.#container.replaceChildren(document.importNode(documentElement, true));
    this.#steps.clear();
    // A participant that several steps fall back to has several shapes.
    for (const shape of this.#container.querySelectorAll("[data-step]")) {
      const { step } = shape.dataset;
      this.#steps.set(step, [...(this.#steps.get(step) ?? []), shape]);
      if (this.#onChoose) shape.setAttribute("role", "button");
    }
    this.#makeReachable(inOrder(this.#shapes())[0]);
    const current = this.#current;
    this.#current = null;
    this.showResults(this.#results);
    this.mark(current, { scroll: false });
    this.zoom(this.#zoom);
  }

  /** Shows the results of a run, and those alone. */
  showResults(results) {
    this.#results = results;
    for (const [step, shapes] of this.#steps) for (const shape of shapes) showResult(shape, results[step]);
  }

  /** Marks the step that a cursor is in, null for none. */
  mark(step, { scroll = true } = {}) {
    if (step === this.#current) return;
    for (const shape of this.#steps.get(this.#current) ?? []) setCurrent(shape, false);
    this.#current = step;
    const shapes = this.#steps.get(step) ?? [];
    for (const shape of shapes) setCurrent(shape, true);
    if (shapes.length === 0) return;
    this.#makeReachable(shapes[0]);
    if (scroll) shapes[0].scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  /** Draws at a multiple of the natural size. */
  zoom(factor) {
    this.#zoom = Math.min(4, Math.max(0.1, factor));
    const svg = this.#container.querySelector("svg");
    if (!svg) return;
    const { width, height } = svg.viewBox.baseVal;
    svg.setAttribute("width", width * this.#zoom);
    svg.setAttribute("height", height * this.#zoom);
  }

  zoomBy(factor) {
    this.zoom(this.#zoom * factor);
  }

  /** Draws so that all of the width is to be seen, but never larger than the natural size. */
  fit() {
    const width = this.#container.querySelector("svg")?.viewBox.baseVal.width;
    if (width) this.zoom(Math.min(1, this.#container.clientWidth / width));
  }

  #shapes() {
    return [...this.#container.querySelectorAll("[data-step]")];
  }

  /** Steps are one stop of the Tab key; arrow keys go from one to the next. */
  #makeReachable(shape) {
    if (!shape || !this.#onChoose) return;
    for (const other of this.#container.querySelectorAll("[tabindex='0']")) other.setAttribute("tabindex", "-1");
    shape.setAttribute("tabindex", "0");
  }

  #press(event) {
    const shape = event.target.closest("[data-step]");
    if (!shape || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Enter" || event.key === " ") this.#choose(shape);
    else if (!this.#goFrom(shape, event.key)) return;
    event.preventDefault();
  }

  #goFrom(shape, key) {
    const shapes = inOrder(this.#shapes());
    const at = shapes.indexOf(shape);
    const next = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: shapes.length - 1 };
    const found = shapes[next[key]];
    if (!found) return false;
    this.#makeReachable(found);
    found.focus();
    return true;
  }

  #choose(shape) {
    if (!shape || !this.#onChoose) return;
    this.mark(shape.dataset.step, { scroll: false });
    this.#onChoose(shape.dataset.step);
  }
}

const STATUSES = ["success", "failure", "running", "skipped", "cancelled"];

function showResult(shape, result) {
  const text = shape.querySelector(".result");
  const label = result?.label ?? "";
  if (text.textContent === label && (!result || shape.classList.contains(result.status))) return;
  shape.classList.remove(...STATUSES);
  if (result && STATUSES.includes(result.status)) shape.classList.add(result.status);
  text.textContent = label;
  const { description } = shape.dataset;
  const described = label ? `${description}: ${label}` : description;
  shape.setAttribute("aria-label", described);
  shape.querySelector("title").textContent = described;
}

function setCurrent(shape, isCurrent) {
  shape.classList.toggle("current", isCurrent);
  if (isCurrent) shape.setAttribute("aria-current", "true");
  else shape.removeAttribute("aria-current");
}

/** Frames are drawn before all steps; a person goes from top to bottom. */
function inOrder(shapes) {
  const place = new Map(shapes.map((shape) => [shape, Number(shape.dataset.order)]));
  return shapes.sort((one, other) => place.get(one) - place.get(other));
}
