/** The server that came with the extension: nothing is asked, and runs see nothing of it. */
export default async function bundled(editor) {
  const { page } = editor;
  await editor.open("mistake.duck.yaml");
  await page.locator(".squiggly-error").first().waitFor();
  const asked = await page.locator(".notification-list-item").count();
  await editor.open("greet.duck.yaml");
  await editor.lens("Run with trace").click();
  await page.locator(".quick-input-widget:visible input").fill("bundle");
  await page.keyboard.press("Enter");
  await editor.runEnded();
  return { asked, results: await editor.results() };
}
