/** The pane with all that is known of one node. Texts become text nodes, never markup. */

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function showDetails(pane, node, data) {
  const record = node.step ?? (node.kind === "run" ? data.execution : {});
  pane.replaceChildren(
    element("h2", {}, node.title),
    ...problems(record),
    facts(node, record, data),
    ...printedBlock(node, data),
    ...values(record),
  );
  pane.scrollTop = 0;
}

function facts(node, record, data) {
  const list = element("dl");
  const add = (name, value, attributes = {}) => {
    if (value === undefined || value === null || value === "") return;
    list.append(element("dt", {}, name), element("dd", attributes, String(value)));
  };
  const status = node.kind === "run" ? data.state : node.status;
  const reason = record.reason ? `${status} (${record.reason})` : status;
  add("status", reason, { class: `status ${status}` });
  add("type", node.kind);
  const started = record.startedAt ?? new Date(data.begin + node.begin).toISOString();
  add("started", localTime(started), { title: started });
  add("from start", durationText(node.begin));
  add("duration", durationText(node.step && node.status !== "running" ? record.duration : node.end - node.begin));
  add("retries", record.retries);
  add("waits for", record.awaits);
  add("condition", record.lastValues);
  add("answered", answerText(record), { title: record.answeredAt ?? "" });
  add("exit code", record.exitCode);
  add("step number", record.seq);
  add("iteration", record.iterations?.map((index) => index + 1).join(" › "));
  add("branch", record.branch);
  add("in the file", record.path);
  add("workflow", record.workflow ?? record.workflowPath);
  add("version", record.workflowVersion);
  add("resumed from", record.resumedFrom);
  add("children", node.children.length || null);
  add("recorded", [record.truncated && "shortened", record.masked && "secrets masked"].filter(Boolean).join(", "));
  return list;
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
  const copy = element("button", { type: "button", "aria-label": `Copy ${title}` }, "Copy");
  copy.addEventListener("click", () => navigator.clipboard?.writeText(text));
  const shown = text === "" ? "(empty)" : text;
  return [element("h3", {}, title, copy), element("pre", { class: isBad ? "bad" : "" }, shown)];
}
