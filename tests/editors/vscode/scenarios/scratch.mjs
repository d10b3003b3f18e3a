import { plain } from "../editor.mjs";

/** Expressions in a text of their own, with their values at a step and in an iteration that are chosen. */
export default async function scratch(editor) {
  const { page } = editor;
  await editor.open("rollout.duck.yaml");
  await editor.palette("View: Close Primary Side Bar");
  await editor.lens("Run with trace").click();
  await editor.runEnded();
  await editor.goTo("execution.context.share > 0");
  await editor.palette("duckflux: Open a Scratch for Expressions");
  await editor.lens("evaluate at deploy, iteration 3").waitFor();
  await editor.lens("= true (bool)").waitFor();
  const first = plain(await editor.lens("of rollout.duck.yaml").innerText());
  await page.keyboard.insertText("build.output.version\nexecution.context.share\n");
  await editor.lens("= 30 (int)").waitFor();
  await editor.lens("← iteration 2").click();
  await editor.lens("= 20 (int)").waitFor();
  await editor.lens("→ iteration 3").waitFor();
  const begun = plain(await editor.text.innerText());
  const values = (await editor.lens("=").allInnerTexts()).map(plain);
  // What is offered behind a dot was observed in the run.
  await page.keyboard.press("Control+End");
  await page.keyboard.type("build.output.");
  await page.locator(".suggest-widget .monaco-list-row", { hasText: "version" }).waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.insertText("version.size()");
  await editor.lens("= 5 (int)").waitFor();
  await editor.picture("scratch.png");
  await editor.lens("evaluate at").click();
  const list = page.locator(".quick-input-list");
  await list.getByText("the end of the run").waitFor();
  const steps = (await list.locator(".monaco-list-row").allInnerTexts()).map(plain);
  await page.keyboard.type("smoke");
  await page.keyboard.press("Enter");
  await editor.lens("evaluate at smoke").waitFor();
  await editor.lens('= "1.4.2" (string)').click();
  const whole = page.locator(".editor-group-container .view-lines", { hasText: "// build.output.version" });
  await whole.waitFor();
  return { first, begun, values, steps, whole: plain(await whole.innerText()) };
}
