// Uses the pages of `duckflux server` as a person does and prints what was seen, as JSON.
import { join } from "node:path";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";
import { titleOf } from "./browser.mjs";

const [executablePath, address, many, pictures] = process.argv.slice(2);
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf-8");
const WIDE = { width: 1200, height: 700 };
const PHONE = { width: 360, height: 740 };
const { origin } = new URL(address);

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"] });
const seen = { errors: [], requests: new Set(), axe: {}, overflow: {} };

try {
  seen.entered = await enter();
  seen.run = await runByForm();
  seen.wait = await answerWait();
  seen.failed = await resumeFailed();
  seen.cancelled = await cancelRun();
  seen.compared = await compareRuns();
  seen.listed = await useList();
  seen.history = await filterHistory();
  await lookAtAll();
  seen.many = await scrollMany(many);
  seen.unknown = await openUnknown();
  console.log(JSON.stringify({ ...seen, requests: [...seen.requests] }));
} finally {
  await browser.close();
}

async function newPage(options = {}, state = undefined) {
  const context = await browser.newContext({ viewport: WIDE, colorScheme: "light", storageState: state, ...options });
  const page = await context.newPage();
  page.on("console", (message) => message.type() === "error" && seen.errors.push(message.text()));
  page.on("pageerror", (error) => seen.errors.push(error.message));
  page.on("request", (request) => seen.requests.add(new URL(request.url()).origin));
  return page;
}

/** A page of the person who has come in by the address with the token. */
async function open(path, options) {
  const page = await newPage(options, enter.state);
  await page.goto(origin + path);
  return page;
}

async function enter() {
  const page = await newPage();
  await page.goto(address);
  await page.locator("table.workflows tbody tr").first().waitFor();
  enter.state = await page.context().storageState();
  const cookie = enter.state.cookies[0];
  const readable = await page.evaluate(() => document.cookie);
  return { url: page.url(), httpOnly: cookie.httpOnly, sameSite: cookie.sameSite, readable };
}

/** The state of the shown run, once it is one of these. */
async function stateOf(page, ...wanted) {
  const state = page.locator("#state");
  await page.waitForFunction((states) => states.includes(document.getElementById("state")?.textContent), wanted);
  return state.textContent();
}

async function runByForm() {
  const page = await open("/workflows/greet.duck.yaml");
  await page.getByLabel("who (required)").waitFor();
  const times = page.getByLabel("times", { exact: true });
  const bounds = [await times.inputValue(), await times.getAttribute("min"), await times.getAttribute("max")];
  const moods = await page.getByLabel("mood").locator("option").allTextContents();
  await page.getByRole("button", { name: "▶ Run" }).click();
  const missing = await page.getByLabel("who (required)").evaluate((box) => box.validity.valueMissing);
  await page.getByLabel("who (required)").fill("Eve");
  await page.getByLabel("mood").selectOption("glad");
  await times.fill("3");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/runs\//);
  const state = await stateOf(page, "success");
  const rows = await page.locator(".row .label").allTextContents();
  await page.goto(`${origin}/workflows/greet.duck.yaml`);
  await page.locator(".result").first().waitFor();
  const results = await page.locator(".line", { has: page.locator(".result") }).allTextContents();
  const colors = await page.locator(".token-comment").first().evaluate((piece) => [piece.textContent, getComputedStyle(piece).fontStyle]);
  const shapes = await page.locator(".diagram [data-step]").evaluateAll((all) => all.map((shape) => shape.getAttribute("aria-label")));
  await page.locator(".diagram [data-step]", { hasText: "again" }).last().click();
  const marked = await page.locator(".line.current").textContent();
  await page.setViewportSize({ width: WIDE.width, height: 860 });
  await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: join(pictures, "server-workflow.png") });
  return { bounds, moods, missing, state, rows, results, colors, shapes, marked };
}

async function answerWait() {
  const page = await open("/");
  await page.getByRole("button", { name: "Run approve.duck.yaml" }).click();
  await page.waitForURL(/\/runs\//);
  await page.locator(".row", { hasText: "wait" }).click();
  await page.getByRole("button", { name: "Flow", exact: true }).click();
  const waiting = page.locator("#flow .running [data-step], #flow .running").first();
  await waiting.waitFor();
  const before = await waiting.getAttribute("aria-label");
  await page.locator("#flow [data-step='/flow/1']").click();
  const chosen = await titleOf(page);
  const answer = page.getByRole("button", { name: "Answer approved…" });
  await answer.click();
  const box = page.getByRole("dialog").getByLabel("by (required)");
  await box.waitFor();
  await check(page, "dialog");
  await page.screenshot({ path: join(pictures, "server-run.png") });
  await box.fill("eve");
  await page.keyboard.press("Enter");
  const state = await stateOf(page, "success");
  await page.locator("#flow .success[data-step='/flow/2']").waitFor();
  const dialogs = await page.locator("dialog").count();
  return { state, dialogs, before, chosen, rows: await page.locator(".row .label").allTextContents() };
}

async function resumeFailed() {
  const page = await open("/");
  await page.getByRole("button", { name: "Run failing.duck.yaml" }).click();
  await page.waitForURL(/\/runs\//);
  const failed = await stateOf(page, "failure");
  const tools = await page.locator("header button:visible").allTextContents();
  const first = new URL(page.url()).pathname;
  await page.getByRole("button", { name: "Resume", exact: true }).click();
  await page.waitForURL(({ pathname }) => pathname !== first);
  await stateOf(page, "failure");
  await page.locator(".row").first().click();
  const isLinked = (await page.locator("#details dd a").getAttribute("href")) === first;
  const second = new URL(page.url()).pathname;
  await page.locator(".row", { hasText: "first" }).click();
  await page.getByRole("button", { name: "Run from here" }).click();
  await page.waitForURL(({ pathname }) => pathname !== second);
  return { failed, tools, isLinked, again: await stateOf(page, "failure") };
}

async function cancelRun() {
  const page = await open("/");
  await page.getByRole("button", { name: "Run slow.duck.yaml" }).click();
  await page.waitForURL(/\/runs\//);
  const running = await stateOf(page, "running");
  const cancel = page.getByRole("button", { name: "Cancel", exact: true });
  await cancel.click();
  const state = await stateOf(page, "cancelled");
  await cancel.waitFor({ state: "hidden" });
  return { running, state };
}

async function compareRuns() {
  const page = await open("/runs?");
  await page.locator(".list-row a", { hasText: "failing" }).first().click();
  await page.getByRole("button", { name: "Download…" }).click();
  const downloading = page.waitForEvent("download");
  await page.getByRole("link", { name: "A page" }).click();
  const file = (await downloading).suggestedFilename();
  await page.getByRole("button", { name: "Close" }).click();
  await page.getByRole("button", { name: "Compare…" }).click();
  await page.getByRole("dialog").getByRole("link").first().click();
  await page.locator("table.comparison").waitFor();
  await check(page, "comparison");
  return { steps: await page.locator("table.comparison tbody th").allTextContents(), kind: file.split(".").at(-1) };
}

/** A run that begins elsewhere appears by itself. */
async function useList() {
  const page = await open("/");
  const bars = page.locator("tr", { hasText: "Greeting" }).locator(".strip-bar");
  await bars.first().waitFor();
  const before = await bars.count();
  const started = await page.request.post(`${origin}/api/execute`, { data: { filePath: "greet", inputs: { who: "Bob" } }, headers: { Origin: origin } });
  await page.waitForFunction((count) => {
    const row = [...document.querySelectorAll("tr")].find((each) => each.textContent.includes("Greeting"));
    return row.querySelectorAll(".strip-bar.success").length > count;
  }, before);
  const broken = await page.locator("tr", { hasText: "broken" }).innerText();
  const added = (await bars.count()) - before;
  await page.screenshot({ path: join(pictures, "server-workflows.png") });
  await page.getByRole("button", { name: "Light or dark" }).click();
  await page.reload();
  const theme = await page.evaluate(() => [document.documentElement.dataset.theme, getComputedStyle(document.body).backgroundColor]);
  return { started: started.status(), added, broken, theme };
}

async function filterHistory() {
  const page = await open("/runs");
  const count = page.locator(".count");
  await page.locator(".list-row a").first().waitFor();
  const all = await count.textContent();
  await page.getByLabel("Filter runs by status").selectOption("cancelled");
  await page.waitForFunction((text) => document.querySelector(".count").textContent !== text, all);
  const cancelled = await count.textContent();
  await page.getByLabel("Filter runs by status").selectOption("");
  await page.waitForFunction((text) => document.querySelector(".count").textContent === text, all);
  await page.getByLabel("Filter runs by words").fill("approve");
  await page.waitForFunction(() => document.querySelector(".count").textContent === "1 run");
  await page.keyboard.press("Tab");
  await page.locator(".list").focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/runs\/./);
  return { all, cancelled, opened: await page.locator("h1").textContent() };
}

/** Every page: nothing that axe calls serious, light and dark, wide and on a phone. */
async function lookAtAll() {
  const run = await (await open("/runs")).locator(".list-row a").first().getAttribute("href");
  const paths = { workflows: "/", runs: "/runs", workflow: "/workflows/greet.duck.yaml", run };
  for (const [name, path] of Object.entries(paths)) {
    for (const [theme, viewport] of [["light", WIDE], ["dark", PHONE]]) {
      const page = await open(path, { colorScheme: theme, viewport });
      await page.locator("tbody tr, .list-row a, .row").first().waitFor();
      await check(page, `${name} ${theme}`);
      seen.overflow[`${name} ${viewport.width}`] = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (viewport === PHONE) await page.screenshot({ path: join(pictures, `server-phone-${name}.png`) });
      await page.context().close();
    }
  }
}

async function check(page, name) {
  // By the debugger: the pages' policy lets no script in.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  const grave = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
  seen.axe[name] = grave.map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 120)} (${nodes[0].failureSummary?.slice(0, 200)})`);
}

/** The history of another server, with 10,000 runs, and one of 10,000 steps. */
async function scrollMany(first) {
  const page = await newPage();
  await page.goto(first);
  const { origin: there } = new URL(first);
  const started = Date.now();
  await page.goto(`${there}/runs`);
  await page.locator(".list-row a").first().waitFor();
  const shown = Date.now() - started;
  const count = await page.locator(".count").textContent();
  const scrolled = await page.evaluate(async () => {
    const pane = document.querySelector(".list");
    const times = [];
    let most = 0;
    let before = performance.now();
    for (let frame = 0; frame <= 60; frame++) {
      pane.scrollTop = ((pane.scrollHeight - pane.clientHeight) * frame) / 60;
      await new Promise(requestAnimationFrame);
      times.push(performance.now() - before);
      before = performance.now();
      most = Math.max(most, pane.querySelectorAll(".list-row").length);
    }
    times.sort((a, b) => a - b);
    return { most, median: times[30], slowest: times.at(-1) };
  });
  await page.waitForFunction(() => document.querySelector(".list-row[aria-posinset='10001'] a"));
  await page.locator(".list").focus();
  await page.keyboard.press("Home");
  await page.waitForFunction(() => document.activeElement.closest(".list-row")?.getAttribute("aria-posinset") === "1");
  const opening = Date.now();
  await page.goto(`${there}/runs/large`);
  await page.locator(".row").first().waitFor();
  const opened = Date.now() - opening;
  return { shown, count, scrolled, opened, steps: await page.locator("#count").textContent() };
}

async function openUnknown() {
  const page = await open("/workflows/missing.duck.yaml");
  await page.locator(".problem").waitFor();
  seen.errors = seen.errors.filter((text) => !text.includes("404"));
  return page.locator("main").innerText();
}
