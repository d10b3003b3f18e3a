import { plain } from "../editor.mjs";

/** The form for inputs: values are checked, a step back works, a secret is not to be seen. */
export default async function inputs(editor) {
  const { page } = editor;
  const widget = page.locator(".quick-input-widget:visible");
  const box = widget.locator("input");
  await editor.open("deploy.duck.yaml");
  await editor.palette("duckflux: Run with Inputs…");

  await widget.getByText("(1/5)").waitFor();
  const first = await box.getAttribute("placeholder");
  await page.keyboard.press("Enter");
  await widget.getByText("(2/5)").waitFor();
  await box.fill("many");
  await page.keyboard.press("Enter");
  await widget.locator(".quick-input-message", { hasText: "count" }).getByText("integer").waitFor();
  const wrong = plain(await widget.locator(".quick-input-message").innerText());
  await box.fill("3");
  await page.keyboard.press("Enter");
  await widget.getByText("(3/5)").waitFor();
  await widget.locator(".quick-input-titlebar .codicon-quick-input-back").click();
  await widget.getByText("(2/5)").waitFor();
  const kept = await box.inputValue();
  await editor.picture("inputs.png", { sideBar: true });
  await page.keyboard.press("Enter");

  await widget.getByText("(3/5)").waitFor();
  const secretType = await box.getAttribute("type");
  await box.fill("correct horse");
  await page.keyboard.press("Enter");
  await widget.getByText("(4/5)").waitFor();
  await page.keyboard.press("Enter");
  await widget.getByText("(5/5)").waitFor();
  const list = plain(await widget.locator(".quick-input-message").innerText());
  await box.fill('["north"]');
  await page.keyboard.press("Enter");
  await editor.runEnded();
  await editor.palette("duckflux: Run with Inputs…");
  await widget.getByText("(1/5)").waitFor();
  await page.keyboard.press("Enter");
  await widget.getByText("(2/5)").waitFor();
  const again = await box.inputValue();
  await page.keyboard.press("Escape");
  const output = await editor.output("duckflux: Show Step Output", "to staging");
  const log = await editor.output("duckflux: Show Server Log", "Server: ");
  return { list, again, first, wrong, kept, secretType, output, log };
}
