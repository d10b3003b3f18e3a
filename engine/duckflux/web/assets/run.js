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

function compareBox() {
  const box = element("select", { "aria-label": "Compare with another run" }, element("option", { value: "" }, "Compare with…"));
  const fill = async () => {
    if (box.options.length > 1) return;
    const path = data.execution.workflowPath ?? data.execution.workflowId ?? "";
    const runs = await getJson(`/api/executions?limit=50&workflowId=${encodeURIComponent(path)}`);
    for (const { id, state, startedAt } of runs) if (id !== runId) box.append(element("option", { value: id }, `${state}, ${localTime(startedAt)}`));
  };
  for (const name of ["focus", "pointerdown"]) box.addEventListener(name, () => fill().catch((error) => setText(runProblem, error.message)));
  box.addEventListener("change", () => box.value && location.assign(`/compare?a=${encodeURIComponent(box.value)}&b=${encodeURIComponent(runId)}`));
  return box;
}

const DOWNLOADS = { trace: "The trace file", html: "A page", markdown: "A table in Markdown", chrome: "For Perfetto", otlp: "For OpenTelemetry" };

function downloadBox() {
  const box = element("select", { "aria-label": "Download the run" }, element("option", { value: "" }, "Download…"));
  for (const [format, text] of Object.entries(DOWNLOADS)) box.append(element("option", { value: format }, text));
  box.addEventListener("change", () => {
    if (box.value) location.assign(`${runApi(runId, "/download")}?format=${box.value}`);
    box.value = "";
  });
  return box;
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
  const tools = given.canRun
    ? [
        stateButton((state) => state === "running", () => postJson(runApi(runId, "/cancel")), "Cancel"),
        stateButton((state) => ended(state) && Boolean(given.workflowFile), () => resumeRun({}), "Resume"),
      ]
    : [];
  const update = () => tools.forEach((tool) => tool.update());
  const flow = diagramTool();
  find("theme").before(...tools.map(({ pressed }) => pressed), ...(flow ? [flow] : []), compareBox(), downloadBox());
  top.after(runProblem);
  update();
  new MutationObserver(update).observe(find("state"), { childList: true, characterData: true, subtree: true });
}

askHost = askServer;
nodeButtons.push(answerButton, runFromHereButton);
addRunTools();
