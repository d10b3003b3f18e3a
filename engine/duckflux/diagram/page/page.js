/** The page of an editor: it sends `svg`, `results` and the cursor's `step`, and is told the step that is chosen. */

const host = acquireVsCodeApi();
const find = (id) => document.getElementById(id);
const diagram = new FlowDiagram(find("diagram"), { onChoose: (step) => host.postMessage({ step }) });

find("closer").addEventListener("click", () => diagram.zoomBy(1.25));
find("farther").addEventListener("click", () => diagram.zoomBy(0.8));
find("natural").addEventListener("click", () => diagram.zoom(1));
find("fit").addEventListener("click", () => diagram.fit());

window.addEventListener("message", ({ data }) => {
  if ("svg" in data) diagram.draw(data.svg);
  if ("results" in data) diagram.showResults(data.results);
  if ("step" in data) diagram.mark(data.step);
});

function followTheme() {
  const { className } = document.body;
  const { dataset } = document.documentElement;
  dataset.theme = /vscode-(high-contrast-)?light/.test(className) ? "light" : "dark";
  dataset.contrast = className.includes("vscode-high-contrast") ? "more" : "";
}

new MutationObserver(followTheme).observe(document.body, { attributeFilter: ["class"] });
followTheme();
host.postMessage({ ready: true });
