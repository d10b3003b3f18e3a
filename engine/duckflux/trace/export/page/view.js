/** The page: only the rows in sight exist as elements, so that it does not matter how many steps there are. */

const SPARE_ROWS = 12;
const PAGE_ROWS = 20;

const given = JSON.parse(find("data").textContent);
const [rowsPane, canvas, details, filterBox] = ["rows", "canvas", "details", "filter"].map(find);
/** What is known of the run; grows while it goes on. */
const data = { ...given, printed: new Map(), usage: null };

const state = {
  tree: newTree(given.title),
  rows: [],
  found: null,
  selected: null,
  statuses: new Set(STATUSES),
  inValues: false,
  onlyCritical: false,
  compressed: false,
  scale: timeScale(0, []),
  window: { begin: 0, end: 1 },
  word: "",
};
const whole = { begin: 0, end: 1 };
const drawn = new Map();
let updateDetails = () => {};
let rowCount = 0;

const drawWholeRun = newMinimap(find("minimap"), () => ({
  root: state.tree.root,
  scale: state.scale,
  window: state.window,
  whole,
  zoom,
}));

/** Takes what is new of the run, and keeps in sight what is in sight. */
function takeData(allNews) {
  const wasWhole = state.window.end >= whole.end && state.window.begin <= 0;
  for (const news of allNews) {
    growTree(state.tree, news);
    takePrinted(news.printed);
    Object.assign(data, { state: news.state, length: news.length, execution: news.execution });
  }
  markCriticalPath(state.tree.root);
  data.usage = totalUsage([...state.tree.bySeq.values()].map(({ step }) => step));
  whole.end = Math.max(data.length, 1);
  if (wasWhole) state.window = { ...whole };
  showHeader();
  showStatuses();
}

function takePrinted(printed) {
  for (const [seq, pieces] of Object.entries(printed)) {
    const known = data.printed.get(Number(seq));
    if (known) for (const piece of pieces) known.push(piece);
    else data.printed.set(Number(seq), pieces);
  }
}

function showHeader() {
  setText(document.querySelector("h1"), data.title);
  setText(find("state"), data.state);
  setAttribute(find("state"), "class", `badge ${data.state}`);
  const usage = data.usage ? ` · ${usageText(data.usage)}` : "";
  setText(find("summary"), `${durationText(data.length)} from ${localTime(data.execution.startedAt)}${usage}`);
  // While a run goes on, a screen reader would not stop to read.
  for (const id of ["count", "details"]) setAttribute(find(id), "aria-live", data.state === "running" ? "off" : "polite");
}

/** Finds the rows anew; the first one in sight stays where it is. */
function refresh() {
  const top = state.rows[Math.floor(rowsPane.scrollTop / ROW_HEIGHT)];
  const filter = { ...parseFilter(filterBox.value), ...state };
  state.scale = timeScale(whole.end, state.compressed ? idleGaps(state.tree.root) : []);
  const { rows, found } = visibleRows(state.tree.root, filter);
  Object.assign(state, { rows, found, word: filter.words[0] ?? "" });
  canvas.style.height = `${rows.length * ROW_HEIGHT}px`;
  setAttribute(rowsPane, "aria-rowcount", rows.length);
  const count = state.tree.bySeq.size;
  const steps = count === 1 ? "1 step" : `${count} steps`;
  setText(find("count"), found ? `${found.size} of ${steps}` : steps);
  keepInPlace(top);
  redraw();
}

function keepInPlace(node) {
  const before = Math.floor(rowsPane.scrollTop / ROW_HEIGHT);
  if (!node || before === 0 || state.rows[before] === node) return;
  const now = state.rows.indexOf(node);
  if (now >= 0) rowsPane.scrollTop += (now - before) * ROW_HEIGHT;
}

function redraw() {
  drawAxis();
  drawWholeRun();
  draw();
}

/** Gives elements to the rows in sight, and takes them from those that left it. */
function draw() {
  const first = Math.max(0, Math.floor(rowsPane.scrollTop / ROW_HEIGHT) - SPARE_ROWS);
  const count = Math.ceil(rowsPane.clientHeight / ROW_HEIGHT) + 2 * SPARE_ROWS;
  const inSight = new Map(state.rows.slice(first, first + count).map((node, index) => [node, first + index]));
  for (const [node, row] of drawn) {
    if (inSight.has(node)) continue;
    row.element.remove();
    drawn.delete(node);
  }
  const share = shareOf();
  for (const [node, index] of inSight) {
    const row = drawn.get(node) ?? addRow(node);
    updateRow(row, node, { index, isSelected: node === state.selected, found: state.found, word: state.word, share });
  }
  const selected = drawn.get(state.selected);
  if (selected) setAttribute(rowsPane, "aria-activedescendant", selected.element.id);
  else rowsPane.removeAttribute("aria-activedescendant");
}

/** The place of a time in the window, in percent. */
function shareOf() {
  const { warp } = state.scale;
  const from = warp(state.window.begin);
  const length = Math.max(warp(state.window.end) - from, 1e-6);
  return (time) => (100 * (warp(time) - from)) / length;
}

function addRow(node) {
  const row = newRow(`row-${rowCount++}`);
  row.element.addEventListener("click", (event) => {
    select(node);
    showInEditor(node);
    if (event.target === row.fold) toggle(node);
  });
  row.element.addEventListener("dblclick", () => toggle(node));
  drawn.set(node, row);
  canvas.append(row.element);
  return row;
}

function drawAxis() {
  const { begin, end } = state.window;
  const pane = document.querySelector("#axis .ticks");
  const share = shareOf();
  const at = (time, attributes, text) => {
    const mark = element("span", attributes, text);
    mark.style.left = `${share(time)}%`;
    return mark;
  };
  const ticks = ticksBetween(state.scale, begin, end, Math.max(2, pane.clientWidth / 110));
  const gaps = gapsBetween(state.scale, begin, end).map((gap) => {
    const mark = at(gap.begin, { class: "gap", title: `${durationText(gap.end - gap.begin)} idle` }, "");
    mark.style.width = `${share(gap.end) - share(gap.begin)}%`;
    return mark;
  });
  pane.replaceChildren(...ticks.map((time) => at(time, {}, durationText(time))), ...gaps);
}

function select(node) {
  state.selected = node;
  updateDetails = showDetails(details, node, data);
  scrollTo(state.rows.indexOf(node));
  draw();
  tellLink(node);
}

function scrollTo(index) {
  const top = index * ROW_HEIGHT;
  if (top < rowsPane.scrollTop) rowsPane.scrollTop = top;
  const bottom = top + ROW_HEIGHT - rowsPane.clientHeight;
  if (bottom > rowsPane.scrollTop) rowsPane.scrollTop = bottom;
}

function toggle(node, folded = !node.folded) {
  if (!node.children.length || state.found || node.folded === folded) return;
  node.folded = folded;
  refresh();
}

function foldAll(folded) {
  for (const node of everyNode(state.tree.root)) {
    if (node !== state.tree.root && node.children.length) node.folded = folded;
  }
  const shown = new Set(unfolded(state.tree.root));
  while (!shown.has(state.selected)) state.selected = state.selected.parent;
  refresh();
  select(state.selected);
}

/** Shows the times from `begin` to `end`, within the run. */
function zoom(begin, end) {
  const length = Math.min(Math.max(end - begin, 1), whole.end);
  const from = Math.min(Math.max(begin, 0), whole.end - length);
  state.window = { begin: from, end: from + length };
  redraw();
}

function zoomBy(factor, share = 0.5) {
  const { warp, unwarp } = state.scale;
  const [from, to] = [warp(state.window.begin), warp(state.window.end)];
  const at = from + (to - from) * share;
  zoom(unwarp(at - (at - from) * factor), unwarp(at + (to - at) * factor));
}

function zoomToSelected() {
  const { begin, end } = state.selected;
  const margin = Math.max((end - begin) * 0.05, 1);
  zoom(begin - margin, end + margin);
}

function selectNextFailure() {
  const all = [...everyNode(state.tree.root)];
  const from = all.indexOf(state.selected) + 1;
  const next = [...all.slice(from), ...all.slice(0, from)].find((node) => isCause(node));
  if (next) revealAndSelect(next);
}

function revealAndSelect(node) {
  reveal(node);
  refresh();
  select(node);
}

function move(by) {
  const index = state.rows.indexOf(state.selected) + by;
  select(state.rows[Math.min(Math.max(index, 0), state.rows.length - 1)]);
}

function goIn() {
  const node = state.selected;
  if (node.folded && node.children.length) toggle(node, false);
  else if (node.children.length) move(1);
}

function goOut() {
  const node = state.selected;
  if (node.children.length && !node.folded && !state.found) toggle(node, true);
  else if (node.parent) select(node.parent);
}

/** A button that is on or off, and what it turns on. */
function flip(name, id) {
  state[name] = !state[name];
  setAttribute(find(id), "aria-pressed", state[name]);
  refresh();
}

const KEYS = {
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  PageDown: () => move(PAGE_ROWS),
  PageUp: () => move(-PAGE_ROWS),
  Home: () => move(-Infinity),
  End: () => move(Infinity),
  ArrowRight: goIn,
  ArrowLeft: goOut,
  " ": () => toggle(state.selected),
  Enter: () => {
    details.focus();
    showInEditor(state.selected);
  },
  z: zoomToSelected,
  "+": () => zoomBy(0.5),
  "=": () => zoomBy(0.5),
  "-": () => zoomBy(2),
  0: () => zoom(0, whole.end),
  n: selectNextFailure,
  c: () => flip("onlyCritical", "critical"),
  i: () => flip("compressed", "idle"),
};

function listen() {
  rowsPane.addEventListener("scroll", draw, { passive: true });
  rowsPane.addEventListener("keydown", (event) => {
    const action = KEYS[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action();
  });
  rowsPane.addEventListener("wheel", zoomByWheel, { passive: false });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && event.target.tagName !== "INPUT") {
      event.preventDefault();
      filterBox.focus();
    } else if (event.key === "Escape") {
      if (filterBox.value) setFilter("");
      rowsPane.focus();
    }
  });
  filterBox.addEventListener("input", () => setFilter(filterBox.value));
  filterBox.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === "ArrowDown") rowsPane.focus();
  });
  find("values").addEventListener("click", () => flip("inValues", "values"));
  find("critical").addEventListener("click", KEYS.c);
  find("idle").addEventListener("click", KEYS.i);
  find("fold").addEventListener("click", () => foldAll(true));
  find("unfold").addEventListener("click", () => foldAll(false));
  find("narrower").addEventListener("click", KEYS["+"]);
  find("wider").addEventListener("click", KEYS["-"]);
  find("whole").addEventListener("click", KEYS[0]);
  find("theme").addEventListener("click", changeTheme);
  new ResizeObserver(redraw).observe(rowsPane);
}

function setFilter(text) {
  filterBox.value = text;
  refresh();
  const first = state.found && [...state.found][0];
  if (first && !state.found.has(state.selected)) select(first);
  else scrollTo(state.rows.indexOf(state.selected));
  draw();
}

function zoomByWheel(event) {
  if (!event.ctrlKey) return;
  event.preventDefault();
  const box = document.querySelector("#axis .ticks").getBoundingClientRect();
  zoomBy(event.deltaY < 0 ? 0.8 : 1.25, (event.clientX - box.left) / box.width);
}

function changeTheme() {
  const { dataset } = document.documentElement;
  const isDark = dataset.theme ? dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  dataset.theme = isDark ? "light" : "dark";
  drawWholeRun();
}

const chips = new Map();

function showStatuses() {
  const nodes = [...state.tree.bySeq.values()];
  for (const status of STATUSES) {
    const having = nodes.filter((node) => node.status === status);
    // A construct that fails because of a step inside it is no failure more.
    const counted = BAD.includes(status) ? having.filter((node) => isCause(node, status)) : having;
    if (having.length === 0 && !chips.has(status)) continue;
    const chip = chips.get(status) ?? addChip(status);
    const others = having.length - counted.length;
    if (others) chip.title = `and ${others} around ${counted.length === 1 ? "it" : "them"}`;
    setText(chip.lastChild, ` ${status} ${counted.length}`);
  }
}

function addChip(status) {
  const toggleStatus = () => {
    const on = !state.statuses.has(status);
    state.statuses[on ? "add" : "delete"](status);
    chip.setAttribute("aria-pressed", on);
    refresh();
  };
  const symbol = element("span", { class: "symbol" }, SYMBOLS[status]);
  const chip = button({ "aria-pressed": true, class: status }, toggleStatus, symbol, element("span"));
  chips.set(status, chip);
  const statuses = find("statuses");
  statuses.replaceChildren(...STATUSES.filter((each) => chips.has(each)).map((each) => chips.get(each)));
  return chip;
}
