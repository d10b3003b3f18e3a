import { join } from "node:path";
import { plain } from "../editor.mjs";

/** What the last run gave: two runs compared on the lines, with the values in a hover; an expression evaluated. */
export default async function lastRun(editor) {
  const { page } = editor;
  const widget = page.locator(".quick-input-widget:visible");
  await editor.open("review.duck.yaml");
  await editor.palette("View: Close Primary Side Bar");
  await run(/publish.*⊘/);
  await run(/publish.*✓/);

  await editor.palette("duckflux: Compare Two Runs on the Lines…");
  await widget.getByText("One of the runs to compare").waitFor();
  await page.keyboard.press("Enter");
  await widget.getByText("The run to compare with that of").waitFor();
  await page.keyboard.press("Enter");
  const compared = (await editor.waitForResult(/→/)).filter((line) => line.includes("→"));
  const lens = plain(await editor.lens("stop comparing").innerText());
  await editor.picture("comparison.png");
  await editor.goTo("score >= 7");
  const hover = await hovered("Before");
  await page.screenshot({ path: join(editor.pictures, "comparison-values.png") });
  await page.keyboard.press("Escape");
  await editor.palette("duckflux: Show the Compared Runs as a Page");
  await editor.webview().locator(".row", { hasText: "before: review" }).waitFor();
  const rows = (await editor.webview().locator(".row").allInnerTexts()).map(plain);
  await editor.webview().locator(".row", { hasText: "after: review" }).click();
  await editor.picture("comparison-page.png");
  await page.locator(".tab", { hasText: " and " }).locator(".codicon-close").click();
  await editor.text.click();
  await editor.lens("stop comparing").click();
  await editor.lens("stop comparing").waitFor({ state: "detached" });
  const after = (await editor.waitForResult(/[✓⊘]/)).filter((line) => line.includes("→"));

  await editor.goTo("output.score");
  await editor.palette("duckflux: Evaluate in the Last Run…");
  const message = widget.locator(".quick-input-message");
  await message.getByText("true (bool)").waitFor();
  const begun = await widget.locator("input[type='text']").inputValue();
  await page.keyboard.type("review.output.notes");
  await message.getByText('[ "draft 2" ]').waitFor();
  await editor.picture("evaluate.png");
  await page.keyboard.press("Enter");
  const value = page.locator(".editor-group-container .view-lines", { hasText: "// review.output.notes" });
  await value.waitFor();
  return { compared, lens, hover, rows, after, begun, value: plain(await value.innerText()) };

  async function run(result) {
    await editor.lens("Run with trace").click();
    await editor.waitForResult(result);
    await editor.runEnded();
  }

  async function hovered(text) {
    await editor.palette("Show or Focus Hover");
    const hover = page.locator(".monaco-hover:visible", { hasText: text });
    await hover.waitFor();
    return plain(await hover.innerText());
  }
}
