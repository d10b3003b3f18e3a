import { plain } from "../editor.mjs";

/** The Workflows view: what there is, a run by its button, and the trace of that run. */
export default async function workflows(editor) {
  const { page } = editor;
  await editor.palette("duckflux: Focus on Workflows View");
  const tree = page.locator(".pane-body .monaco-list[aria-label='Workflows']");
  const row = tree.locator(".monaco-list-row", { hasText: "release.duck.yaml" });
  await row.waitFor();
  const found = (await tree.locator(".monaco-list-row .label-name").allInnerTexts()).map(plain);

  await row.hover();
  await row.locator(".action-label[aria-label^='Run with Trace']").click();
  await row.getByText("success").waitFor();
  await editor.lens("Run with trace").waitFor();
  await row.locator(".monaco-tl-twistie").click();
  const trace = tree.locator(".monaco-list-row[aria-level='2']").first();
  await trace.waitFor();
  const listed = plain(await trace.innerText());
  await trace.click();
  await editor.webview().locator(".row", { hasText: "audit" }).first().click();
  await editor.picture("workflows.png", { sideBar: true });
  return { found, listed };
}
