import { plain } from "../editor.mjs";

/** A workflow in the debugger: a breakpoint in a loop, a step, a failure, and another output instead of it. */
export default async function debug(editor) {
  const { page } = editor;
  const rows = async (view) => (await page.locator(`${view} .monaco-list-row`).allInnerTexts()).map(plain);
  const stopped = (line) => page.locator(".debug-call-stack .monaco-list-row", { hasText: line }).first().waitFor();

  await editor.open("rollout.duck.yaml");
  await editor.lens("Debug").waitFor();
  await editor.goTo("- as: deploy");
  await editor.palette("Debug: Toggle Breakpoint");
  await editor.lens("Debug").click();
  await stopped("deploy (exec)");
  // The frames below the first one are asked for later.
  await stopped("loop stage");
  await page.locator(".debug-variables .monaco-list-row", { hasText: "chain" }).first().waitFor();
  await page.locator(".view-line", { hasText: "execution.context.share = 10" }).waitFor();
  const stack = await rows(".debug-call-stack");
  const variables = await rows(".debug-variables");
  await editor.picture("debugger.png", { sideBar: true });

  await editor.palette("Debug: Step Over");
  await stopped("iteration 2");
  await editor.goTo("- as: deploy");
  await editor.palette("Debug: Toggle Breakpoint");
  await editor.palette("Debug: Continue");
  await stopped("smoke (exec)");
  const offer = page.locator(".notification-toast", { hasText: "a step has failed" });
  await offer.getByRole("button", { name: "Use Output…" }).waitFor();
  await page.locator(".exception-widget", { hasText: "exit code 1" }).waitFor();
  const offered = plain(await offer.innerText());
  await editor.picture("debugger-failure.png", { sideBar: true });

  await offer.getByRole("button", { name: "Use Output…" }).click();
  await page.locator(".quick-input-widget input[type='text']").fill('"fine"');
  await page.keyboard.press("Enter");
  await page.locator(".debug-toolbar").waitFor({ state: "hidden" });
  await editor.goTo("- as: report");
  await editor.waitForResult(/report\s*✓/);
  return { stack, variables, offered, results: await editor.results() };
}
