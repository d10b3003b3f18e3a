import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const KEY_DELAY = 25;

/** Types each workflow of a folder, key by key, into an empty file of the same name, and saves it. */
export default async function typing(editor) {
  const { page } = editor;
  const folder = process.env.DUCKFLUX_TYPED;
  const accepted = {};
  for (const name of readdirSync(folder)) {
    await editor.open(name);
    // Settings of the language come after its first file.
    await page.locator(".statusbar-item", { hasText: "Spaces: 2" }).waitFor();
    await editor.text.click();
    accepted[name] = await typeLines(page, readFileSync(join(folder, name), "utf8").trimEnd().split("\n"));
    await page.keyboard.press("Control+s");
    await saved(page, join(process.env.DUCKFLUX_WORKSPACE, name));
  }
  return accepted;
}

/** Types lines as people do, and gives what Enter accepted before it ended a line. */
async function typeLines(page, lines) {
  const accepted = [];
  for (const [index, line] of lines.entries()) {
    // The editor indents too much where a line belongs further out.
    while (!line.startsWith((await drawn(page)).text)) await page.keyboard.press("Backspace");
    const { text } = await drawn(page);
    await page.keyboard.type(line.slice(text.length), { delay: KEY_DELAY });
    if (index === lines.length - 1) break;
    while ((await drawn(page)).line <= index + 1) {
      const label = await selected(page);
      await page.keyboard.press("Enter");
      if ((await drawn(page)).line <= index + 1) accepted.push(`${line.trim()}: ${label}`);
    }
  }
  await page.keyboard.press("Escape");
  return accepted;
}

/** The selected entry of the open list, null where none is open. */
function selected(page) {
  return page.evaluate(
    () => document.querySelector(".suggest-widget.visible .monaco-list-row.focused")?.ariaLabel ?? null,
  );
}

/** Waits until a file that was empty has its text: a tab is not marked any more while it is still being saved. */
async function saved(page, file) {
  for (let size = 0, before = -1; size === 0 || size !== before; ) {
    await page.waitForTimeout(100);
    [before, size] = [size, statSync(file).size];
  }
}

/** The line that the cursor is in, from 1, and its text, once all keys so far are drawn. */
function drawn(page) {
  return page.evaluate(async () => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    await frame();
    await frame();
    const group = document.querySelector(".editor-group-container.active");
    const top = (element) => Number.parseFloat(element.style.top);
    const cursor = top(group.querySelector(".cursors-layer > .cursor"));
    const view = [...group.querySelectorAll(".view-line")].find((one) => top(one) === cursor);
    // Hints are drawn in the line, as spans of their own.
    const spans = [...view.querySelectorAll(":scope > span > span:not([class*='dyn-rule'])")];
    const text = spans.map((span) => span.textContent).join("");
    const line = Number(group.querySelector(".active-line-number").textContent);
    return { line, text: text.replaceAll("\u00a0", " ").replaceAll(/[\u200b\u200c]/g, "") };
  });
}
