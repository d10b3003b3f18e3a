import { readdirSync } from "node:fs";

/** Enter at the end of each file of the folder: what stands on the new line before the cursor. */
export default async function indent(editor) {
  const { page } = editor;
  const seen = {};
  for (const name of readdirSync(process.env.DUCKFLUX_WORKSPACE)) {
    await editor.open(name);
    // Settings of the language come after its first file.
    await page.locator(".statusbar-item", { hasText: "Spaces: 2" }).waitFor();
    await editor.text.click();
    await page.keyboard.press("Control+End");
    await page.keyboard.press("Enter");
    await page.keyboard.insertText("HERE");
    const line = page.locator(".editor-group-container.active .view-line", { hasText: /HERE$/ });
    await line.waitFor();
    seen[name] = (await line.innerText()).replaceAll("\u00a0", " ").replace("HERE", "|");
    await page.keyboard.press("Escape");
  }
  return seen;
}
