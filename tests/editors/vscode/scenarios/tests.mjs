import { plain } from "../editor.mjs";

/** The tests of a workflow in the Test Explorer: one as expected, one not, with the difference at its line. */
export default async function tests(editor) {
  const { page } = editor;
  await editor.open("greet.ducktest.yaml");
  await editor.palette("Testing: Focus on Test Explorer View");
  const tree = page.locator(".test-explorer-tree");
  await tree.getByText("greet.ducktest.yaml").first().waitFor();
  await editor.palette("Test: Run All Tests");
  await tree.locator(".monaco-list-row[aria-label*='Failed']").first().waitFor();
  await tree.locator(".monaco-tl-twistie").first().click();
  await tree.locator(".monaco-list-row[aria-label*='it greets loudly']").waitFor();
  const states = await tree.locator(".monaco-list-row").evaluateAll((rows) => rows.map((row) => row.ariaLabel));
  await editor.picture("tests.png", { sideBar: true });
  return { states: states.map(plain) };
}
