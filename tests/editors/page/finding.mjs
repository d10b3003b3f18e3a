// What helps to find something in a long run: filters, critical path, idle times, minimap, links; prints what was seen.
import { join } from "node:path";
import { selected, titleOf, walkTo, withBrowser } from "./browser.mjs";

const [executablePath, file, pictures] = process.argv.slice(2);

await withBrowser(executablePath, async (open, seen) => {
  const page = await open(file);
  const labels = () => page.locator(".row:not(.aside) .label").allInnerTexts();
  const ticks = () => page.locator("#axis .ticks span:not(.gap)").allInnerTexts();
  const filter = async (text) => {
    await page.locator("#filter").fill(text);
    return labels();
  };
  seen.header = await page.locator("#summary").textContent();
  seen.long = await filter(">1h");
  seen.short = await filter("<10s step");
  seen.value = await filter("needle");
  await page.locator("#values").click();
  seen.inValues = await filter("needle");
  await page.locator("#values").click();
  await filter("");
  await page.locator("#rows").focus();
  await page.keyboard.press("c");
  seen.critical = await labels();
  await page.keyboard.press("c");
  await page.keyboard.press("Home");
  await walkTo(page, "model");
  seen.usage = await selected(page).locator(".length").textContent();
  seen.details = await page.locator("#details dl").innerText();
  seen.plainTicks = await ticks();
  await page.keyboard.press("i");
  seen.gaps = await page.locator("#axis .gap").evaluateAll((all) => all.map((each) => each.title));
  seen.compressedTicks = await ticks();
  await page.screenshot({ path: join(pictures, "trace-idle.png") });
  await page.keyboard.press("i");
  seen.brush = await useMinimap(page, ticks);
  seen.address = await page.evaluate(() => location.hash);
  seen.linked = await titleOf(await open(file, { fragment: "#step-4" }));
  await page.evaluate(() => (location.hash = "#step-2"));
  await page.locator("#details h2", { hasText: "left" }).waitFor();
  await page.keyboard.press("Home");
  seen.earlier = await page.locator("#details dd a").getAttribute("href");
  const inEditor = await open(file, { editor: true });
  await inEditor.keyboard.press("Home");
  await inEditor.locator("#details dd button").click();
  seen.said = await inEditor.evaluate(() => window.said.at(-1));
  seen.copies = await inEditor.getByText("Copy link").count();
});

/** Drags over the second quarter of the run, moves on by a key, and goes back to the whole by a double click. */
async function useMinimap(page, ticks) {
  const map = page.locator("#minimap");
  const box = await map.boundingBox();
  const at = (share) => [box.x + box.width * share, box.y + box.height / 2];
  const drag = async (from, to) => {
    await page.mouse.move(...at(from));
    await page.mouse.down();
    await page.mouse.move(...at(to), { steps: 4 });
    await page.mouse.up();
  };
  const range = () => map.getAttribute("aria-valuetext");
  await drag(0.25, 0.5);
  const dragged = await range();
  await map.focus();
  await page.keyboard.press("ArrowRight");
  const moved = await range();
  await drag(0.4, 0.15);
  const panned = await range();
  await map.dblclick();
  await page.locator("#rows").focus();
  return { dragged, moved, panned, whole: await range(), ticks: await ticks() };
}
