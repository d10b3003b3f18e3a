"use strict";

/**
 * The steps as a tree, and the rows that are to be seen of it. Knows nothing of the page.
 *
 * A node is the run itself, a step, or a round of a loop: {title, kind, status, begin, end, step, parent, children,
 * level, folded}. Times are milliseconds from the begin of the run.
 */

const STATUSES = ["success", "failure", "cancelled", "skipped", "running"];
const BAD = ["failure", "cancelled"];
const MANY_ROWS = 400;
const MANY_ROUNDS = 20;

function newNode(fields) {
  return { children: [], level: 0, folded: false, parent: null, step: null, lane: "", ...fields };
}

function buildTree(data) {
  const status = data.state === "interrupted" ? "running" : data.state;
  const root = newNode({ title: data.title, kind: "run", status, begin: 0, end: data.length });
  const bySeq = new Map();
  const rounds = new Map();
  for (const step of data.steps) {
    const outer = bySeq.get(step.parent) ?? root;
    const parent = outer.kind === "loop" && step.iterations ? roundOf(outer, step, rounds) : outer;
    const lane = outer.kind === "parallel" && step.branch ? step.branch.split(".").at(-1) : "";
    const { name, type, begin, end } = step;
    const node = newNode({ title: name, kind: type, status: step.status, begin, end, step, lane });
    adopt(parent, node);
    bySeq.set(step.seq, node);
  }
  foldMany(root, data.steps.length);
  return root;
}

function adopt(parent, node) {
  node.parent = parent;
  node.level = parent.level + 1;
  parent.children.push(node);
}

function roundOf(loop, step, rounds) {
  const index = step.iterations.at(-1);
  const key = `${loop.step.seq} ${index}`;
  let round = rounds.get(key);
  if (!round) {
    round = newNode({ title: `iteration ${index + 1}`, kind: "round", status: "", begin: step.begin, end: step.end });
    rounds.set(key, round);
    adopt(loop, round);
  }
  round.begin = Math.min(round.begin, step.begin);
  round.end = Math.max(round.end, step.end);
  if (BAD.includes(step.status) || round.status === "") round.status = step.status;
  return round;
}

/** Long loops begin folded, and in a long run all of them do; but the way to what failed stays open. */
function foldMany(root, steps) {
  for (const node of everyNode(root)) {
    if (node.kind === "loop") node.folded = node.children.length > MANY_ROUNDS || steps > MANY_ROWS;
    if (node.kind === "round") node.folded = node.parent.children.length > MANY_ROUNDS;
  }
  const cause = causeOf(root);
  if (cause) reveal(cause);
}

function* everyNode(root) {
  const left = [root];
  while (left.length) {
    const node = left.pop();
    yield node;
    for (let i = node.children.length - 1; i >= 0; i--) left.push(node.children[i]);
  }
}

/** Whether a step failed, or was cancelled, for a reason of its own and not only because a step inside it did. */
function isCause(node, status = "failure") {
  return node.step && node.status === status && !node.children.some((child) => child.status === status);
}

/** The step that made the run fail, or that ran when it was cancelled: the last of them; null for other runs. */
function causeOf(root) {
  if (!BAD.includes(root.status)) return null;
  let found = null;
  for (const node of everyNode(root)) {
    if (isCause(node, root.status) && (!found || node.end >= found.end)) found = node;
  }
  return found;
}

function reveal(node) {
  for (let outer = node.parent; outer; outer = outer.parent) outer.folded = false;
}

function matches(node, words) {
  if (!node.step) return false;
  const { name, type, status, path, error, workflow } = node.step;
  const text = [name, type, status, path, error, workflow].filter(Boolean).join("\n").toLowerCase();
  return words.every((word) => text.includes(word));
}

/**
 * The nodes to be seen, in order. With a filter these are the matches (`found`) and what they are inside of; nothing
 * is folded then.
 */
function visibleRows(root, filter, statuses) {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const all = words.length === 0 && statuses.size === STATUSES.length;
  return all ? { rows: unfolded(root), found: null } : filtered(root, words, statuses);
}

function unfolded(root) {
  const rows = [];
  const left = [root];
  while (left.length) {
    const node = left.pop();
    rows.push(node);
    if (node.folded) continue;
    for (let i = node.children.length - 1; i >= 0; i--) left.push(node.children[i]);
  }
  return rows;
}

function filtered(root, words, statuses) {
  const found = new Set();
  const shown = new Set([root]);
  const all = [...everyNode(root)];
  for (const node of all) {
    if (!node.step || !statuses.has(node.status) || !matches(node, words)) continue;
    found.add(node);
    for (let outer = node; outer && !shown.has(outer); outer = outer.parent) shown.add(outer);
  }
  return { rows: all.filter((node) => shown.has(node)), found };
}

/** A time as people here write it. */
function localTime(text) {
  const time = new Date(text);
  return Number.isNaN(time.valueOf()) ? text : time.toLocaleString();
}

function durationText(milliseconds) {
  if (milliseconds < 1000) return `${milliseconds}ms`;
  if (milliseconds < 59950) return `${(milliseconds / 1000).toFixed(1)}s`;
  const seconds = Math.round(milliseconds / 1000);
  const pad = (number) => String(number).padStart(2, "0");
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${pad(seconds % 60)}s`;
  return `${Math.floor(seconds / 3600)}h ${pad(Math.floor((seconds % 3600) / 60))}m`;
}

/** Round times between `begin` and `end`, about `count` of them. */
function ticksBetween(begin, end, count) {
  const rough = Math.max((end - begin) / count, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough);
  const ticks = [];
  for (let at = Math.ceil(begin / step) * step; at <= end; at += step) ticks.push(at);
  return ticks;
}
