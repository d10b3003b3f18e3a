import { plain } from "../editor.mjs";

/** A run waits for an event: its line says so and counts, a notification tells of it, and a form answers it. */
export default async function answer(editor) {
  const { page } = editor;
  const widget = page.locator(".quick-input-widget:visible");
  await editor.open("approve.duck.yaml");
  await editor.lens("Run with trace").click();
  const notification = page.locator(".notification-toast", { hasText: "waits for approved" });
  await notification.waitFor();
  const told = plain(await notification.locator(".notification-list-item-message").innerText());
  const buttons = await notification.locator(".monaco-button").allInnerTexts();
  const lines = await editor.waitForResult(/⏸\s+waits\sfor\sapproved\s·\s[1-9]/);
  const lens = plain(await editor.lens("Answer approved").innerText());
  await editor.screenshot("waiting.png");

  await notification.getByText("Answer…").click();
  await widget.getByText("(1/3)").waitFor();
  const title = plain(await widget.locator(".quick-input-title").innerText());
  await page.keyboard.type("eve");
  await page.keyboard.press("Enter");
  await widget.getByText("(2/3)").waitFor();
  const choices = await widget.locator(".monaco-list-row .label-name").allInnerTexts();
  await editor.picture("answer.png", { sideBar: true });
  await page.keyboard.press("Enter");
  await widget.getByText("(3/3)").waitFor();
  await page.keyboard.press("Enter");
  await editor.runEnded();
  const results = await editor.results();
  const output = await editor.output("duckflux: Show Step Output", "published to");
  return { told, buttons, lens, title, choices, results, output, waiting: lines.find((line) => line.includes("⏸")) };
}
