import { plain } from "../editor.mjs";

/** A test is debugged from the Test Explorer: it stops at a breakpoint of its workflow, goes on, and has passed. */
export default async function debugTest(editor) {
  const { page } = editor;
  await editor.open("greet.duck.yaml");
  await editor.lens("Debug").waitFor();
  await editor.goTo("- greet");
  await editor.palette("Debug: Toggle Breakpoint");
  await editor.palette("Testing: Focus on Test Explorer View");
  const tree = page.locator(".test-explorer-tree");
  await tree.getByText("greet.ducktest.yaml").first().waitFor();
  await tree.locator(".monaco-tl-twistie").first().click();
  const test = tree.locator(".monaco-list-row", { hasText: /^\s*it greets\s*$/ });
  await test.click();
  await test.hover();
  await test.locator(".action-label[aria-label^='Debug Test']").click();
  await page.locator(".debug-call-stack .monaco-list-row", { hasText: "greet (exec)" }).first().waitFor();
  const session = plain(await page.locator(".debug-call-stack").innerText());
  const variables = page.locator(".debug-variables .monaco-list-row", { hasText: "Step" });
  await variables.first().waitFor();
  await editor.screenshot("debug-test.png", { sideBar: true });
  await editor.palette("Debug: Continue");
  await page.locator(".debug-toolbar").waitFor({ state: "hidden" });
  await editor.palette("Testing: Focus on Test Explorer View");
  await tree.locator(".monaco-list-row[aria-label*='Passed']").first().waitFor();
  const states = await tree.locator(".monaco-list-row").evaluateAll((rows) => rows.map((row) => row.ariaLabel));
  return { session, states: states.map(plain) };
}
