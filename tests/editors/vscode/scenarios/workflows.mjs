import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { plain } from "../editor.mjs";

/** The Workflows view: what there is, also what is new; a run by its button, the traces of runs, and their menu. */
export default async function workflows(editor) {
  const { page } = editor;
  await editor.palette("duckflux: Focus on Workflows View");
  const tree = page.locator(".pane-body .monaco-list[aria-label='Workflows']");
  const row = tree.locator(".monaco-list-row", { hasText: "release.duck.yaml" });
  await row.waitFor();
  const found = (await tree.locator(".monaco-list-row .label-name").allInnerTexts()).map(plain);
  writeFileSync(join(process.env.DUCKFLUX_WORKSPACE, "added.duck.yaml"), "flow: [{type: exec, run: ls}]\n");
  await tree.locator(".monaco-list-row", { hasText: "added.duck.yaml" }).waitFor();
  const deep = tree.locator(".monaco-list-row", { hasText: "deep.duck.yaml" });
  await deep.waitFor();
  rmSync(join(process.env.DUCKFLUX_WORKSPACE, "folder"), { recursive: true });
  await deep.waitFor({ state: "detached" });
  // A folder appears with its workflows in one go.
  const [outside, inside] = ["../moved", "moved"].map((name) => join(process.env.DUCKFLUX_WORKSPACE, name));
  mkdirSync(outside);
  writeFileSync(join(outside, "moved.duck.yaml"), "flow: [{type: exec, run: ls}]\n");
  renameSync(outside, inside);
  const moved = tree.locator(".monaco-list-row", { hasText: "moved.duck.yaml" });
  await moved.waitFor();
  rmSync(inside, { recursive: true });
  await moved.waitFor({ state: "detached" });

  await row.hover();
  await row.locator(".action-label[aria-label^='Run with Trace']").click();
  await row.getByText("success").waitFor();
  await editor.lens("Run with trace").waitFor();
  await row.locator(".monaco-tl-twistie").click();
  const traces = tree.locator(".monaco-list-row[aria-level='2']");
  await traces.first().waitFor();
  const listed = plain(await traces.first().innerText());
  await traces.first().click();
  await editor.webview().locator(".row", { hasText: "audit" }).first().click();
  await editor.picture("workflows.png", { sideBar: true });

  await row.hover();
  await row.locator(".action-label[aria-label^='Run with Trace']").click();
  await traces.nth(1).waitFor();
  await row.getByText("success").waitFor();
  const menu = await open(traces.nth(1));
  const offered = (await menu.locator(".action-label").allInnerTexts()).map(plain).filter(Boolean);
  await editor.screenshot("trace-menu.png", { sideBar: true });
  await choose(menu, "Compare with the Newest Run");
  await editor.text.getByText("the newest run").waitFor();
  const compared = plain(await editor.text.innerText());
  await editor.screenshot("comparison.png", { sideBar: true });

  await choose(await open(traces.nth(1)), "Show the Trace as Text");
  await editor.text.getByText("# release: success").waitFor();
  const shown = plain(await editor.text.innerText());

  await choose(await open(traces.nth(1)), "Delete the Trace…");
  await page.locator(".monaco-dialog-box .monaco-button", { hasText: "Delete" }).click();
  await traces.nth(1).waitFor({ state: "detached" });
  return { found, listed, offered, compared, shown, left: await traces.count() };

  async function open(trace) {
    await trace.click({ button: "right" });
    const menu = page.locator(".monaco-menu");
    await menu.waitFor();
    return menu;
  }

  /** A menu that was only just opened takes no click. */
  async function choose(menu, title) {
    while (await menu.isVisible()) {
      await menu.getByText(title).click({ timeout: 1_000 }).catch(() => undefined);
      await menu.waitFor({ state: "hidden", timeout: 1_000 }).catch(() => undefined);
    }
  }
}
