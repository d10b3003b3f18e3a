// Uses the page of an exported trace as a person does and prints what was seen, as JSON.
import { join } from "node:path";
import { rowCount, selected, titleOf, walkTo, withBrowser } from "./browser.mjs";

const [executablePath, large, small, pictures] = process.argv.slice(2);

await withBrowser(executablePath, async (open, seen) => {
  seen.large = await useLarge(await open(large));
  seen.keyboard = await useKeyboard(await open(small));
  seen.printed = await readPrinted(await open(small));
  seen.themes = await takePictures(await open(small), open);
});

/** 10,000 steps, hostile outputs among them. */
async function useLarge(page) {
  const loaded = await page.evaluate(() => performance.getEntriesByType("navigation")[0].domComplete);
  const folded = await rowCount(page);
  await page.locator("#unfold").click();
  const unfolded = await rowCount(page);
  const scrolled = await page.evaluate(scrollThrough);
  await page.locator("#filter").fill("hostile");
  await page.locator(".row:not(.aside)").first().click();
  const output = await page.locator("#details pre").last().textContent();
  const count = await page.locator("#count").textContent();
  await page.locator("#filter").fill("no such step");
  const nothing = await page.locator("#count").textContent();
  const hacked = await page.evaluate(() => window.hacked ?? document.querySelectorAll("img, iframe, svg").length);
  return { loaded, folded, unfolded, scrolled, output, count, nothing, hacked };
}

/** Scrolls from top to bottom, a frame at a time; sees the rows that exist and how long each frame took. */
async function scrollThrough() {
  const pane = document.getElementById("rows");
  const frames = 120;
  const times = [];
  let most = 0;
  let blank = 0;
  let before = performance.now();
  for (let frame = 0; frame <= frames; frame++) {
    pane.scrollTop = ((pane.scrollHeight - pane.clientHeight) * frame) / frames;
    await new Promise(requestAnimationFrame);
    times.push(performance.now() - before);
    before = performance.now();
    const box = pane.getBoundingClientRect();
    most = Math.max(most, pane.querySelectorAll(".row").length);
    if (!document.elementFromPoint(box.left + 50, box.top + box.height / 2)?.closest(".row")) blank++;
  }
  times.sort((a, b) => a - b);
  const last = Math.max(...[...pane.querySelectorAll(".row")].map((row) => Number(row.getAttribute("aria-rowindex"))));
  return { most, blank, last, median: times[frames / 2], slowest: times.at(-1) };
}

async function useKeyboard(page) {
  const press = (key) => page.keyboard.press(key);
  const title = () => titleOf(page);
  const ticks = () => page.locator("#axis .ticks").innerText();
  const begin = { title: await title(), error: await page.locator("#details pre.bad").first().textContent() };
  await press("Home");
  const first = await title();
  await press("ArrowDown");
  const second = await title();
  const reviews = await walkTo(page, "reviews");
  const before = await rowCount(page);
  await press("ArrowLeft");
  const foldedRows = await rowCount(page);
  const foldedState = await selected(page).getAttribute("aria-expanded");
  await press("ArrowRight");
  const unfoldedRows = await rowCount(page);
  const wholeTicks = await ticks();
  await press("z");
  const zoomedTicks = await ticks();
  await press("0");
  const againTicks = await ticks();
  await press("n");
  const failure = await title();
  await press("Enter");
  const focused = await page.evaluate(() => document.activeElement.id);
  await press("/");
  await page.keyboard.type("mirr");
  const count = await page.locator("#count").textContent();
  const marked = await page.locator("mark").textContent();
  const shown = await page.locator(".row .label").allInnerTexts();
  await press("Escape");
  const afterEscape = await page.evaluate(() => [document.activeElement.id, document.getElementById("filter").value]);
  await page.locator("#statuses .failure").click();
  const withoutFailures = await page.locator("#count").textContent();
  return {
    begin, first, second, reviews, before, foldedRows, foldedState, unfoldedRows, wholeTicks, zoomedTicks, againTicks,
    failure, focused, count, marked, shown, afterEscape, withoutFailures,
  };
}

/** What a step has printed, with times and colors, and searched. */
async function readPrinted(page) {
  await page.keyboard.press("Home");
  await walkTo(page, "compile");
  const lines = page.locator("#details .printed .line");
  const all = await lines.allInnerTexts();
  const colored = await page.locator("#details .printed .ansi-3").innerText();
  await page.locator("#details input[type='search']").fill("MODULES");
  const found = await lines.allInnerTexts();
  await page.screenshot({ path: join(pictures, "trace-printed.png") });
  return { all, colored, found };
}

async function takePictures(page, open) {
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.setViewportSize({ width: 1200, height: 760 });
  await page.keyboard.press("Home");
  await walkTo(page, "browser");
  await page.screenshot({ path: join(pictures, "trace-light.png") });
  const light = await background();
  await page.emulateMedia({ colorScheme: "dark" });
  await page.screenshot({ path: join(pictures, "trace-dark.png") });
  const dark = await background();
  await page.locator("#theme").click();
  return { light, dark, chosen: await background(), contrast: await seeContrast(open) };
}

/** The colors of background and text for a person who wants much contrast. */
async function seeContrast(open) {
  const page = await open(small, { colorScheme: "dark", contrast: "more" });
  await page.screenshot({ path: join(pictures, "trace-contrast.png") });
  return page.evaluate(() => {
    const { backgroundColor, color } = getComputedStyle(document.body);
    return [backgroundColor, color];
  });
}
