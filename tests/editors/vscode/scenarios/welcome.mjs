import { plain } from "../editor.mjs";

/** First steps: the walkthrough, and a new workflow out of a snippet. */
export default async function welcome(editor) {
  const { page } = editor;
  await editor.palette("duckflux: Focus on Workflows View");
  await page.getByText("First Steps").click();
  const guide = page.locator(".gettingStartedContainer");
  await guide.getByText("First steps with duckflux").first().waitFor();
  const steps = (await guide.locator(".step-title").allInnerTexts()).map(plain).filter(Boolean);
  await guide.getByText("Run it", { exact: true }).click();
  await guide.locator("img:visible").waitFor();
  await editor.screenshot("walkthrough.png", { sideBar: true });
  await page.locator(".part.sidebar").getByText("New Workflow").click();
  await editor.text.getByText("participants:").waitFor();
  const name = await page.locator(".tab.active").getAttribute("data-resource-name");
  return { name, steps, text: plain(await editor.text.innerText()) };
}
