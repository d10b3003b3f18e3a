/** The page of one workflow: its form, its text with the results of a run on the lines, its runs. */

async function showWorkflow(content, path, canRun) {
  const api = `/api/${workflowAddress(path).slice(1)}`;
  const workflow = await getJson(api);
  document.title = `${workflow.name} · duckflux`;
  const summary = element("p", { class: "summary" });
  const text = element("section", { "aria-labelledby": "text-title" });
  const flow = diagramSection((step) => markLine(text, step));
  const history = element("section", { class: "runs", "aria-labelledby": "runs-title" }, element("h2", { id: "runs-title" }, "Runs"));
  const form = canRun ? [runSection(workflow)] : [];
  const columns = element("div", { class: "columns" }, element("div", { class: "texts" }, text, flow.section), element("div", { class: "side" }, ...form, history));
  content.replaceChildren(element("h1", {}, workflow.name), summary, ...errorList(workflow), columns);
  const show = (now) => {
    summary.replaceChildren(now.filePath, " · ", runStrip(now.lastRuns), ` ${statisticsText(now.statistics)}`);
    text.replaceChildren(...textSection(now));
    flow.show(now.diagram);
  };
  show(workflow);
  const reload = showHistory(history, workflow.filePath);
  const refresh = async () => {
    show(await getJson(api));
    reload();
  };
  followRuns(refresh, ALL_CHANGES, ({ filePath }) => filePath === workflow.filePath);
}

function errorList({ errors }) {
  if (!errors.length) return [];
  return [element("ul", { class: "problem", "aria-label": "Errors" }, ...errors.map((error) => element("li", {}, error)))];
}

function statisticsText({ runs, statuses, medianDuration }) {
  const median = medianDuration === null ? [] : [`median ${durationText(medianDuration)}`];
  const counts = STATES.filter((state) => statuses[state]).map((state) => `${statuses[state]} ${state}`);
  return [runs === 1 ? "1 run" : `${runs.toLocaleString("en")} runs`, ...counts, ...median].join(" · ");
}

function runSection(workflow) {
  const { elements, values } = valuesForm(workflow.inputs);
  const problem = element("p", { class: "problem", role: "alert" });
  const submit = element("button", { type: "submit", class: "main" }, "▶ Run");
  submit.disabled = workflow.errors.length > 0;
  const form = element("form", { class: "inputs" }, ...elements, problem, submit);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(submit, problem, () => startRun(workflow.filePath, values()));
  });
  return element("section", { "aria-labelledby": "form-title" }, element("h2", { id: "form-title" }, "Run"), form);
}

/** The text; the results are those of the last run. */
function textSection({ lines, executionId, isSameText }) {
  const of = executionId ? element("a", { href: runAddress(executionId) }, "the last run") : null;
  const note = isSameText === false ? ", of an earlier text" : "";
  const title = element("h2", { id: "text-title" }, "Workflow", ...(of ? [element("small", {}, " with the results of ", of, note)] : []));
  const shown = lines.map(({ pieces, step, label, status }) => {
    const words = pieces.map(([text, type]) => (type ? element("span", { class: `token-${type}` }, text) : text));
    const result = label ? [element("span", { class: `result ${status}` }, label)] : [];
    return element("span", { class: "line", ...(step ? { "data-step": step } : {}) }, ...words, ...result, "\n");
  });
  return [title, element("pre", { class: "text", tabindex: "0", "aria-labelledby": "text-title" }, ...shown)];
}

/** Shows the line of a step. */
function markLine(text, step) {
  text.querySelector(".line.current")?.classList.remove("current");
  const line = [...text.querySelectorAll(".line[data-step]")].find(({ dataset }) => dataset.step === step);
  line?.classList.add("current");
  line?.scrollIntoView({ block: "nearest" });
}
