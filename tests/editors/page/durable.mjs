// Uses the pages of `duckflux server --durable` as a person does and prints what was seen, as JSON.
import { join } from "node:path";
import { chromium } from "playwright-core";

const [executablePath, address, away, pictures] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"] });
const seen = { errors: [] };

try {
  seen.run = await runAndAnswer();
  seen.cancelled = await cancel();
  seen.away = await lookAtStoreThatIsAway();
  console.log(JSON.stringify(seen));
} finally {
  await browser.close();
}

async function enter(at) {
  const context = await browser.newContext({ viewport: { width: 1000, height: 420 }, colorScheme: "light" });
  const page = await context.newPage();
  page.on("pageerror", (error) => seen.errors.push(error.message));
  await page.goto(at);
  await page.locator("table.workflows tbody tr").first().waitFor();
  return page;
}

async function stateOf(page, wanted) {
  await page.waitForFunction((state) => document.getElementById("state")?.textContent === state, wanted);
  return wanted;
}

async function runAndAnswer() {
  const page = await enter(address);
  await page.getByRole("button", { name: "Run approve.duck.yaml" }).click();
  await page.waitForURL(/\/runs\//);
  await page.locator(".row", { hasText: "wait" }).click();
  await page.getByRole("button", { name: "Answer approved…" }).click();
  await page.getByRole("dialog").getByLabel("by (required)").fill("eve");
  await page.keyboard.press("Enter");
  const state = await stateOf(page, "success");
  return { state, rows: await page.locator(".row .label").allTextContents(), problem: await page.locator("#store").textContent() };
}

async function cancel() {
  const page = await enter(address);
  await page.getByRole("button", { name: "Run slow.duck.yaml" }).click();
  await page.waitForURL(/\/runs\//);
  await page.locator(".row", { hasText: "sleeper" }).waitFor();
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  return stateOf(page, "cancelled");
}

async function lookAtStoreThatIsAway() {
  const page = await enter(away);
  await page.locator("#store:not(:empty)").waitFor();
  await page.screenshot({ path: join(pictures, "server-durable-away.png") });
  const list = await page.locator("#store").textContent();
  await page.getByRole("button", { name: "Run slow.duck.yaml" }).click();
  const refused = page.getByRole("alert").filter({ hasText: "can't be used" }).first();
  await refused.waitFor();
  return { list, refused: await refused.textContent() };
}
