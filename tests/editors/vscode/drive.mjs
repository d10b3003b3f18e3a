// Uses VS Code as a person does and prints what was seen, as JSON.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const [address, executablePath, folder, pictures] = process.argv.slice(2);
const profile = mkdtempSync(join(tmpdir(), "duckflux-browser-"));
const browser = await chromium.launchPersistentContext(profile, {
  executablePath,
  viewport: { width: 1200, height: 760 },
  deviceScaleFactor: 2,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
const page = browser.pages()[0];
page.setDefaultTimeout(60_000);

try {
  await page.goto(`${address}/?folder=${folder}`);
  await page.locator(".monaco-workbench").waitFor();
  console.log(JSON.stringify({ ...(await seeMistake()), ...(await runRelease()) }));
} catch (error) {
  await page.screenshot({ path: join(pictures, "failure.png") });
  throw error;
} finally {
  await browser.close();
  rmSync(profile, { recursive: true, force: true });
}

async function seeMistake() {
  await open("mistake.duck.yaml");
  await page.locator(".squiggly-error").first().waitFor();
  await palette("Go to Next Problem (Error, Warning, Info)");
  const widget = page.locator(".marker-widget");
  await widget.waitFor();
  const position = await page.locator("#status\\.editor\\.selection").innerText();
  const message = await widget.innerText();
  await picture("mistake.png");
  await palette("View: Close Editor");
  return { position, message };
}

async function runRelease() {
  await open("release.duck.yaml");
  await lens("Run with trace").click();
  await lens("Cancel run").waitFor();
  await lens("Run with trace").waitFor();
  const results = await readResults();
  await picture("inline-results.png");
  await palette("duckflux: Open Last Trace");
  const trace = page.locator(".tab.active[data-resource-name$='.json']");
  await trace.waitFor();
  return { results, trace: await trace.getAttribute("data-resource-name") };
}

/** From each line's text to the hint at its end. */
async function readResults() {
  await page.locator(".view-line", { hasText: /[✓✗⊘]/ }).first().waitFor();
  const lines = await page.locator(".view-line").allInnerTexts();
  const pairs = lines.map((line) => line.replaceAll("\u00a0", " ").match(/^(.*?)\s*([✓✗⊘].*)$/));
  return Object.fromEntries(pairs.filter(Boolean).map(([, text, hint]) => [text.trim(), hint]));
}

/** The window with the text alone in it. */
async function picture(name) {
  await palette("View: Close Primary Side Bar");
  await page.locator(".part.sidebar").waitFor({ state: "hidden" });
  await page.mouse.move(0, 0);
  await page.screenshot({ path: join(pictures, name) });
}

function lens(title) {
  return page.locator(".codelens-decoration a", { hasText: title });
}

async function open(name) {
  await palette("File: Focus on Files Explorer");
  await page.locator(".explorer-folders-view .monaco-list-row", { hasText: name }).dblclick();
  await page.locator(`.tab.active[data-resource-name='${name}']`).waitFor();
}

async function palette(command) {
  await page.keyboard.press("F1");
  await page.locator(".quick-input-widget input[type='text']").fill(`>${command}`);
  await page.locator(".quick-input-list .monaco-list-row.focused").waitFor();
  await page.keyboard.press("Enter");
}
