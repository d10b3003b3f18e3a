import { plain } from "../editor.mjs";

/** A run by its lens: results on the lines, the status bar, what steps print, the trace as a page and as a file. */
export default async function run(editor) {
  const { page } = editor;
  await editor.open("release.duck.yaml");
  await editor.lens("Run with trace").click();
  await editor.runEnded();
  const results = await editor.results();
  const status = plain(await editor.statusBar.innerText());
  await editor.picture("inline-results.png");

  const output = await editor.output("duckflux: Show Step Output", "tests | 128 passed");
  await page.keyboard.press("Control+j");

  await editor.statusBar.click();
  const trace = editor.webview();
  await trace.locator(".row", { hasText: "audit" }).first().click();
  const chosen = page.locator(".active-line-number", { hasText: "19" });
  await chosen.waitFor();
  const line = await chosen.innerText();
  const details = plain(await trace.locator("#details").innerText());
  await editor.picture("trace-page.png");

  await page.locator(".tab[data-resource-name='release.duck.yaml']").click();
  await editor.palette("duckflux: Open Last Trace");
  const tab = page.locator(".tab.active[data-resource-name$='.json']");
  await tab.waitFor();
  return { results, status, output, line, details, trace: await tab.getAttribute("data-resource-name") };
}
