import { plain } from "../editor.mjs";

/** After a run the window is reloaded: the results are back, and gone once the text is another. */
export default async function reload(editor) {
  const { page } = editor;
  await editor.open("stages.duck.yaml");
  await editor.lens("Run with trace").click();
  await editor.runEnded();
  const before = await editor.results();
  await page.reload();
  await page.locator(".monaco-workbench").waitFor();
  // VS Code remembers open files only after a while.
  await editor.open("stages.duck.yaml");
  await editor.runEnded();
  const after = await editor.results();
  const status = plain(await editor.statusBar.innerText());
  const offered = await editor.offered("duckflux: Resume");
  return { before, after, status, offered };
}
