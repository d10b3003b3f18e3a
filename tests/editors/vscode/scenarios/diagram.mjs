import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { plain } from "../editor.mjs";

/** The flow diagram beside the text: colored while a workflow runs, marked by the cursor, and a way to each step. */
export default async function diagram(editor) {
  const { page } = editor;
  await editor.open("gates.duck.yaml");
  await editor.palette("duckflux: Show Flow Diagram");
  const shown = editor.webview();
  const step = (name, status = "") => shown.locator(`.step${status}`, { hasText: name });
  await step("first").waitFor();
  const title = plain(await page.locator(".tab", { hasText: "Flow of" }).innerText());
  await editor.lens("Run with trace").click();
  await step("first", ".running").waitFor();
  const begin = await labels(shown);
  writeFileSync(join(process.env.DUCKFLUX_WORKSPACE, "one"), "");
  await step("first", ".success").waitFor();
  await step("second", ".running").waitFor();
  await step("second").click();
  await editor.cursorLine(7);
  await step("second", ".current").waitFor();
  await shown.locator(".step.current").press("ArrowUp");
  await shown.locator(".step:focus", { hasText: "first" }).press("Enter");
  await editor.cursorLine(4);
  await page.locator(".tab[data-resource-name='gates.duck.yaml']").click();
  await editor.goTo("second");
  await step("second", ".current").waitFor();
  writeFileSync(join(process.env.DUCKFLUX_WORKSPACE, "two"), "");
  await step("second", ".success").waitFor();
  const end = await labels(shown);
  await editor.runEnded();
  return { title, begin, end };
}

async function labels(shown) {
  return (await shown.locator(".step").evaluateAll((steps) => steps.map((step) => step.getAttribute("aria-label"))));
}
