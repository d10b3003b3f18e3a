// A page follows a run that goes on while a person types, scrolls and folds; prints what was seen, as JSON.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { rowCount, selected, titleOf, walkTo, withBrowser } from "./browser.mjs";

const [executablePath, first, newsFile, pictures] = process.argv.slice(2);
const NEWS = JSON.parse(readFileSync(newsFile, "utf8"));
const PAUSE = 250;

await withBrowser(executablePath, async (open, seen) => {
  const page = await open(first, { editor: true });
  seen.asked = await page.evaluate(() => window.said);
  seen.begin = await look(page);
  await page.evaluate(measureKeys);
  seen.stays = await staysInPlace(page, NEWS.slice(0, 2));
  const rest = NEWS.slice(2, -1);
  const began = Date.now();
  const sent = send(page, rest);
  seen.typed = await typeMeanwhile(page, sent);
  seen.seconds = (Date.now() - began) / 1000;
  seen.running = await look(page);
  await page.screenshot({ path: join(pictures, "trace-live.png") });
  await page.evaluate((news) => window.postMessage({ news }), NEWS.at(-1));
  await page.locator("#state", { hasText: "success" }).waitFor();
  seen.end = await look(page);
  seen.keys = await page.evaluate(() => window.keys);
  seen.frames = await page.evaluate(() => window.frames_);
});

async function send(page, all) {
  await page.evaluate(
    async ([all, pause]) => {
      for (const news of all) {
        window.postMessage({ news });
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
      window.sentAll = true;
    },
    [all, PAUSE],
  );
}

async function look(page) {
  return {
    state: await page.locator("#state").textContent(),
    count: await page.locator("#count").textContent(),
    summary: await page.locator("#summary").textContent(),
    rows: await rowCount(page),
  };
}

/** Unfolds the loop and one iteration, scrolls, then takes news. */
async function staysInPlace(page, news) {
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowRight");
  await walkTo(page, "iteration 3");
  await page.keyboard.press("ArrowRight");
  const place = () =>
    page.evaluate(() => {
      const box = document.getElementById("rows").getBoundingClientRect();
      const row = document.elementFromPoint(box.left + 60, box.top + 100).closest(".row");
      const open = [...document.querySelectorAll(".row[aria-expanded='true'] .label")].map((each) => each.textContent);
      return { row: row.innerText, at: row.getBoundingClientRect().top, open };
    });
  await page.evaluate(() => (document.getElementById("rows").scrollTop = 55));
  await page.waitForFunction(() => document.getElementById("rows").scrollTop === 55);
  const before = { ...(await place()), title: await titleOf(page), rows: await rowCount(page) };
  for (const each of news) await page.evaluate((news) => window.postMessage({ news }), each);
  await page.waitForFunction((rows) => Number(document.getElementById("rows").getAttribute("aria-rowcount")) > rows, before.rows);
  const after = { ...(await place()), title: await titleOf(page), rows: await rowCount(page) };
  return { before, after };
}

/** Notes from each key how long it waited, and how long it took until the next frame. */
function measureKeys() {
  window.keys = [];
  window.frames_ = [];
  const note = (event) => {
    const waited = performance.now() - event.timeStamp;
    requestAnimationFrame(() => window.keys.push({ waited, drawn: performance.now() - event.timeStamp }));
  };
  document.addEventListener("keydown", note, { capture: true });
  let before = performance.now();
  const frame = () => {
    window.frames_.push(performance.now() - before);
    before = performance.now();
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

async function typeMeanwhile(page, sent) {
  const done = () => page.evaluate(() => window.sentAll === true);
  const TEXT = "step of iteration";
  let moves = 0;
  let texts = 0;
  const wrong = [];
  while (!(await done())) {
    await page.keyboard.press("Home");
    for (let i = 0; i < 10; i++, moves++) await page.keyboard.press("ArrowDown");
    const index = await selected(page).getAttribute("aria-rowindex");
    if (index !== "11") wrong.push(index);
    await page.keyboard.press("/");
    await page.keyboard.type(TEXT);
    texts++;
    const value = await page.locator("#filter").inputValue();
    if (value !== TEXT) wrong.push(value);
    await page.keyboard.press("Escape");
  }
  await sent;
  return { moves, texts, wrong };
}
