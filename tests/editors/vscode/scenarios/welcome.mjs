import { plain } from "../editor.mjs";

/** First steps: the walkthrough, which ticks off what is done: a new workflow out of a snippet, a run, its trace. */
export default async function welcome(editor) {
  const { page } = editor;
  const guide = page.locator(".gettingStartedContainer");
  await editor.palette("duckflux: Focus on Workflows View");
  await page.getByText("First Steps").click();
  await guide.getByText("First steps with duckflux").first().waitFor();
  const steps = (await guide.locator(".step-title").allInnerTexts()).map(plain).filter(Boolean);
  await guide.getByText("Run it", { exact: true }).click();
  await guide.locator("img:visible").waitFor();
  await editor.screenshot("walkthrough.png", { sideBar: true });

  await page.locator(".part.sidebar").getByText("New Workflow").click();
  await editor.text.getByText("participants:").waitFor();
  const name = await page.locator(".tab.active").getAttribute("data-resource-name");
  const text = plain(await editor.text.innerText());
  await page.keyboard.press("Escape");
  await editor.palette("duckflux: Run with Trace");
  await editor.runEnded();
  await editor.statusBar.click();
  await editor.webview().locator("#details h2").waitFor();

  await page.locator(".tab", { hasText: "Walkthrough: duckflux" }).click();
  const done = guide.locator(".getting-started-step:has(.complete)");
  await done.nth(3).waitFor();
  await editor.screenshot("walkthrough-done.png", { sideBar: true });
  return { name, steps, text, ticked: (await done.locator(".step-title").allInnerTexts()).map(plain) };
}
