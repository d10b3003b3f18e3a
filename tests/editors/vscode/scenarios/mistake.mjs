import { plain } from "../editor.mjs";

/** A mistake is marked, explained, and fixed by its quick fix; typing gives marks and completions. */
export default async function mistake(editor) {
  const { page } = editor;
  await editor.open("mistake.duck.yaml");
  await page.locator(".squiggly-error").first().waitFor();
  const run = editor.title("Run with Trace");
  await run.waitFor({ state: "detached" });
  const offeredWithError = await editor.offered("duckflux: Run");
  const message = await editor.nextProblem();
  const position = await editor.selection();
  await editor.picture("mistake.png");
  await page.keyboard.press("Escape");

  await page.keyboard.press("Control+.");
  await page.locator(".action-widget .monaco-list-row.focused").waitFor();
  const fix = plain(await page.locator(".action-widget .monaco-list-row.focused").innerText());
  await page.keyboard.press("Enter");
  await editor.text.getByText("- publish:").waitFor();
  await page.locator(".squiggly-error").first().waitFor({ state: "detached" });
  await run.waitFor();

  await editor.goTo("tests.output");
  await page.keyboard.press("End");
  await page.keyboard.type(" + versoin.output");
  await page.keyboard.press("Escape");
  await page.locator(".squiggly-error").first().waitFor();
  const typed = await editor.nextProblem("versoin");
  await page.keyboard.press("Escape");

  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await page.keyboard.type("more: exec");
  await page.locator(".suggest-widget.visible .monaco-list-row").first().waitFor();
  const completions = (await page.locator(".suggest-widget .monaco-list-row .label-name").allInnerTexts()).map(plain);
  await page.keyboard.press("Escape");

  await editor.goTo("onError: cached");
  await editor.palette("Show or Focus Hover");
  const hover = page.locator(".monaco-hover:not(.hidden) .hover-contents").first();
  await hover.waitFor();
  return { message, position, fix, typed, offeredWithError, completions, hover: plain(await hover.innerText()) };
}
