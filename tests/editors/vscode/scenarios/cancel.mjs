import { plain } from "../editor.mjs";

/** Run and stop by the editor's title. */
export default async function cancel(editor) {
  const { page } = editor;
  await editor.open("slow.duck.yaml");
  await editor.title("Run with Trace").click();
  await editor.title("Cancel Run").waitFor();
  const offered = await editor.offered("duckflux: ");
  await editor.statusBar.getByText("nap").waitFor();
  await page.locator(".view-line", { hasText: "running" }).first().waitFor();
  await editor.title("Cancel Run").click();
  await editor.title("Run with Trace").waitFor();
  const results = await editor.results();
  return { offered, results, status: plain(await editor.statusBar.innerText()) };
}
