/** The page with all workflows. */

async function showWorkflows(content, canRun) {
  const problem = element("p", { class: "problem", role: "alert" });
  const body = element("tbody");
  const heads = ["Workflow", "Last runs", "Last", "Median", canRun ? "Run" : ""].filter(Boolean);
  const head = element("thead", {}, element("tr", {}, ...heads.map((text) => element("th", { scope: "col" }, text))));
  content.replaceChildren(element("h1", {}, "Workflows"), problem, element("table", { class: "workflows" }, head, body));
  const refresh = async () => {
    const workflows = await getJson("/api/workflows");
    body.replaceChildren(...workflows.map((workflow) => workflowRow(workflow, canRun, problem)));
    if (!workflows.length) body.append(element("tr", {}, element("td", { colspan: heads.length }, "There are no workflows (*.duck.yaml) in this folder.")));
  };
  await refresh();
  followRuns(refresh);
}

function workflowRow(workflow, canRun, problem) {
  const link = element("a", { href: workflowAddress(workflow.filePath) }, workflow.name);
  const file = element("small", {}, workflow.filePath);
  const last = workflow.lastRuns[0];
  const cells = [
    element("td", {}, link, file, ...(workflow.errors.length ? [element("small", { class: "bad" }, workflow.errors[0])] : [])),
    element("td", {}, runStrip(workflow.lastRuns)),
    element("td", {}, ...(last ? [stateBadge(last.state), element("small", {}, localTime(last.startedAt))] : ["never"])),
    element("td", {}, medianText(workflow)),
  ];
  if (canRun) cells.push(element("td", {}, runButton(workflow, problem)));
  return element("tr", {}, ...cells);
}

function medianText({ statistics }) {
  return statistics.medianDuration === null ? "" : durationText(statistics.medianDuration);
}

/** Runs a workflow; asks for its inputs first, if it has any. */
function runButton(workflow, problem) {
  const { filePath, name, inputs, errors } = workflow;
  const run = (values) => startRun(filePath, values);
  const press = () =>
    Object.keys(inputs).length ? askValues(`Run ${name}`, inputs, "Run", run) : attempt(pressed, problem, () => run({}));
  const pressed = button({ class: "run", "aria-label": `Run ${name}`, title: `Run ${name}` }, press, "▶");
  pressed.disabled = errors.length > 0;
  return pressed;
}

async function startRun(filePath, inputs) {
  const { id } = await postJson("/api/execute", { filePath, inputs });
  location.assign(runAddress(id));
}
