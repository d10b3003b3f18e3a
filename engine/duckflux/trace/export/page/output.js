/** What a step has printed, line by line with times; colours as on a terminal; a field to search in it. */

const MAX_LINES_SHOWN = 2000;

/** A block for the output of a step, and the function that shows what has been printed since. */
function printedBlock(begin, piecesOf) {
  const search = element("input", { type: "search", placeholder: "Search the output", "aria-label": "Search the output" });
  const count = element("span", { class: "count", role: "status" });
  const shown = element("pre", { class: "printed" });
  const block = element("section", {}, element("h3", {}, "printed", count), search, shown);
  let seen = null;
  const update = () => {
    const pieces = piecesOf() ?? [];
    const now = `${pieces.length} ${search.value}`;
    block.hidden = pieces.length === 0;
    if (now === seen) return;
    seen = now;
    const lines = printedLines(pieces);
    const wanted = search.value.toLowerCase();
    const found = wanted ? lines.filter(({ text }) => withoutColors(text).toLowerCase().includes(wanted)) : lines;
    const all = lines.length === 1 ? "1 line" : `${lines.length} lines`;
    setText(count, wanted ? `${found.length} of ${all}` : all);
    keepAtEnd(shown, () => shown.replaceChildren(...found.slice(-MAX_LINES_SHOWN).map((line) => printedLine(line, begin))));
  };
  search.addEventListener("input", update);
  // Keys of the page are for its rows.
  search.addEventListener("keydown", (event) => event.stopPropagation());
  return { block, update };
}

/** Changes what is in a pane; one that was scrolled to its end is so again, any other stays where it was. */
function keepAtEnd(pane, change) {
  const { scrollTop } = pane;
  const isAtEnd = scrollTop > 0 && scrollTop + pane.clientHeight >= pane.scrollHeight - 4;
  change();
  pane.scrollTop = isAtEnd ? pane.scrollHeight : scrollTop;
}

/** The lines that pieces of output make, [time, stream, text] each; a line has the time at which it began. */
function printedLines(pieces) {
  const lines = [];
  const begun = {};
  for (const [time, stream, text] of pieces) {
    const parts = text.split("\n");
    parts.forEach((part, index) => {
      const isLast = index === parts.length - 1;
      if (part === "" && isLast) return;
      if (!begun[stream]) lines.push((begun[stream] = { time, stream, text: "" }));
      begun[stream].text += part;
      if (!isLast) delete begun[stream];
    });
  }
  return lines;
}

function printedLine({ time, stream, text }, begin) {
  const at = element("time", { title: new Date(begin + time).toISOString() }, clockText(begin + time));
  return element("span", { class: `line ${stream}` }, at, ...coloredTexts(text), "\n");
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

function onlyBold(classes) {
  return new Set(classes.has("ansi-bold") ? ["ansi-bold"] : []);
}

/** The classes after some codes: 0 resets, 1 is bold, 30-37 and 90-97 are colours. */
function styled(before, codes) {
  let classes = new Set(before);
  for (let index = 0; index < codes.length; index++) {
    const code = codes[index];
    if (code === 0) classes = new Set();
    else if (code === 1) classes.add("ansi-bold");
    else if (code === 38 || code === 48) index += codes[index + 1] === 2 ? 4 : 2;
    else if (code === 39) classes = onlyBold(classes);
    else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) {
      classes = onlyBold(classes).add(`ansi-${code % 10}`);
    }
  }
  return classes;
}
