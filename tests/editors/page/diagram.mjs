// Uses the page of a flow diagram as an editor and a person do, and prints what was seen, as JSON.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const [executablePath, page, small, large, results, mermaids, pictures] = process.argv.slice(2);
const library = (name) => fileURLToPath(import.meta.resolve(name));

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
const seen = { errors: [] };
try {
  seen.light = await look(await open("vscode-light"), "light");
  seen.dark = await look(await open("vscode-dark"), "dark");
  seen.keyboard = await useKeyboard(await open("vscode-light"));
  seen.large = await drawLarge(await open("vscode-light"));
  seen.mermaid = await drawMermaid();
  console.log(JSON.stringify(seen));
} finally {
  await browser.close();
}

/** The page in an editor, which sends the small diagram. */
async function open(theme) {
  const context = await browser.newContext({ viewport: { width: 900, height: 900 }, bypassCSP: false });
  const shown = await context.newPage();
  shown.on("console", (message) => seen.errors.push(message.text()));
  shown.on("pageerror", (error) => seen.errors.push(error.message));
  await shown.addInitScript((name) => {
    window.said = [];
    window.acquireVsCodeApi = () => ({ postMessage: (message) => window.said.push(message) });
    addEventListener("DOMContentLoaded", () => document.body.classList.add(name));
  }, theme);
  await shown.goto(`file://${page}`);
  await shown.waitForFunction(() => window.said.some((message) => message.ready));
  await send(shown, { svg: readFileSync(small, "utf-8"), results: JSON.parse(readFileSync(results, "utf-8")) });
  await shown.locator(".step").first().waitFor();
  return shown;
}

function send(shown, message) {
  return shown.evaluate((given) => window.dispatchEvent(new MessageEvent("message", { data: given })), message);
}

async function look(shown, theme) {
  await send(shown, { step: "/flow/1" });
  await shown.screenshot({ path: join(pictures, `diagram-${theme}.png`), fullPage: true });
  // Evaluated, for the page's policy lets no script element in.
  await shown.evaluate(readFileSync(library("axe-core"), "utf-8"));
  // Texts are shortened and have their parts in columns, so that names hold more than is to be seen.
  const rules = { "label-content-name-mismatch": { enabled: false } };
  const { violations } = await shown.evaluate((given) => window.axe.run({ rules: given }), rules);
  return {
    violations: violations.map(({ id, impact, nodes }) => `${id} (${impact}): ${nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`),
    labels: await shown.locator(".step").evaluateAll((steps) => steps.map((step) => step.getAttribute("aria-label"))),
    current: await shown.locator(".step.current").getAttribute("data-step"),
    back: await shown.locator(".shape").first().evaluate((shape) => getComputedStyle(shape).fill),
  };
}

async function useKeyboard(shown) {
  const focused = () => shown.evaluate(() => document.activeElement.dataset.step ?? document.activeElement.id);
  await shown.locator("#fit").focus();
  const order = [];
  await shown.keyboard.press("Tab");
  order.push(await focused());
  for (const key of ["ArrowDown", "ArrowDown", "End", "ArrowUp", "Home", "ArrowUp"]) {
    await shown.keyboard.press(key);
    order.push(await focused());
  }
  await shown.keyboard.press("Enter");
  const chosen = await shown.evaluate(() => window.said.filter((message) => message.step));
  await send(shown, { results: {} });
  const left = await shown.locator(".success, .failure, .running, .skipped").count();
  return { order, chosen, left };
}

/** The milliseconds until 2,000 steps are drawn, coloured and marked. */
async function drawLarge(shown) {
  const svg = readFileSync(large, "utf-8");
  const colored = Object.fromEntries([...Array(2_000).keys()].map((at) => [`/flow/${at}`, { status: "success", label: "✓ 1ms" }]));
  return shown.evaluate(
    async ([given, found]) => {
      const tell = async (data) => {
        const begin = performance.now();
        window.dispatchEvent(new MessageEvent("message", { data }));
        await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
        return performance.now() - begin;
      };
      const times = [await tell({ svg: given }), await tell({ results: found }), await tell({ step: "/flow/1999" })];
      return { times, colored: document.querySelectorAll(".step.success").length, current: document.querySelectorAll(".current").length };
    },
    [svg, colored],
  );
}

/** From each flowchart to the texts that Mermaid draws. */
async function drawMermaid() {
  const shown = await browser.newPage();
  await shown.setContent("<main></main>");
  await shown.addScriptTag({ path: join(library("mermaid"), "..", "mermaid.min.js") });
  const drawn = {};
  for (const file of mermaids.split(",")) {
    drawn[file.split("/").at(-1)] = await shown.evaluate(async (text) => {
      window.mermaid.initialize({ startOnLoad: false, securityLevel: "strict" });
      const { svg } = await window.mermaid.render("flow", text);
      document.querySelector("main").innerHTML = svg;
      return [...document.querySelectorAll(".nodeLabel")].map((label) => label.innerText.replaceAll("\n", " | "));
    }, readFileSync(file, "utf-8"));
  }
  return drawn;
}
