/** Elements, whose texts are text nodes, never markup. */

/** The editor that shows the page; null in a browser. */
const host = typeof acquireVsCodeApi === "function" ? acquireVsCodeApi() : null;

const find = (id) => document.getElementById(id);

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function button(attributes, onClick, ...children) {
  const made = element("button", { type: "button", ...attributes }, ...children);
  made.addEventListener("click", onClick);
  return made;
}

function setText(shown, text) {
  if (shown.textContent !== text) shown.textContent = text;
}

function setAttribute(shown, name, value) {
  if (shown.getAttribute(name) !== String(value)) shown.setAttribute(name, value);
}
