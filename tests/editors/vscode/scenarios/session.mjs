/** Edits a workflow as a person does: open, type, complete, hover, rename, fix, run. */
export default async function session(editor) {
  const { page } = editor;
  await editor.open("release.duck.yaml");
  await page.locator(".squiggly-error").first().waitFor();

  await editor.goTo("chekc");
  await page.keyboard.press("Control+.");
  await page.locator(".action-widget .monaco-list-row.focused").waitFor();
  await page.keyboard.press("Enter");
  await page.locator(".squiggly-error").first().waitFor({ state: "detached" });

  await editor.goTo("timeout");
  await editor.palette("Show or Focus Hover");
  await page.locator(".monaco-hover:not(.hidden) .hover-contents").first().waitFor();
  await page.keyboard.press("Escape");

  await editor.goTo("build:");
  await page.keyboard.press("F2");
  await page.locator(".rename-box input").fill("compile");
  await page.keyboard.press("Enter");
  await editor.text.getByText("output: compile.output").waitFor();

  await editor.goTo("- check");
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await page.keyboard.type("che");
  await page.locator(".suggest-widget.visible .monaco-list-row.focused", { hasText: "check" }).waitFor();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Control+s");

  await editor.lens("Run with trace").click();
  await editor.waitForResult(/told.*✓/);
  await editor.lens("Run with trace").waitFor();
  const results = await editor.results();
  // What was asked for last is answered.
  await page.waitForTimeout(2_000);
  return { results };
}
