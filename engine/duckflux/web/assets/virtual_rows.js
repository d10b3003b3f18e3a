/** A long list of which only the rows in sight are elements; it is fetched in parts, when they come into sight. */

const LIST_ROW = 36;
const PART = 100;
const SPARE = 8;

/**
 * Shows a list in `pane`. `fetchPart(offset, limit)` gives {rows, total}, `makeRow(record)` the content of a row,
 * `onTotal` is told how many there are, `onProblem` why a part can't be had. Gives the functions that fetch all anew.
 */
function virtualRows(pane, { fetchPart, makeRow, onTotal, onProblem }) {
  const inner = element("div", { class: "inner" });
  pane.replaceChildren(inner);
  let parts = new Map();
  let total = 0;
  let version = 0;
  const drawn = new Map();

  function need(part) {
    if (parts.has(part)) return;
    parts.set(part, null);
    const asked = version;
    fetchPart(part * PART, PART).then(
      (found) => asked === version && take(part, found),
      (error) => {
        if (asked !== version) return;
        parts.delete(part);
        onProblem(error.message);
      },
    );
  }

  function take(part, found) {
    parts.set(part, found.rows);
    total = found.total;
    inner.style.height = `${total * LIST_ROW}px`;
    onTotal(total);
    draw();
  }

  function draw() {
    const first = Math.max(0, Math.floor(pane.scrollTop / LIST_ROW) - SPARE);
    const last = Math.min(total, first + Math.ceil(pane.clientHeight / LIST_ROW) + 2 * SPARE);
    for (let part = Math.floor(first / PART); part <= Math.floor(Math.max(last - 1, 0) / PART); part++) need(part);
    for (const [index, row] of drawn) {
      if (index >= first && index < last) continue;
      row.element.remove();
      drawn.delete(index);
    }
    for (let index = first; index < last; index++) drawRow(index);
  }

  function drawRow(index) {
    const record = parts.get(Math.floor(index / PART))?.[index % PART];
    const row = drawn.get(index) ?? newRow(index);
    if (!record || row.record === record) return;
    const hadFocus = row.element.contains(document.activeElement);
    row.record = record;
    row.element.replaceChildren(...makeRow(record));
    setAttribute(row.element, "aria-setsize", total);
    if (hadFocus) row.element.querySelector("a")?.focus();
  }

  function newRow(index) {
    const row = { element: element("div", { role: "listitem", class: "list-row", "aria-posinset": index + 1 }), record: null };
    row.element.style.top = `${index * LIST_ROW}px`;
    drawn.set(index, row);
    const after = [...drawn.keys()].filter((other) => other > index);
    // In the order in which they are read and tabbed through.
    inner.insertBefore(row.element, after.length ? drawn.get(Math.min(...after)).element : null);
    return row;
  }

  function focusRow(index) {
    const at = Math.min(Math.max(index, 0), total - 1);
    const top = at * LIST_ROW;
    if (top < pane.scrollTop) pane.scrollTop = top;
    if (top + LIST_ROW > pane.scrollTop + pane.clientHeight) pane.scrollTop = top + LIST_ROW - pane.clientHeight;
    draw();
    drawn.get(at)?.element.querySelector("a")?.focus({ preventScroll: true });
  }

  pane.addEventListener("scroll", draw, { passive: true });
  pane.addEventListener("keydown", (event) => {
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 15, PageUp: -15, Home: -Infinity, End: Infinity };
    if (!(event.key in steps)) return;
    event.preventDefault();
    const focused = [...drawn].find(([, row]) => row.element.contains(document.activeElement));
    focusRow((focused ? focused[0] : -1) + steps[event.key]);
  });
  new ResizeObserver(draw).observe(pane);

  function reload() {
    version++;
    const first = Math.floor(pane.scrollTop / LIST_ROW / PART);
    // What is shown stays until the new part has come.
    parts = new Map();
    need(first);
  }

  function restart() {
    pane.scrollTop = 0;
    reload();
  }

  return { reload, restart };
}
