import { plain } from "../editor.mjs";

/** What a step prints, by the lens above it while it runs, and by the tooltip of its result when it has ended. */
export default async function output(editor) {
  const { page } = editor;
  await editor.open("talk.duck.yaml");
  await editor.lens("Run with trace").click();
  await editor.lens("Output").click();
  await page.locator(".view-lines", { hasText: /\d\shas\sbegun/ }).last().waitFor();
  const tab = plain(await page.locator(".tab", { hasText: "talk output" }).innerText());
  await editor.screenshot("step-output.png");
  // It grows while it is shown.
  await page.locator(".view-lines", { hasText: /\d\shas\sended/ }).last().waitFor();
  return { tab };
}
