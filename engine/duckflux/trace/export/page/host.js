/** The editor that shows the page, if one does: it has colours of its own, and the lines that ran. */

const host = typeof acquireVsCodeApi === "function" ? acquireVsCodeApi() : null;

function showInEditor(node) {
  if (!host || !node.step?.path) return;
  host.postMessage({ workflow: node.step.workflow ?? data.execution.workflowPath, step: node.step.path });
}

function followHost() {
  if (!host) return;
  find("theme").hidden = true;
  const follow = () => {
    document.documentElement.dataset.theme = /vscode-(high-contrast-)?light/.test(document.body.className) ? "light" : "dark";
  };
  new MutationObserver(follow).observe(document.body, { attributeFilter: ["class"] });
  follow();
}
