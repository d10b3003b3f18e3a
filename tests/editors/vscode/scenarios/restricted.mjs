/** A folder that is not trusted: mistakes are marked, nothing runs. */
export default async function restricted(editor) {
  const { page } = editor;
  await editor.open("mistake.duck.yaml");
  await page.locator(".squiggly-error").first().waitFor();
  await editor.open("release.duck.yaml");
  const offered = await editor.offered("duckflux: ");
  await editor.lens("Run with trace").click();
  const message = page.locator(".notification-list-item-message", { hasText: "not trusted" });
  await message.waitFor();
  const buttons = await editor.title("Run with Trace").count();
  await editor.screenshot("restricted.png");
  return { offered, buttons, message: await message.innerText() };
}
