// VS Code in a browser, used as a person does: by keyboard, mouse, and what is to be seen.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const SCREENSHOTS = join(import.meta.dirname, "..", "build", "pictures");
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export class Editor {
  constructor(page, pictures) {
    this.page = page;
    this.pictures = pictures;
  }

  /** Opens a folder, does something there, and closes the browser, whatever happened. */
  static async with({ address, executablePath, folder, pictures, name }, use) {
    const profile = mkdtempSync(join(tmpdir(), "duckflux-browser-"));
    const viewport = { width: 1200, height: 760 };
    const options = { executablePath, viewport, deviceScaleFactor: 2, args: FLAGS };
    const browser = await chromium.launchPersistentContext(profile, options);
    const page = browser.pages()[0];
    page.setDefaultTimeout(60_000);
    const editor = new Editor(page, pictures);
    try {
      await page.goto(`${address}/?folder=${folder}`);
      await page.locator(".monaco-workbench").waitFor();
      return await use(editor);
    } catch (error) {
      await page.screenshot({ path: join(SCREENSHOTS, `failure-${name}.png`) });
      throw error;
    } finally {
      await browser.close();
      rmSync(profile, { recursive: true, force: true });
    }
  }

  get text() {
    return this.page.locator(".editor-group-container.active .view-lines");
  }

  get statusBar() {
    return this.page.locator("#duckflux\\.duckflux\\.duckflux\\.run");
  }

  async open(name) {
    await this.palette("File: Focus on Files Explorer");
    await this.page.locator(".explorer-folders-view .monaco-list-row", { hasText: name }).dblclick();
    await this.page.locator(`.tab.active[data-resource-name='${name}']`).waitFor();
  }

  async palette(command) {
    const box = this.page.locator(".quick-input-widget input[type='text']");
    const found = this.page.locator(".quick-input-list .monaco-list-row.focused", { hasText: command });
    for (let tries = 0; tries < 10; tries++) {
      await this.page.keyboard.press("F1");
      await box.fill(`>${command}`);
      if (await appears(found)) return this.page.keyboard.press("Enter");
      // A palette that is open does not learn of commands that come with an extension that is just starting.
      await this.page.keyboard.press("Escape");
    }
    throw new Error(`the palette has no command ${command}`);
  }

  /** The commands that the palette offers for some words. */
  async offered(words) {
    await this.page.keyboard.press("F1");
    await this.page.locator(".quick-input-widget input[type='text']").fill(`>${words}`);
    const rows = this.page.locator(".quick-input-list .monaco-list-row");
    await rows.first().waitFor();
    const labels = await rows.locator(".label-name").allInnerTexts();
    await this.page.keyboard.press("Escape");
    return labels.map(plain);
  }

  /** Puts the cursor before a text in the file, found as with Ctrl+F. */
  async goTo(text) {
    await this.page.keyboard.press("Control+f");
    await this.page.locator(".find-widget .find-part textarea").fill(text);
    await this.page.locator(".find-widget .matchesCount", { hasText: /^\d+ of [1-9]/ }).waitFor();
    await this.page.keyboard.press("Escape");
    await this.page.keyboard.press("ArrowLeft");
  }

  /** The lines of an output channel, with room for them. `command` shows it; `text` must be there. */
  async output(command, text) {
    await this.palette(command);
    const lines = this.page.locator(".output-view .view-lines");
    await lines.waitFor();
    const maximize = this.page.locator(".part.panel .action-label[aria-label^='Maximize Panel']");
    if (await maximize.isVisible()) await maximize.click();
    await lines.filter({ hasText: text }).waitFor();
    return (await lines.locator(".view-line").allInnerTexts()).map(plain);
  }

  lens(title) {
    return this.page.locator(".codelens-decoration a", { hasText: title });
  }

  /** Waits until the run of the active workflow has ended, which the status bar says from then on. */
  async runEnded() {
    await this.statusBar.getByText(/(success|failure)\sin\s|cancelled\safter\s/).waitFor();
    await this.lens("Run with trace").waitFor();
  }

  title(action) {
    return this.page.locator(`.editor-actions .action-label[aria-label^='${action}']`);
  }

  /** From each line's text to the result at its end. */
  async results() {
    const lines = await this.waitForResult(/[✓✗⊘]/);
    const pairs = lines.map((line) => line.match(/^(.*?)\s*([✓✗⊘].*)$/));
    return Object.fromEntries(pairs.filter(Boolean).map(([, text, hint]) => [text.trim(), hint]));
  }

  /** Waits until a line of the active editor is drawn with a result, and gives the lines that are in sight. */
  async waitForResult(pattern) {
    const group = await this.page.locator(".editor-group-container.active").elementHandle();
    const given = { group, source: pattern.source };
    const lines = await this.page.waitForFunction(linesWithResult, given, { polling: 50 });
    return (await lines.jsonValue()).map(plain);
  }

  /** The messages of problems, the next ones from the cursor on. */
  /** The next problem's text once it has `part`: what was typed last may not have been checked yet. */
  async nextProblem(part = "") {
    const widget = this.page.locator(".marker-widget");
    for (;;) {
      await this.palette("Go to Next Problem (Error, Warning, Info)");
      await widget.waitFor();
      const text = plain(await widget.innerText());
      if (text.includes(part)) return text;
      await this.page.keyboard.press("Escape");
      await widget.waitFor({ state: "detached" });
    }
  }

  /** Waits until the cursor is in a line, also of an editor beside the active one, of which the status bar says nothing. */
  cursorLine(number) {
    return this.page.locator(".line-numbers.active-line-number", { hasText: new RegExp(`^${number}$`) }).waitFor();
  }

  async selection() {
    return this.page.locator("#status\\.editor\\.selection").innerText();
  }

  /** The page of the webview that was opened last. */
  webview() {
    return this.page.frameLocator("iframe.webview.ready >> nth=-1").frameLocator("#active-frame");
  }

  /** For the documentation. Those of other states are left in build/pictures, to be looked at. */
  async picture(name, { sideBar = false, folder = this.pictures } = {}) {
    const bar = this.page.locator(".part.sidebar");
    if (!sideBar && (await bar.isVisible())) {
      await this.palette("View: Close Primary Side Bar");
      await bar.waitFor({ state: "hidden" });
    }
    await this.page.mouse.move(0, 0);
    await this.page.screenshot({ path: join(folder, name) });
  }

  screenshot(name, options) {
    return this.picture(name, { ...options, folder: SCREENSHOTS });
  }
}

/**
 * The lines of an editor, with the symbols that are drawn by style alone, once one matches. Runs in the page, so it can
 * use nothing from here.
 */
function linesWithResult({ group, source }) {
  const drawn = (span) => {
    const symbol = getComputedStyle(span, "::after").content.match(/^"(.*)"$/)?.[1];
    return symbol ? `${span.textContent} ${symbol} ` : span.textContent;
  };
  const lines = [...group.querySelectorAll(".view-line")].map((line) =>
    [...line.querySelectorAll(":scope > span > span")].map(drawn).join(""),
  );
  return lines.some((line) => new RegExp(source).test(line)) && lines;
}

/** Whether something is to be seen soon. */
export function appears(locator) {
  return locator.waitFor({ timeout: 3_000 }).then(
    () => true,
    () => false,
  );
}

export function plain(text) {
  return text.replaceAll("\u00a0", " ").replaceAll(/[\u200a\u200b]/g, "").trim();
}
