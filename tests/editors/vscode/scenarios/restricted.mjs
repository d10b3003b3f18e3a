/** A folder that is not trusted: mistakes are marked, nothing runs, and nothing offers to. */
export default async function restricted(editor) {
  const { page } = editor;
  await editor.open("mistake.duck.yaml");
  await page.locator(".squiggly-error").first().waitFor();
  await editor.open("release.duck.yaml");
  await editor.text.getByText("← a list").waitFor();
  const offered = await editor.offered("duckflux: ");
  await editor.screenshot("restricted.png");
  return { offered, buttons: await editor.title("Run with Trace").count(), lenses: await editor.lens(/./).count() };
}
