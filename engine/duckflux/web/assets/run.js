/** What the page of a run can do where a server shows it: follow, answer, cancel, resume, compare, download. */

const { id: runId } = data.execution;

function askServer(known) {
  const post = () => postJson(runApi(runId, "/news"), known).then(takeAnswer, () => takeAnswer(null));
  // Nobody looks: nothing is asked.
  if (document.hidden) document.addEventListener("visibilitychange", post, { once: true });
  else post();
}

function answerButton(node) {
  if (!given.canRun || node.status !== "running" || !node.step?.awaits) return [];
  const { seq, awaits } = node.step;
  const press = () => attempt(pressed, runProblem, () => askAnswer(seq, awaits));
  const pressed = button({ class: "main" }, press, `Answer ${awaits}…`);
  return [pressed];
}

async function askAnswer(seq, event) {
  const form = await getJson(`${runApi(runId, "/answer")}?step=${seq}`);
  const hasFields = Object.keys(form.fields).length > 0;
  const schemas = hasFields ? form.fields : { payload: form.whole };
  askValues(`Answer ${event}`, schemas, "Send", (values) =>
    postJson(runApi(runId, "/answer"), hasFields ? { step: seq, fields: values } : { step: seq, payload: values.payload ?? null }),
  );
}

function runFromHereButton(node) {
  if (!given.canRun || !node.step?.path || node.step.workflow || data.state === "running") return [];
  const press = () => attempt(pressed, runProblem, () => resumeRun({ from: node.step.seq }));
  const pressed = button({ title: "Run again from this step; those before it are reused" }, press, "Run from here");
  return [pressed];
}

async function resumeRun(body) {
  const { id } = await postJson(runApi(runId, "/resume"), body);
  location.assign(runAddress(id));
}

const runProblem = element("p", { class: "problem", role: "alert" });

/** A button with something to do for a run in some states only. */
function stateButton(isFor, action, text) {
  const pressed = button({}, () => attempt(pressed, runProblem, action), text);
  const update = () => {
    pressed.hidden = !isFor(data.state);
  };
  return { pressed, update };
}

/** Shows links in a dialog, [address, text] each. */
function showLinks(title, links) {
  const close = button({}, () => dialog.close(), "Close");
  const items = links.map(([href, ...text]) => element("li", {}, element("a", { href }, ...text)));
  const list = items.length ? element("ul", {}, ...items) : element("p", {}, "There is nothing.");
  const dialog = element("dialog", { "aria-label": title }, element("h2", {}, title), list, element("p", { class: "actions" }, close));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

const MOST_COMPARED = 50;

async function chooseComparison() {
  const workflow = data.execution.workflowPath ?? data.execution.workflowId ?? "";
  const runs = await getJson(`/api/executions?limit=${MOST_COMPARED}&workflowId=${encodeURIComponent(workflow)}`);
  const others = runs.filter(({ id }) => id !== runId);
  const address = (id) => `/compare?a=${encodeURIComponent(id)}&b=${encodeURIComponent(runId)}`;
  showLinks("Compare with another run", others.map(({ id, state, startedAt }) => [address(id), `${localTime(startedAt)}, ${state}`]));
}

const DOWNLOADS = { trace: "The trace file", html: "A page", markdown: "A table in Markdown", chrome: "For Perfetto", otlp: "For OpenTelemetry" };

function chooseDownload() {
  const address = (format) => `${runApi(runId, "/download")}?format=${format}`;
  showLinks("Download the run", Object.entries(DOWNLOADS).map(([format, text]) => [address(format), text]));
}

const DIAGRAM_PAUSE = 1000;

/** The flow of the workflow over the steps, colored as the run goes on; null where the workflow is not known. */
function diagramTool() {
  if (!given.workflowFile) return null;
  const choose = (step) => {
    const node = [...everyNode(state.tree.root)].findLast((each) => each.step?.path === step && !each.step.workflow);
    if (node) revealAndSelect(node);
  };
  const { section, show } = diagramSection(choose);
  section.id = "flow";
  section.hidden = true;
  document.querySelector("main").before(section);
  const update = async () => {
    const wasRunning = data.state === "running";
    show(await getJson(runApi(runId, "/diagram")));
    section.hidden = !isShown();
    if (wasRunning && isShown()) setTimeout(() => update().catch(() => {}), DIAGRAM_PAUSE);
  };
  const isShown = () => pressed.getAttribute("aria-pressed") === "true";
  const toggle = () => {
    setAttribute(pressed, "aria-pressed", !isShown());
    section.hidden = !isShown();
    return isShown() ? update() : null;
  };
  const pressed = button({ class: "switch", "aria-pressed": "false" }, () => attempt(pressed, runProblem, toggle), "Flow");
  return pressed;
}

function addRunTools() {
  const top = document.querySelector("header");
  const links = element("nav", { "aria-label": "Pages" }, element("a", { href: "/" }, "Workflows"), element("a", { href: "/runs" }, "Runs"));
  if (given.workflowFile) links.append(element("a", { href: workflowAddress(given.workflowFile) }, given.workflowFile));
  top.prepend(links);
  const ended = (state) => !["running", "success"].includes(state);
  const always = () => true;
  const tools = [
    stateButton((state) => given.canRun && state === "running", () => postJson(runApi(runId, "/cancel")), "Cancel"),
    stateButton((state) => given.canRun && ended(state) && Boolean(given.workflowFile), () => resumeRun({}), "Resume"),
    stateButton(always, chooseComparison, "Compare…"),
    stateButton(always, async () => chooseDownload(), "Download…"),
  ];
  const update = () => tools.forEach((tool) => tool.update());
  const flow = diagramTool();
  find("theme").before(...tools.map(({ pressed }) => pressed), ...(flow ? [flow] : []));
  top.after(runProblem);
  if (given.isDurable) top.after(storeStatus());
  update();
  new MutationObserver(update).observe(find("state"), { childList: true, characterData: true, subtree: true });
}

askHost = askServer;
nodeButtons.push(answerButton, runFromHereButton);
addRunTools();
