/** The page: only the rows in sight exist as elements, so that it does not matter how many steps there are. */

const ROW_HEIGHT = 24;
const SPARE_ROWS = 12;
const PAGE_ROWS = 20;
const SYMBOLS = { success: "✓", failure: "✗", cancelled: "⊘", skipped: "⊘", running: "⟳" };

const data = JSON.parse(document.getElementById("data").textContent);
const find = (id) => document.getElementById(id);
const [rowsPane, canvas, details, filterBox] = ["rows", "canvas", "details", "filter"].map(find);
const whole = { begin: 0, end: Math.max(data.length, 1) };

const state = {
  root: buildTree(data),
  rows: [],
  found: null,
  selected: null,
  statuses: new Set(STATUSES),
  window: { ...whole },
};
const drawn = new Map();

function refresh() {
  const { rows, found } = visibleRows(state.root, filterBox.value, state.statuses);
  Object.assign(state, { rows, found });
  canvas.style.height = `${rows.length * ROW_HEIGHT}px`;
  rowsPane.setAttribute("aria-rowcount", rows.length);
  const steps = data.steps.length === 1 ? "1 step" : `${data.steps.length} steps`;
  find("count").textContent = found ? `${found.size} of ${steps}` : steps;
  redraw();
}

function redraw() {
  for (const row of drawn.values()) row.remove();
  drawn.clear();
  drawAxis();
  draw();
}

/** Makes the elements of the rows that came into sight, and lets go of those that left it. */
function draw() {
  const first = Math.max(0, Math.floor(rowsPane.scrollTop / ROW_HEIGHT) - SPARE_ROWS);
  const count = Math.ceil(rowsPane.clientHeight / ROW_HEIGHT) + 2 * SPARE_ROWS;
  const last = Math.min(state.rows.length, first + count);
  for (const [index, row] of drawn) {
    if (index < first || index >= last) {
      row.remove();
      drawn.delete(index);
    }
  }
  for (let index = first; index < last; index++) {
    if (drawn.has(index)) continue;
    const row = rowElement(state.rows[index], index);
    drawn.set(index, row);
    canvas.append(row);
  }
  const selected = drawn.get(state.rows.indexOf(state.selected));
  if (selected) rowsPane.setAttribute("aria-activedescendant", selected.id);
  else rowsPane.removeAttribute("aria-activedescendant");
}

function rowElement(node, index) {
  const row = element("div", {
    class: `row ${node.status}${state.found && !state.found.has(node) ? " aside" : ""}`,
    role: "row",
    id: `row-${index}`,
    "aria-level": node.level + 1,
    "aria-rowindex": index + 1,
    "aria-selected": node === state.selected,
  });
  if (node.children.length) row.setAttribute("aria-expanded", state.found !== null || !node.folded);
  row.style.top = `${index * ROW_HEIGHT}px`;
  row.style.setProperty("--level", node.level);
  row.append(nameCell(node), timeCell(node));
  row.addEventListener("click", (event) => {
    select(node);
    showInEditor(node);
    if (event.target.classList.contains("fold")) toggle(node);
  });
  row.addEventListener("dblclick", () => toggle(node));
  return row;
}

function nameCell(node) {
  const arrow = node.children.length === 0 ? "" : node.folded && !state.found ? "▸" : "▾";
  const cell = element("span", { class: "name", role: "gridcell", title: node.title });
  cell.append(element("span", { class: "fold" }, arrow));
  cell.append(element("span", { class: "symbol" }, SYMBOLS[node.status] ?? ""));
  if (node.lane) cell.append(element("span", { class: "lane", title: `branch ${node.lane}` }, `∥${node.lane}`));
  const label = element("span", { class: "label" });
  label.append(...highlighted(node));
  cell.append(label, element("span", { class: "kind" }, kindText(node)));
  return cell;
}

function highlighted(node) {
  const word = state.found?.has(node) ? filterBox.value.trim().toLowerCase() : "";
  const at = word ? node.title.toLowerCase().indexOf(word) : -1;
  if (at < 0) return [node.title];
  const end = at + word.length;
  return [node.title.slice(0, at), element("mark", {}, node.title.slice(at, end)), node.title.slice(end)];
}

function kindText(node) {
  if (node.kind === "loop") return node.children.length ? `loop ×${node.children.length}` : "loop";
  return node.kind === "round" || node.kind === node.title ? "" : node.kind;
}

function timeCell(node) {
  const { begin, end } = state.window;
  const share = (at) => (100 * (at - begin)) / (end - begin);
  const left = share(node.begin);
  const right = share(node.end);
  const cell = element("span", { class: "time", role: "gridcell" });
  const bar = element("span", { class: node.children.length ? "bar outer" : "bar" });
  // Far outside, a browser's numbers for positions end.
  bar.style.left = `${Math.max(left, -1)}%`;
  bar.style.width = `${Math.min(right, 101) - Math.max(left, -1)}%`;
  const text = node.status === "skipped" ? "skipped" : durationText(node.end - node.begin);
  const length = element("span", { class: "length" }, text);
  if (right <= 85) length.style.left = `${Math.max(right, 0)}%`;
  else if (left >= 15) length.style.right = `${100 - left}%`;
  else length.classList.add("inside");
  if (right >= -1 && left <= 101) cell.append(bar, length);
  return cell;
}

function drawAxis() {
  const { begin, end } = state.window;
  const pane = document.querySelector("#axis .ticks");
  const ticks = ticksBetween(begin, end, Math.max(2, pane.clientWidth / 110));
  pane.replaceChildren(
    ...ticks.map((at) => {
      const tick = element("span", {}, durationText(at));
      tick.style.left = `${(100 * (at - begin)) / (end - begin)}%`;
      return tick;
    }),
  );
}

function select(node) {
  const before = drawn.get(state.rows.indexOf(state.selected));
  before?.setAttribute("aria-selected", "false");
  state.selected = node;
  showDetails(details, node, data);
  const index = state.rows.indexOf(node);
  scrollTo(index);
  draw();
  drawn.get(index)?.setAttribute("aria-selected", "true");
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
  for (const node of everyNode(state.root)) {
    if (node !== state.root && node.children.length) node.folded = folded;
  }
  while (state.selected && !unfolded(state.root).includes(state.selected)) state.selected = state.selected.parent;
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

function zoomBy(factor, at = (state.window.begin + state.window.end) / 2) {
  const { begin, end } = state.window;
  zoom(at - (at - begin) * factor, at + (end - at) * factor);
}

function zoomToSelected() {
  const { begin, end } = state.selected;
  const margin = Math.max((end - begin) * 0.05, 1);
  zoom(begin - margin, end + margin);
}

function selectNextFailure() {
  const all = [...everyNode(state.root)];
  const from = all.indexOf(state.selected) + 1;
  const next = [...all.slice(from), ...all.slice(0, from)].find((node) => isCause(node));
  if (!next) return;
  reveal(next);
  refresh();
  select(next);
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
    if (event.key === "/" && event.target !== filterBox) {
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
  const { begin, end } = state.window;
  zoomBy(event.deltaY < 0 ? 0.8 : 1.25, begin + ((event.clientX - box.left) / box.width) * (end - begin));
}

function changeTheme() {
  const { dataset } = document.documentElement;
  const isDark = dataset.theme ? dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  dataset.theme = isDark ? "light" : "dark";
}

function showStatuses() {
  const steps = [...everyNode(state.root)].filter((node) => node.step);
  for (const status of STATUSES) {
    const having = steps.filter((node) => node.status === status);
    if (having.length === 0) continue;
    // A construct that fails because of a step inside it is no failure more.
    const counted = BAD.includes(status) ? having.filter((node) => isCause(node, status)) : having;
    const others = having.length - counted.length;
    const chip = element("button", { type: "button", "aria-pressed": true, class: status });
    if (others) chip.title = `and ${others} around ${counted.length === 1 ? "it" : "them"}`;
    chip.append(element("span", { class: "symbol" }, SYMBOLS[status]), ` ${status} ${counted.length}`);
    chip.addEventListener("click", () => {
      const on = !state.statuses.has(status);
      state.statuses[on ? "add" : "delete"](status);
      chip.setAttribute("aria-pressed", on);
      refresh();
    });
    find("statuses").append(chip, " ");
  }
}

function start() {
  document.querySelector("h1").textContent = data.title;
  find("state").textContent = data.state;
  find("state").classList.add(data.state);
  find("summary").textContent = `${durationText(data.length)} from ${localTime(data.execution.startedAt)}`;
  showStatuses();
  followHost();
  followContrast();
  showWhetherNewest(data.isNewest);
  listen();
  refresh();
  select(causeOf(state.root) ?? state.root);
  rowsPane.focus();
}

start();
