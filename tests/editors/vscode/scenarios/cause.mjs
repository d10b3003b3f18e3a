import { plain } from "../editor.mjs";

/** The page of a run that failed begins with the step that was the cause; later it says that there is a newer run. */
export default async function cause(editor) {
  const { page } = editor;
  await editor.open("cause.duck.yaml");
  await editor.lens("Run with trace").click();
  await editor.runEnded();
  await editor.statusBar.click();
  const trace = editor.webview();
  await trace.locator("#details h2").waitFor();
  const tabs = page.locator(".tab", { hasText: /cause\.duck\.yaml, \d/ });
  const tab = plain(await tabs.first().innerText());
  const selected = plain(await trace.locator("#details h2").innerText());
  const details = plain(await trace.locator("#details").innerText());
  const statuses = plain(await trace.locator("#statuses").innerText());
  await editor.screenshot("cause.png");
  await page.locator(".tab[data-resource-name='cause.duck.yaml']").click();
  await editor.lens("Run with trace").click();
  await trace.getByText("This is not the newest run.").waitFor();
  await editor.runEnded();
  await trace.getByText("Show the newest run").click();
  await tabs.nth(1).waitFor();
  await page.locator("iframe.webview.ready").nth(1).waitFor();
  await editor.webview().locator("#details h2").waitFor();
  await editor.screenshot("newest.png");
  return { tab, selected, details, statuses, tabs: await tabs.count() };
}
