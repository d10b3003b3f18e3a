import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { plain } from "../editor.mjs";

/** The page of a run that goes on: it is opened while a step waits for a file, and rows come without a click. */
export default async function live(editor) {
  const { page } = editor;
  await editor.open("gates.duck.yaml");
  await editor.lens("Run with trace").click();
  await editor.waitForResult(/⟳/);
  await editor.palette("duckflux: Show Last Trace as a Page");
  const trace = editor.webview();
  const row = (name, status) => trace.locator(`.row.${status}`, { hasText: name });
  await row("first", "running").click();
  await trace.locator("#details .printed .line", { hasText: "waiting for one" }).waitFor();
  const begin = await look(trace);
  await trace.locator("#rows").evaluate((rows) => (rows.dataset.seen = "before"));
  writeFileSync(join(process.env.DUCKFLUX_WORKSPACE, "one"), "");
  await row("second", "running").waitFor();
  await row("first", "success").waitFor();
  await trace.locator("#details .status", { hasText: "success" }).waitFor();
  const middle = await look(trace);
  await editor.screenshot("live-trace.png");
  writeFileSync(join(process.env.DUCKFLUX_WORKSPACE, "two"), "");
  await trace.locator("#state", { hasText: "success" }).waitFor();
  const end = await look(trace);
  const isSamePage = (await trace.locator("#rows").getAttribute("data-seen")) === "before";
  await page.locator(".tab[data-resource-name='gates.duck.yaml']").click();
  await editor.runEnded();
  return { begin, middle, end, isSamePage };
}

async function look(trace) {
  return {
    state: await trace.locator("#state").innerText(),
    selected: plain(await trace.locator("#details h2").innerText()),
    rows: (await trace.locator(".row .label").allInnerTexts()).map(plain),
    printed: (await trace.locator("#details .printed .line").allInnerTexts()).map((line) => plain(line).slice(13)),
  };
}
