import { plain } from "../editor.mjs";

/** Run and cancel by the editor's title. While a step runs, its line says for how long. */
export default async function cancel(editor) {
  const { page } = editor;
  await editor.open("slow.duck.yaml");
  await editor.title("Run with Trace").click();
  await editor.title("Cancel Run").waitFor();
  const offered = await editor.offered("duckflux: ");
  await editor.statusBar.getByText("nap").waitFor();
  await editor.waitForResult(/⟳\s+[1-9]/);
  await editor.screenshot("running.png");
  await editor.title("Cancel Run").click();
  await editor.runEnded();
  const results = await editor.results();
  const status = plain(await editor.statusBar.innerText());
  const background = await editor.statusBar.evaluate((item) => getComputedStyle(item).backgroundColor);
  const marked = await page.locator(".squiggly-error").count();
  await editor.screenshot("cancelled.png");
  return { offered, results, status, background, marked };
}
