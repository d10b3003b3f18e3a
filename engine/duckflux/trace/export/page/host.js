/** The editor that shows the page, if one does: it has colours of its own, and the lines that ran. */

function showInEditor(node) {
  if (!host || !node.step?.path) return;
  host.postMessage({ workflow: node.step.workflow ?? data.execution.workflowPath, step: node.step.path });
}

function followHost() {
  if (!host) return;
  find("theme").hidden = true;
  const follow = () => {
    const { className } = document.body;
    const { dataset } = document.documentElement;
    dataset.theme = /vscode-(high-contrast-)?light/.test(className) ? "light" : "dark";
    dataset.contrast = className.includes("vscode-high-contrast") ? "more" : "";
    drawWholeRun();
  };
  new MutationObserver(follow).observe(document.body, { attributeFilter: ["class"] });
  follow();
  window.addEventListener("message", ({ data: message }) => {
    if ("isNewest" in message) showWhetherNewest(message.isNewest);
    if ("news" in message) takeAnswer(message.news);
  });
}

/** Says that there is a newer run, which the editor can show. */
function showWhetherNewest(isNewest) {
  const notice = find("newer");
  notice.hidden = isNewest;
  if (!host || isNewest || notice.querySelector("button")) return;
  notice.append(" ", button({}, () => host.postMessage({ show: "newest" }), "Show the newest run"));
}

/** Outside of an editor, the browser says how much contrast a person wants. */
function followContrast() {
  if (!host && matchMedia("(prefers-contrast: more)").matches) document.documentElement.dataset.contrast = "more";
}
