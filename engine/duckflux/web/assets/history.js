/** The runs: a list with a filter, and what shows a run elsewhere. */

const STATES = ["running", "success", "failure", "cancelled", "interrupted"];
const STATE_SYMBOLS = { running: "⟳", success: "✓", failure: "✗", cancelled: "⊘", interrupted: "!" };

function stateBadge(state) {
  return element("span", { class: `state ${state}` }, element("span", { "aria-hidden": "true" }, STATE_SYMBOLS[state] ?? "?"), ` ${state}`);
}

function lastedText({ state, startedAt, duration }) {
  if (state === "interrupted") return "";
  return durationText(state === "running" ? Math.max(Date.now() - new Date(startedAt), 0) : duration);
}

/** Shows the runs of a workflow, or all of them, in `parent`; gives the function that looks for new ones. */
function showHistory(parent, workflow = null) {
  const text = element("input", { type: "search", placeholder: "Name, id or error", "aria-label": "Filter runs by words" });
  const states = element("select", { "aria-label": "Filter runs by status" }, element("option", { value: "" }, "Every status"));
  states.append(...STATES.map((state) => element("option", { value: state }, state)));
  const since = element("input", { type: "date", "aria-label": "Runs since" });
  const until = element("input", { type: "date", "aria-label": "Runs until" });
  const count = element("span", { role: "status", class: "count" });
  const pane = element("div", { class: "list", role: "list", tabindex: "0", "aria-label": "Runs, the newest first" });
  const dates = element("span", { class: "dates" }, "from", since, "to", until);
  parent.append(element("div", { class: "filters", role: "search" }, text, states, dates, element("span", { class: "space" }), count), pane);

  function query(offset, limit) {
    const day = (box, plus) => (box.value ? new Date(new Date(`${box.value}T00:00`).valueOf() + plus).toISOString() : "");
    const wanted = { workflowId: workflow ?? "", text: text.value, status: states.value, since: day(since, 0), until: day(until, UNITS.d) };
    const given = Object.entries(wanted).filter(([, value]) => value);
    return new URLSearchParams([...given, ["offset", offset], ["limit", limit]]);
  }

  const rows = virtualRows(pane, {
    fetchPart: async (offset, limit) => {
      const response = await ask(`/api/executions?${query(offset, limit)}`);
      return { rows: await response.json(), total: Number(response.headers.get("X-Total-Count")) };
    },
    makeRow: (run) => historyRow(run, workflow === null),
    onTotal: (total) => setText(count, total === 1 ? "1 run" : `${total.toLocaleString("en")} runs`),
    onProblem: (problem) => setText(count, problem),
  });
  let typing = null;
  text.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(rows.restart, 150);
  });
  for (const box of [states, since, until]) box.addEventListener("change", rows.restart);
  rows.reload();
  return rows.reload;
}

function historyRow(run, withName) {
  const name = withName ? [element("span", { class: "run-name" }, run.workflowName)] : [];
  const time = element("time", { datetime: run.startedAt }, localTime(run.startedAt));
  const error = element("span", { class: "run-error", title: run.error ?? "" }, run.state === "failure" ? run.error ?? "" : "");
  return [
    element(
      "a",
      { href: runAddress(run.id) },
      stateBadge(run.state),
      ...name,
      time,
      element("span", { class: "lasted" }, lastedText(run)),
      error,
    ),
  ];
}

/** The last runs as a strip of bars, the newest at the right: as high as they were long. */
function runStrip(runs) {
  const longest = Math.max(1, ...runs.map(({ duration }) => duration));
  const bars = runs.toReversed().map((run) => {
    const text = `${run.state}, ${localTime(run.startedAt)}, ${lastedText(run)}`;
    const bar = element("a", { href: runAddress(run.id), class: `strip-bar ${run.state}`, title: text, "aria-label": text });
    bar.style.setProperty("--share", Math.max(run.duration / longest, 0.25));
    return bar;
  });
  return element("span", { class: "strip", role: "group", "aria-label": "Last runs" }, ...bars);
}
