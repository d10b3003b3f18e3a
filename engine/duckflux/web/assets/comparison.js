/** The page that compares two runs, step by step. */

async function showComparison(content, query) {
  const { before, after, steps } = await getJson(`${runApi(query.get("b"), "/compare")}?with=${encodeURIComponent(query.get("a"))}`);
  const runHead = (run) => element("th", { scope: "col" }, element("a", { href: runAddress(run.id) }, localTime(run.startedAt)), " ", stateBadge(run.state));
  const head = element("tr", {}, element("th", { scope: "col" }, "Step"), runHead(before), runHead(after), element("th", { scope: "col" }, "Change"));
  const whole = { name: "The run", before, after, change: after.duration - before.duration, percent: null, isWorse: after.state !== "success" && before.state === "success" };
  const rows = [whole, ...steps].map(comparisonRow);
  const table = element("table", { class: "comparison" }, element("thead", {}, head), element("tbody", {}, ...rows));
  content.replaceChildren(element("h1", {}, `Two runs of ${after.workflowName}`), table);
}

function comparisonRow({ name, before, after, change, percent, isWorse }) {
  const side = (run) => {
    if (!run) return element("td", {}, "did not run");
    const times = run.executions > 1 ? ` ×${run.executions}` : "";
    const state = run.state ?? run.status;
    return element("td", {}, stateBadge(state), ` ${durationText(run.duration)}${times}`);
  };
  const sign = change > 0 ? "+" : change < 0 ? "−" : "±";
  const share = percent === null || percent === undefined ? "" : ` (${sign}${Math.abs(Math.round(percent))}%)`;
  const changed = before && after ? `${sign}${durationText(Math.abs(change))}${share}` : "";
  return element("tr", isWorse ? { class: "bad" } : {}, element("th", { scope: "row" }, name), side(before), side(after), element("td", {}, changed));
}
