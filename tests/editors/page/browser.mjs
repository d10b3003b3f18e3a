// A browser with pages of traces, and what tests look at there.
import { chromium } from "playwright-core";

/** Opens pages, gathers what they ask for and complain about, and prints what was seen, as JSON. */
export async function withBrowser(executablePath, use) {
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
  const seen = { requests: [], errors: [] };

  async function open(file, { editor = false, fragment = "", ...media } = { colorScheme: "light" }) {
    const page = await browser.newPage({ viewport: { width: 1200, height: 640 }, ...media });
    page.on("request", (request) => seen.requests.push(request.url()));
    page.on("console", (message) => seen.errors.push(message.text()));
    page.on("pageerror", (error) => seen.errors.push(error.message));
    page.on("dialog", async (dialog) => {
      seen.errors.push(`dialog: ${dialog.message()}`);
      await dialog.dismiss();
    });
    if (editor) await page.addInitScript(actAsEditor);
    await page.goto(`file://${file}${fragment}`);
    await page.locator(".row").first().waitFor();
    return page;
  }

  try {
    await use(open, seen);
    console.log(JSON.stringify(seen));
  } finally {
    await browser.close();
  }
}

/** Runs in the page: what a page says to its editor is kept in `said`. */
function actAsEditor() {
  window.said = [];
  window.acquireVsCodeApi = () => ({ postMessage: (message) => window.said.push(message) });
}

export function selected(page) {
  return page.locator(".row[aria-selected='true']");
}

export async function rowCount(page) {
  return Number(await page.locator("#rows").getAttribute("aria-rowcount"));
}

export function titleOf(page) {
  return page.locator("#details h2").textContent();
}

export async function walkTo(page, name) {
  for (let i = 0; i < 60; i++) {
    if ((await titleOf(page)) === name) return name;
    await page.keyboard.press("ArrowDown");
  }
  return null;
}
