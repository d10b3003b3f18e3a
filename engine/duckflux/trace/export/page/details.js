/** The pane with all that is known of one node. */

/** Shows a node in the pane; gives the function that shows what has changed since, and leaves the rest alone. */
function showDetails(pane, node, data) {
  const recordOf = () => node.step ?? (node.kind === "run" ? data.execution : {});
  const parts = [() => heading(node), () => problems(recordOf()), () => facts(node, recordOf(), data), () => values(recordOf())];
  const made = (make, index) => element("section", index === 0 ? { class: "heading" } : {}, ...make());
  const sections = parts.map(made);
  const printed = printedBlock(data.begin, () => data.printed.get(node.step?.seq));
  printed.update();
  pane.replaceChildren(...sections.slice(0, 3), printed.block, sections[3]);
  pane.scrollTop = 0;
  return () => {
    const { scrollTop } = pane;
    parts.forEach((make, index) => {
      const now = made(make, index);
      if (!sections[index].isEqualNode(now)) sections[index].replaceChildren(...now.childNodes);
    });
    printed.update();
    pane.scrollTop = scrollTop;
  };
}

/** Each makes the buttons for a node; a server's page adds its own. */
const nodeButtons = [linkButton];

function heading(node) {
  return [element("h2", {}, node.title), ...nodeButtons.flatMap((make) => make(node))];
}

function facts(node, record, data) {
  const list = element("dl");
  const add = (name, value, attributes = {}) => {
    if (value === undefined || value === null || value === "") return;
    list.append(element("dt", {}, name), element("dd", attributes, value instanceof Node ? value : String(value)));
  };
  const status = node.kind === "run" ? data.state : node.status;
  const reason = record.reason ? `${status} (${record.reason})` : status;
  const lasted = node.end - node.begin;
  add("status", reason, { class: `status ${status}` });
  add("type", node.kind);
  const started = record.startedAt ?? new Date(data.begin + node.begin).toISOString();
  add("started", localTime(started), { title: started });
  add("from start", durationText(node.begin));
  add("duration", durationText(node.step && node.status !== "running" ? record.duration : lasted));
  add("of the run", node.isCritical && data.length ? `${Math.round((100 * lasted) / data.length)}%, on the critical path` : "");
  add("retries", record.retries);
  add("waits for", record.awaits);
  add("condition", record.lastValues);
  add("answered", answerText(record), { title: record.answeredAt ?? "" });
  add("exit code", record.exitCode);
  addUsage(add, node, record, data);
  add("step number", record.seq);
  add("iteration", record.iterations?.map((index) => index + 1).join(" › "));
  add("branch", record.branch);
  add("in the file", record.path);
  add("workflow", record.workflow ?? record.workflowPath);
  add("version", record.workflowVersion);
  add("resumed from", record.resumedFrom && earlierRun(record.resumedFrom, data.earlier));
  add("children", node.children.length || null);
  add("recorded", [record.truncated && "shortened", record.masked && "secrets masked"].filter(Boolean).join(", "));
  return [list];
}

function addUsage(add, node, record, data) {
  const usage = node.kind === "run" ? data.usage : record.usage;
  if (!usage) return;
  const number = (value) => value?.toLocaleString("en");
  add("tokens read", number(usage.input));
  add("tokens written", number(usage.output));
  add("tokens", number(usage.total));
  add("cost", typeof usage.cost === "number" ? `$${usage.cost.toFixed(4)}` : "");
}

const MEANS = { editor: "in the editor", cli: "in a terminal", web: "on the web page", hub: "through the hub" };

function answerText({ answeredBy, answeredAt }) {
  return answeredBy && `${MEANS[answeredBy] ?? answeredBy}, ${localTime(answeredAt)}`;
}

/** What went wrong. */
function problems(record) {
  const attempts = (record.attempts ?? []).flatMap(attemptBlock);
  return [...block("error", record.error, true), ...block("stderr", record.stderr), ...attempts];
}

function values(record) {
  return [...block("input", record.input ?? record.inputs), ...block("output", record.output)];
}

function attemptBlock({ attempt, error, duration }) {
  return block(`attempt ${attempt}, ${durationText(duration)}`, error, true);
}

function block(title, text, isBad = false) {
  if (text === undefined || text === null) return [];
  const copy = button({ "aria-label": `Copy ${title}` }, () => navigator.clipboard?.writeText(text), "Copy");
  const shown = text === "" ? "(empty)" : text;
  return [element("h3", {}, title, copy), element("pre", { class: isBad ? "bad" : "" }, shown)];
}
