/** Which nodes are to be seen. Knows nothing of the page. */

const FACTS = ["name", "type", "status", "path", "error", "workflow", "awaits"];
const VALUES = ["input", "output", "stderr"];

/** A text such as `deploy >2s` as {words, atLeast, atMost}. */
function parseFilter(text) {
  const found = { words: [], atLeast: 0, atMost: Infinity };
  for (const word of text.toLowerCase().split(/\s+/).filter(Boolean)) {
    const limit = /^[<>]/.test(word) ? parseDuration(word.slice(1)) : null;
    if (limit === null) found.words.push(word);
    else if (word[0] === ">") found.atLeast = limit;
    else found.atMost = limit;
  }
  return found;
}

/** Whether a step has all words in its facts, or if wanted in its values, and lasted as long as is asked for. */
function matches(node, { words, atLeast, atMost, statuses, inValues, onlyCritical }) {
  if (!node.step || !statuses.has(node.status) || (onlyCritical && !node.isCritical)) return false;
  const duration = node.end - node.begin;
  if (duration < atLeast || duration > atMost) return false;
  return words.every((word) => searchedText(node, "facts").includes(word) || (inValues && searchedText(node, "values").includes(word)));
}

/** The text of a step in small letters, kept until the step changes. */
function searchedText(node, kind) {
  node.searched ??= {};
  const fields = kind === "facts" ? FACTS : VALUES;
  return (node.searched[kind] ??= fields.map((name) => node.step[name] ?? "").join("\n").toLowerCase());
}

/**
 * The nodes to be seen, in order. With a filter these are the matches (`found`) and what they are inside of; nothing
 * is folded then.
 */
function visibleRows(root, filter) {
  const { words, atLeast, atMost, statuses, onlyCritical } = filter;
  const isWhole = statuses.size === STATUSES.length && !onlyCritical;
  const all = words.length === 0 && atLeast === 0 && atMost === Infinity && isWhole;
  return all ? { rows: unfolded(root), found: null } : filtered(root, filter);
}

function unfolded(root) {
  return [...everyNode(root, (node) => !node.folded)];
}

function filtered(root, filter) {
  const found = new Set();
  const shown = new Set([root]);
  const all = [...everyNode(root)];
  for (const node of all) {
    if (!matches(node, filter)) continue;
    found.add(node);
    for (let outer = node; outer && !shown.has(outer); outer = outer.parent) shown.add(outer);
  }
  return { rows: all.filter((node) => shown.has(node)), found };
}
