import { plain } from "../editor.mjs";

/** A lens counts where a participant is named; a click lists the places. */
export default async function references(editor) {
  const { page } = editor;
  await editor.open("release.duck.yaml");
  await editor.lens("2 references").first().click();
  const list = page.locator(".reference-zone-widget .ref-tree");
  await list.locator(".monaco-list-row").first().waitFor();
  return { title: plain(await page.locator(".reference-zone-widget .meta").innerText()) };
}
