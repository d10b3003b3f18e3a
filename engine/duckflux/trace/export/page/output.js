/** What a step has printed, line by line with times; colours as on a terminal; a field to search in it. */

const MAX_LINES_SHOWN = 2000;

function printedBlock(node, data) {
  const lines = node.step?.printed;
  if (!lines?.length) return [];
  const search = element("input", { type: "search", placeholder: "Search the output", "aria-label": "Search the output" });
  const count = element("span", { class: "count", role: "status" });
  const shown = element("pre", { class: "printed" });
  const show = () => {
    const wanted = search.value.toLowerCase();
    const found = wanted ? lines.filter(([, , text]) => withoutColors(text).toLowerCase().includes(wanted)) : lines;
    count.textContent = wanted ? `${found.length} of ${lines.length} lines` : `${lines.length} lines`;
    shown.replaceChildren(...found.slice(-MAX_LINES_SHOWN).map((line) => printedLine(line, data)));
  };
  search.addEventListener("input", show);
  // Keys of the page are for its rows.
  search.addEventListener("keydown", (event) => event.stopPropagation());
  show();
  return [element("h3", {}, "printed", count), search, shown];
}

function printedLine([offset, stream, text], data) {
  const time = element("time", { title: new Date(data.begin + offset).toISOString() }, clockText(data.begin + offset));
  return element("span", { class: `line ${stream}` }, time, ...coloredTexts(text), "\n");
}

function clockText(milliseconds) {
  const date = new Date(milliseconds);
  const part = (value, length = 2) => String(value).padStart(length, "0");
  return `${part(date.getHours())}:${part(date.getMinutes())}:${part(date.getSeconds())}.${part(date.getMilliseconds(), 3)} `;
}

const ESCAPES = /\u001b\[([\d;]*)m|\u001b\[[\d;?]*[A-Za-z]|[\u0000-\u0008\u000b-\u001f\u007f]/g;

function withoutColors(text) {
  return text.replace(ESCAPES, "");
}

/** The parts of a line, each in its colour; what else controls a terminal is left out. */
function coloredTexts(text) {
  const parts = [];
  let classes = new Set();
  let start = 0;
  const add = (end) => {
    if (end > start) parts.push(element("span", classes.size ? { class: [...classes].join(" ") } : {}, text.slice(start, end)));
  };
  for (const match of text.matchAll(ESCAPES)) {
    add(match.index);
    start = match.index + match[0].length;
    if (match[1] !== undefined) classes = styled(classes, match[1].split(";").map(Number));
  }
  add(text.length);
  return parts;
}

/** The classes after some codes: 0 resets, 1 is bold, 30-37 and 90-97 are colours. */
function styled(before, codes) {
  let classes = new Set(before);
  for (let index = 0; index < codes.length; index++) {
    const code = codes[index];
    if (code === 0) classes = new Set();
    else if (code === 1) classes.add("ansi-bold");
    else if (code === 38 || code === 48) index += codes[index + 1] === 2 ? 4 : 2;
    else if (code === 39) classes = new Set([...classes].filter((name) => name === "ansi-bold"));
    else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) {
      classes = new Set([...classes].filter((name) => name === "ansi-bold"));
      classes.add(`ansi-${code % 10}`);
    }
  }
  return classes;
}
