/**
 * The steps as a tree that grows while the run goes on. Knows nothing of the page.
 *
 * A node is the run itself, a step, or an iteration of a loop: {title, kind, status, begin, end, step, parent,
 * children, level, order, folded}. Times are milliseconds from the beginning of the run.
 */

const STATUSES = ["success", "failure", "cancelled", "skipped", "running"];
const BAD = ["failure", "cancelled"];
const MANY_ROWS = 400;
const MANY_ITERATIONS = 20;

function newNode(fields) {
  return { children: [], level: 0, folded: false, parent: null, step: null, branch: "", order: 0, ...fields };
}

function newTree(title) {
  const root = newNode({ title, kind: "run", status: "running", begin: 0, end: 0 });
  // `waiting` has by the seq of a step that has not come yet the steps inside it.
  return { root, bySeq: new Map(), iterations: new Map(), waiting: new Map(), running: new Set() };
}

/** Adds steps, or what has become of steps that are there, and what is known of the run. */
function growTree(tree, { steps, state, length }) {
  const isFirst = tree.bySeq.size === 0;
  for (const step of steps) takeStep(tree, step);
  tree.root.status = state === "interrupted" ? "running" : state;
  tree.root.end = length;
  for (const node of tree.running) {
    node.end = Math.max(length, node.begin);
    if (node.parent.kind === "iteration") updateIteration(node.parent);
  }
  if (isFirst) foldMany(tree.root, steps.length);
}

function takeStep(tree, step) {
  const known = tree.bySeq.get(step.seq);
  if (!known && step.parent && !tree.bySeq.has(step.parent)) {
    tree.waiting.set(step.parent, [...(tree.waiting.get(step.parent) ?? []), step]);
    return;
  }
  const node = known ?? newStep(tree, step);
  const { status, begin, end } = step;
  Object.assign(node, { step, status, begin, end: end ?? begin, searched: null });
  tree.running[status === "running" ? "add" : "delete"](node);
  if (node.parent.kind === "iteration") updateIteration(node.parent);
  const inside = tree.waiting.get(step.seq) ?? [];
  tree.waiting.delete(step.seq);
  for (const child of inside) takeStep(tree, child);
}

function newStep(tree, step) {
  const outer = tree.bySeq.get(step.parent) ?? tree.root;
  const isIterated = outer.kind === "loop" && step.iterations?.length;
  const parent = isIterated ? iterationOf(tree, outer, step) : outer;
  const branch = outer.kind === "parallel" && step.branch ? step.branch.split(".").at(-1) : "";
  const node = newNode({ title: step.name, kind: step.type, branch, order: step.seq });
  adopt(parent, node);
  tree.bySeq.set(step.seq, node);
  return node;
}

/** Adds a node to the children of another one, in order; nearly always it is the last. */
function adopt(parent, node) {
  node.parent = parent;
  node.level = parent.level + 1;
  let at = parent.children.length;
  while (at > 0 && parent.children[at - 1].order > node.order) at--;
  parent.children.splice(at, 0, node);
}

function iterationOf(tree, loop, step) {
  const index = step.iterations.at(-1);
  const key = `${loop.step.seq} ${index}`;
  let iteration = tree.iterations.get(key);
  if (!iteration) {
    const folded = loop.children.length >= MANY_ITERATIONS;
    iteration = newNode({ title: `iteration ${index + 1}`, kind: "iteration", status: "", order: step.seq, folded });
    tree.iterations.set(key, iteration);
    adopt(loop, iteration);
  }
  return iteration;
}

function updateIteration(iteration) {
  const { children } = iteration;
  const statuses = children.map(({ status }) => status);
  iteration.begin = Math.min(...children.map(({ begin }) => begin));
  iteration.end = Math.max(...children.map(({ end }) => end));
  const shown = ["running", ...BAD, "success"].find((status) => statuses.includes(status));
  iteration.status = shown ?? statuses[0];
}

/** Long loops begin folded, and in a long run all of them do; but the way to what failed stays open. */
function foldMany(root, steps) {
  for (const node of everyNode(root)) {
    if (node.kind === "loop") node.folded = node.children.length > MANY_ITERATIONS || steps > MANY_ROWS;
    if (node.kind === "iteration") node.folded = node.parent.children.length > MANY_ITERATIONS;
  }
  const cause = causeOf(root);
  if (cause) reveal(cause);
}

/** The nodes in order, without those inside of one that is not `isOpen`. */
function* everyNode(root, isOpen = () => true) {
  const left = [root];
  while (left.length) {
    const node = left.pop();
    yield node;
    if (!isOpen(node)) continue;
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
