import { plain } from "../editor.mjs";

/** A run that is refused before it begins: the status bar says why, and it can be run again. */
export default async function refused(editor) {
  const { page } = editor;
  await editor.open("deploy.duck.yaml");
  await editor.lens("Run with trace").click();
  await editor.statusBar.getByText("count").waitFor();
  await editor.title("Run with Trace").waitFor();
  await editor.lens("Run with trace").waitFor();
  const status = plain(await editor.statusBar.innerText());
  const message = plain(await page.locator(".notification-list-item-message").first().innerText());
  await editor.screenshot("refused.png");
  return { status, message, offered: await editor.offered("duckflux: ") };
}
