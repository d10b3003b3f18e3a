import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { appears, plain } from "../editor.mjs";

/** The trace of a run is walked: hovers show the values of the moment where it stands. */
export default async function walk(editor) {
  const { page } = editor;
  const stopped = (line) => page.locator(".debug-call-stack .monaco-list-row", { hasText: line }).first().waitFor();
  await editor.open("rollout.duck.yaml");
  await editor.lens("Run with trace").click();
  await editor.runEnded();
  await editor.goTo("- as: deploy");
  await editor.palette("Debug: Toggle Breakpoint");
  await page.keyboard.press("F5");
  await stopped("iteration 1");
  const first = await hovered("share", 10);
  await editor.palette("Debug: Continue");
  await stopped("iteration 2");
  const second = await hovered("share", 20);
  const condition = await hovered(">", 20);
  await editor.screenshot("walk.png", { sideBar: true });
  await page.locator(".debug-toolbar .codicon-debug-step-back").click();
  await page.locator(".view-line", { hasText: "stage.iteration = 2" }).waitFor();
  const back = await hovered("share");
  // With the setting, recorded values are not beside the lines: some time after it was written, at the next stop.
  writeFileSync(join(process.env.DUCKFLUX_WORKSPACE, ".vscode", "settings.json"), '{"duckflux.trace.values": false}');
  let beside = true;
  for (let tries = 0; tries < 10 && beside; tries++) {
    await page.locator(".debug-toolbar .codicon-debug-step-over").click();
    await stopped("deploy (exec)");
    beside = await appears(page.locator(".view-line", { hasText: "execution.context.share = 20" }));
    await page.locator(".debug-toolbar .codicon-debug-step-back").click();
    await stopped("set");
  }
  await page.locator(".debug-toolbar .codicon-debug-stop").click();
  await page.locator(".debug-toolbar").waitFor({ state: "hidden" });
  return { first, second, condition, back, beside };

  /** The value in the debugger's hover on a word of the condition, once the value beside the line says where it stands. */
  async function hovered(word, beside) {
    const line = page.locator(".view-line", { hasText: beside ? `execution.context.share = ${beside}` : "when:" }).first();
    await line.waitFor();
    const value = page.locator(".debug-hover-widget .value");
    await page.mouse.move(0, 0);
    await value.first().waitFor({ state: "hidden" });
    const place = () => line.evaluate((element, text) => {
      const found = [...element.querySelectorAll("span")].find((span) => !span.children.length && span.textContent.trim() === text);
      return found.getBoundingClientRect().toJSON();
    }, word);
    // What is drawn anew in the line just then takes the hover away: people move the mouse again.
    // A hover on what was moved below the mouse has other values, or several: it is left first.
    const isShown = async () => (await value.count()) === 1 && (await value.isVisible());
    for (let tries = 0; tries < 20 && !(await isShown()); tries++) {
      await page.mouse.move(0, 0);
      const box = await place();
      await page.mouse.move(box.x + box.width / 2 + (tries % 2), box.y + box.height / 2, { steps: 5 });
      await value.first().waitFor({ timeout: 2_000 }).catch(() => undefined);
    }
    return plain(await value.innerText());
  }
}
