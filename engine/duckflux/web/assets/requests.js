/** Asks the server, and follows what it says of runs. */

async function ask(path, options = {}) {
  const response = await fetch(path, options).catch(() => {
    throw new Error("The server does not answer: it may have ended.");
  });
  if (response.ok) return response;
  const { error } = await response.json().catch(() => ({ error: `${response.status} ${response.statusText}` }));
  throw new Error(error);
}

async function getJson(path) {
  return (await ask(path)).json();
}

async function postJson(path, body = {}) {
  const headers = { "Content-Type": "application/json" };
  return (await ask(path, { method: "POST", headers, body: JSON.stringify(body) })).json();
}

/** The address of a run, or of what the API has of it. */
function runAddress(id, part = "") {
  return `/runs/${encodeURIComponent(id)}${part}`;
}

function runApi(id, part = "") {
  return `/api/executions/${encodeURIComponent(id)}${part}`;
}

/** A path has slashes, which stay. */
function workflowAddress(path) {
  return `/workflows/${encodeURI(path).replace(/[?#]/g, encodeURIComponent)}`;
}

const QUIET_MILLISECONDS = 300;
const STARTS_AND_ENDS = ["trace:new", "execution:finished"];
const ALL_CHANGES = [...STARTS_AND_ENDS, "trace:updated"];

/** Calls `onChange` after runs that `isMeant` have changed: soon, but not for each of many changes. */
function followRuns(onChange, changes = STARTS_AND_ENDS, isMeant = () => true) {
  let waiting = null;
  const soon = () => {
    waiting ??= setTimeout(() => {
      waiting = null;
      onChange();
    }, QUIET_MILLISECONDS);
  };
  const source = new EventSource("/api/events");
  for (const name of changes) source.addEventListener(name, ({ data }) => isMeant(JSON.parse(data)) && soon());
  source.addEventListener("resync", soon);
}

/** Does what a button is for; the button waits meanwhile, and what goes wrong is said beside it. */
async function attempt(pressed, problem, action) {
  pressed.disabled = true;
  setText(problem, "");
  try {
    await action();
  } catch (error) {
    setText(problem, error.message);
  } finally {
    pressed.disabled = false;
  }
}
