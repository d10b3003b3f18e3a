/** Links: to a step, as the fragment of the page's address, and to the page of the run before. */

const STEP_LINK = /^#step-(\d+)$/;

/** An editor's pages have no address. */
function linkButton(node) {
  if (host || !node.step) return [];
  const copy = () => navigator.clipboard?.writeText(addressOf(node));
  return [button({ title: "Copy a link to this step" }, copy, "Copy link")];
}

function addressOf(node) {
  return `${location.href.split("#")[0]}${node.step ? `#step-${node.step.seq}` : ""}`;
}

/** The address is that of the selected step, without a new entry in the history for each. */
function tellLink(node) {
  if (!host) history.replaceState(null, "", addressOf(node));
}

function linkedNode() {
  const match = STEP_LINK.exec(location.hash);
  return match ? state.tree.bySeq.get(Number(match[1])) : undefined;
}

function followLinks() {
  window.addEventListener("hashchange", () => {
    const node = linkedNode();
    if (node) revealAndSelect(node);
  });
}

/** The run that was resumed: in an editor its trace, elsewhere its page, if it is known. */
function earlierRun(id, earlier) {
  if (!earlier) return id;
  if (!host) return element("a", { href: earlier }, id);
  return button({ title: "Show this run" }, () => host.postMessage({ show: "trace", tracePath: earlier }), id);
}
