/** No server anywhere: the extension says so, and installs one of its own. */
export default async function install(editor) {
  const { page } = editor;
  await editor.open("mistake.duck.yaml");
  const missing = page.locator(".notification-list-item", { hasText: "no language server found" });
  await missing.waitFor();
  await editor.screenshot("no-server.png");
  await missing.getByText("Install the Server").click();
  await page.locator(".notification-list-item", { hasText: "Installing the duckflux server" }).waitFor();
  await page.locator(".notification-list-item", { hasText: "the server is installed" }).waitFor({ timeout: 120_000 });
  await page.locator(".squiggly-error").first().waitFor();
  return { marked: await page.locator(".squiggly-error").count() };
}
