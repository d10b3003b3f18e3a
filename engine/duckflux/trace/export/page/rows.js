/** The elements of rows. One stays the same element as long as its node is in sight, so that a click meets it. */

const ROW_HEIGHT = 24;
const LONG_TEXT = 10;
const SYMBOLS = { success: "✓", failure: "✗", cancelled: "⊘", skipped: "⊘", running: "⟳" };

function newRow(id) {
  const part = (name, attributes = {}) => element("span", { class: name, ...attributes });
  const parts = {
    fold: part("fold"),
    symbol: part("symbol"),
    branch: part("branch"),
    label: part("label"),
    kind: part("kind"),
    bar: part("bar"),
    length: part("length"),
  };
  const { fold, symbol, branch, label, kind, bar, length } = parts;
  const name = element("span", { class: "name", role: "gridcell" }, fold, symbol, branch, label, kind);
  const time = element("span", { class: "time", role: "gridcell" }, bar, length);
  return { element: element("div", { role: "row", id }, name, time), name, ...parts };
}

/** Makes a row show a node. `shown` is {index, isSelected, found, word, share}. */
function updateRow(row, node, shown) {
  const { index, isSelected, found } = shown;
  const isAside = found && !found.has(node);
  setAttribute(row.element, "class", ["row", node.status, isAside && "aside"].filter(Boolean).join(" "));
  setAttribute(row.element, "aria-level", node.level + 1);
  setAttribute(row.element, "aria-rowindex", index + 1);
  setAttribute(row.element, "aria-selected", isSelected);
  if (node.children.length) setAttribute(row.element, "aria-expanded", found !== null || !node.folded);
  row.element.style.top = `${index * ROW_HEIGHT}px`;
  row.element.style.setProperty("--level", node.level);
  updateName(row, node, shown);
  updateTime(row, node, shown.share);
}

function updateName(row, node, { found, word }) {
  setAttribute(row.name, "title", node.title);
  setText(row.fold, node.children.length === 0 ? "" : node.folded && !found ? "▸" : "▾");
  setText(row.symbol, SYMBOLS[node.status] ?? "");
  row.branch.hidden = !node.branch;
  if (node.branch) setAttribute(row.branch, "title", `branch ${node.branch}`);
  setText(row.branch, `∥${node.branch}`);
  row.label.replaceChildren(...highlighted(node.title, found?.has(node) ? word : ""));
  setText(row.kind, kindText(node));
}

function highlighted(title, word) {
  const at = word ? title.toLowerCase().indexOf(word) : -1;
  if (at < 0) return [title];
  const end = at + word.length;
  return [title.slice(0, at), element("mark", {}, title.slice(at, end)), title.slice(end)];
}

function kindText(node) {
  if (node.kind === "loop") return node.children.length ? `loop ×${node.children.length}` : "loop";
  return node.kind === "iteration" || node.kind === node.title ? "" : node.kind;
}

/** `share` gives the place of a time in percent. */
function updateTime({ bar, length }, node, share) {
  const [left, right] = [share(node.begin), share(node.end)];
  const isInSight = right >= -1 && left <= 101;
  bar.hidden = length.hidden = !isInSight;
  if (!isInSight) return;
  setAttribute(bar, "class", ["bar", node.children.length && "outer", node.isCritical && "critical"].filter(Boolean).join(" "));
  // Far outside, a browser's numbers for positions end.
  bar.style.left = `${Math.max(left, -1)}%`;
  bar.style.width = `${Math.min(right, 101) - Math.max(left, -1)}%`;
  const text = lengthText(node);
  const room = text.length > LONG_TEXT ? 40 : 15;
  setText(length, text);
  const isAfter = right <= 100 - room;
  const isBefore = !isAfter && left >= room;
  length.style.left = isAfter ? `${Math.max(right, 0)}%` : "";
  length.style.right = isBefore ? `${100 - left}%` : "";
  length.classList.toggle("inside", !isAfter && !isBefore);
}

function lengthText(node) {
  const duration = node.status === "skipped" ? "skipped" : durationText(node.end - node.begin);
  const usage = node.step?.usage ? usageText(node.step.usage) : "";
  return usage ? `${duration} · ${usage}` : duration;
}
