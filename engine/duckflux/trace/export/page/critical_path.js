/** The critical path: the steps that a run would be shorter without. Knows nothing of the page. */

/**
 * Marks the nodes on the path, from the end back: of what ran at a time the one that ended last, then what had ended
 * when it began. Of a `parallel` it is one branch.
 */
function markCriticalPath(root) {
  for (const node of everyNode(root)) node.isCritical = false;
  const left = [root];
  while (left.length) {
    const node = left.pop();
    node.isCritical = true;
    left.push(...criticalChildren(node));
  }
}

function criticalChildren({ kind, children }) {
  const ran = children.filter(({ status }) => status !== "skipped");
  ran.sort((one, other) => other.end - one.end || other.order - one.order);
  if (kind === "parallel") return ran.slice(0, 1);
  let begin = Infinity;
  return ran.filter((child) => {
    const isNext = child.end <= begin;
    if (isNext) begin = child.begin;
    return isNext;
  });
}
